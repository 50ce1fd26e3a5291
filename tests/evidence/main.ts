/** `npm run evidence [-- process] [--hours n] [--plant name]`: what the simulated cells do over hours, as a dated table of process values. */
import { parseArgs } from "node:util";
import { type Cell, isOfSystem, STATUS, tagOf } from "@cellhouse/shared";
import type { Plc } from "../../simulator/src/contracts.ts";
import { createSimulatedPlant } from "../../simulator/src/plant.ts";
import { quantile } from "../support/measure.ts";
import { plantOf } from "../support/plant.ts";

const TAGS = ["TY-100", "EI-201", "II-202", "XI-207", "AY-301", "FI-303", "JI-204", "WI-302", "LI-401", "TI-503"] as const;
const START = Date.UTC(2026, 0, 1);
const SAMPLE_MS = 60_000;

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: "boolean" },
    hours: { type: "string", default: "6" },
    plant: { type: "string", default: "demo" },
    seed: { type: "string", default: "1" },
  },
});
if (values.help === true) {
  process.stdout.write(
    "npm run evidence -- [process] [--hours n] [--plant name] [--seed n]\n  process: process values of all cells, no network\n",
  );
  process.exit(0);
}

const plant = plantOf(values.plant);
const hours = Number(values.hours);
const simulated = createSimulatedPlant(plant, { seed: Number(values.seed), speed: 1, start: START });
const column = (plc: Plc, name: string): number => plc.definitions.findIndex((d) => d.name === name);
const kept = new Map<string, number[]>(TAGS.map((name) => [name, []]));
let effects = 0;
const active = new Set<Plc>();
const limits = new Map<string, number>();

for (let now = START; now <= START + hours * 3_600_000; now += SAMPLE_MS) {
  for (let second = now - SAMPLE_MS + 1000; second <= now; second += 1000) supervise(second);
  for (const plc of simulated.cells) {
    for (const name of TAGS) kept.get(name)?.push(plc.value[column(plc, name)] as number);
    watchEffect(plc);
    watchLimits(plc);
  }
}

/** A second with a supervisor at hand: without its heartbeat the cells would run in their fallback. */
function supervise(now: number): void {
  for (const plc of simulated.cells) plc.write("YC-906", now / 1000);
  simulated.advance(now);
}

function watchEffect(plc: Plc): void {
  const on = ((plc.value[column(plc, "YS-901")] as number) & STATUS.anodeEffect) !== 0;
  if (on && !active.has(plc)) effects++;
  if (on) active.add(plc);
  else active.delete(plc);
}

function watchLimits(plc: Plc): void {
  const cell = plc.home as Cell;
  for (const alarm of plant.description.alarms) {
    if (alarm.kind !== "limit" || isOfSystem(alarm)) continue;
    const limit = alarm.limit + (alarm.relative === "temperature" ? cell.recipe.temperature : 0);
    const value = plc.value[column(plc, tagOf(cell, alarm.tag).definition.name)] as number;
    if (alarm.side === "high" ? value > limit : value < limit) limits.set(alarm.id, (limits.get(alarm.id) ?? 0) + 1);
  }
}

process.stdout.write(
  `evidence, process: ${values.plant}, ${plant.cells.length} cells, ${hours} h, seed ${values.seed}, ${new Date().toISOString()}\n`,
);
process.stdout.write(`| ${"tag".padEnd(10)} | ${["p5", "p50", "p95"].map((h) => h.padStart(10)).join(" | ")} |\n`);
for (const [name, list] of kept) {
  const sorted = list.sort((a, b) => a - b);
  process.stdout.write(
    `| ${name.padEnd(10)} | ${[0.05, 0.5, 0.95].map((q) => quantile(sorted, q).toFixed(2).padStart(10)).join(" | ")} |\n`,
  );
}
process.stdout.write(`anode effects: ${effects}\n`);
const beyond = [...limits].map(([id, n]) => `${id} ${n}`).join(", ");
process.stdout.write(`minutes beyond an alarm limit, by cell: ${beyond || "none"}\n`);
