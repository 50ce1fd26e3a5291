/** What the historian's and the recorder's tests share: a small plant, counters that remember. */
import { buildPlant, type Plant, plantDescription } from "@cellhouse/shared";
import type { Counters } from "../contracts.ts";

/** One line `L01` of `cells` cells. */
export function testPlant(cells: number): Plant {
  return buildPlant(
    plantDescription.parse({
      name: "test",
      site: "BT",
      area: "EL1",
      plan: 100,
      recipes: { PrNd: { molarMass: 0.143394, oxideRatio: 1.1768, temperature: 1050 } },
      classes: { "6kA": { current: 6000, currentEfficiency: 0.763, voltage: 9.9 } },
      lines: [{ id: "L01", cells, class: "6kA", recipe: "PrNd", protocol: "sparkplug", supply: { kind: "dedicated" } }],
    }),
  );
}

/** Counters that keep `stored` and `dropped`. */
export function testCounters(): Counters & { total: { stored: number; dropped: Record<string, number> } } {
  const total = { stored: 0, dropped: {} as Record<string, number> };
  return {
    total,
    received: () => undefined,
    recorded: () => undefined,
    stored: (n) => {
      total.stored += n;
    },
    rejected: () => undefined,
    dropped: (reason, n = 1) => {
      total.dropped[reason] = (total.dropped[reason] ?? 0) + n;
    },
    rebirth: () => undefined,
    linkUp: () => undefined,
    latency: () => undefined,
  };
}
