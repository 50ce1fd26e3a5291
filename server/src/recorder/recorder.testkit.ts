/** Plants, frames and counters for the recorder's tests. */
import { buildPlant, createFrame, type Frame, type Plant, plantDescription, pushSample } from "@cellhouse/shared";
import type { Counters } from "../contracts.ts";

export const START = 1_760_000_000_000;

export function plantOf(cells: number, lines = ["L01"]): Plant {
  return buildPlant(
    plantDescription.parse({
      name: "test",
      site: "BT",
      area: "EL1",
      plan: 100,
      recipes: { PrNd: { molarMass: 0.143394, oxideRatio: 1.1768, temperature: 1050 } },
      classes: { "6kA": { current: 6000, currentEfficiency: 0.763, voltage: 9.9 } },
      lines: lines.map((id) => ({ id, cells, class: "6kA", recipe: "PrNd", protocol: "sparkplug", supply: { kind: "dedicated" } })),
    }),
  );
}

/** Counts what is dropped, by reason. */
export const countersInto = (dropped: Record<string, number>): Counters => ({
  received: () => undefined,
  recorded: () => undefined,
  stored: () => undefined,
  rejected: () => undefined,
  dropped: (reason, n = 1) => {
    dropped[reason] = (dropped[reason] ?? 0) + n;
  },
  rebirth: () => undefined,
  linkUp: () => undefined,
  latency: () => undefined,
});

export function frameAt(receivedAt: number, samples: readonly (readonly [tag: number, value: number, quality?: number])[]): Frame {
  const frame = createFrame(4);
  frame.receivedAt = receivedAt;
  for (const [tag, value, quality = 0] of samples) pushSample(frame, tag, receivedAt - 7, value, quality);
  return frame;
}
