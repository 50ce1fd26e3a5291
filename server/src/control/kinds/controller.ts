/** The shape of a controller: it looks at frames cheaply, thinks once per period, and writes through the door only. */
import type { Clock, Frame, Plant } from "@cellhouse/shared";
import type { ModelView } from "../../contracts.ts";
import type { Door } from "../commands.ts";

export interface ControlContext {
  plant: Plant;
  model: ModelView;
  /** The pipe's. */
  clock: Clock;
  door: Door;
  /** Counts what the controller did or left undone, by reason. */
  count(reason: string): void;
}

interface Controller {
  /** ms of the pipe's clock. */
  readonly period: number;
  tick(): void;
  /** Hot path: a frame the model has already taken. Absent where samples do not matter. */
  step?(frame: Frame): void;
}

export type ControllerKind = (context: ControlContext) => Controller;
