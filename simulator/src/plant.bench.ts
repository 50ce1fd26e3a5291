/** What a thousand cells with their PLC programs and lines cost, nothing published. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { buildPlant, plantDescription } from "@cellhouse/shared";
import type { SimulatedPlant } from "./contracts.ts";
import { createSimulatedPlant } from "./plant.ts";

const START = 1.8e12;
const LINES = 50;
const CELLS = 20;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Half the lines with own rectifiers, half in series. */
function thousand(): SimulatedPlant {
  const lines = Array.from({ length: LINES }, (_, i) => ({
    id: `L${String(i + 1).padStart(2, "0")}`,
    cells: CELLS,
    class: "6kA",
    recipe: "PrNd",
    protocol: "sparkplug",
    supply: i % 2 === 0 ? { kind: "dedicated", ceiling: 24 } : { kind: "series" },
  }));
  const description = plantDescription.parse({
    name: "Thousand cells",
    site: "BT",
    area: "EL1",
    plan: 66_000,
    recipes: { PrNd: { molarMass: 0.143394, oxideRatio: 1.1768, temperature: 1050 } },
    classes: { "6kA": { current: 6000, currentEfficiency: 0.763, voltage: 9.93 } },
    lines,
  });
  return createSimulatedPlant(buildPlant(description), { seed: 1, speed: 1, start: START });
}

let now = START;
const plant = thousand();

/** In scans of 100 ms, as the program does. */
function advance(seconds: number): void {
  for (let scan = 0; scan < seconds * 10; scan++) {
    now += 100;
    plant.advance(now);
  }
}

/** CPU seconds per second of a plant at speed 1. */
function coreShare(): number {
  const before = process.cpuUsage();
  advance(30);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 30e6;
}

/** MB the heap has grown by after ten minutes. */
function growth(): number {
  collect();
  const before = process.memoryUsage().heapUsed;
  advance(600);
  collect();
  return (process.memoryUsage().heapUsed - before) / 1e6;
}

export const benches = [
  { name: "simulator: 1,000 cells in real time", unit: "core", budget: 0.5, better: "lower", run: coreShare },
  { name: "simulator: heap after 10 min of 1,000 cells", unit: "MB", budget: 0.5, better: "lower", runs: 1, run: growth },
] as const;
