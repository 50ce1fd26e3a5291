/** The control stage: runs every controller of the registry on the pipe's clock. Supervisor computes, PLC decides. */
import { type Cancel, type Clock, every, type Frame, type Plant } from "@cellhouse/shared";
import type { ModelView } from "../contracts.ts";
import type { Door } from "./commands.ts";
import { CONTROLLERS } from "./kinds/index.ts";

export interface ControlOptions {
  plant: Plant;
  model: ModelView;
  /** The pipe's. */
  clock: Clock;
  door: Door;
}

export interface Control {
  /** Takes a frame the model has already taken. */
  step(frame: Frame): void;
  /** What the controllers did or left undone since the start, by reason. */
  stats(): Record<string, number>;
  /** No controller acts after this. */
  stop(): void;
}

/** Builds and starts the controllers. */
export function createControl(options: ControlOptions): Control {
  const counts = new Map<string, number>();
  const count = (reason: string): void => void counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const controllers = Object.values(CONTROLLERS).map((kind) => kind({ ...options, count }));
  const timers: Cancel[] = controllers.map((controller) => every(options.clock, controller.period, controller.tick));
  const watching = controllers.filter((controller) => controller.step !== undefined);
  return {
    step(frame) {
      for (const controller of watching) controller.step?.(frame);
    },
    stats: () => Object.fromEntries(counts),
    stop() {
      for (const cancel of timers) cancel();
    },
  };
}
