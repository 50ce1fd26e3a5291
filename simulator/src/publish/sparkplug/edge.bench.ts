/** What one sample costs at a simulated edge: 24 cells published raw, and the backlog of an outage. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadPlant } from "@cellhouse/shared/plant-file";
import type { Plc } from "../../contracts.ts";
import { createSimulatedPlant } from "../../plant.ts";
import { Edge } from "./edge.ts";

const START = 1_800_000_000_000;
const SCANS = 600;
const plants = join(import.meta.dirname, "../../../../shared/plants");
const read = (file: string): string => readFileSync(file, "utf8");
const plant = loadPlant(join(plants, "demo.yaml"), read, (from, to) => join(dirname(from), to));

/** ns per sample of a minute: sampled, encoded and kept; `away`: kept while the host is away, then sent as historical. */
function run(away: boolean): number {
  const folder = mkdtempSync(join(tmpdir(), "cellhouse-bench-"));
  const simulated = createSimulatedPlant(plant, { seed: 1, speed: 1, start: START });
  let samples = 0;
  const edge = new Edge({
    group: "BT-EL1",
    host: "cellhouse",
    line: simulated.lines[0] as Plc,
    cells: simulated.cells.filter(({ home }) => "line" in home && home.line.id === "L01"),
    plant: simulated,
    mode: "raw",
    published: { add: () => void samples++ },
    buffer: { file: join(folder, "L01.db"), bytes: 1e9, ageMs: 1e12 },
    dropped: () => undefined,
    say: () => undefined,
  });
  const online = Buffer.from(JSON.stringify({ online: true, timestamp: START }));
  let took = 0n;
  for (let k = 1; k <= SCANS + 20; k++) {
    const now = START + k * 100;
    simulated.advance(now);
    const begin = process.hrtime.bigint();
    if (k === (away ? SCANS : 1)) {
      edge.open({ publish: () => undefined, backlog: () => 0, restart: () => undefined }, now);
      edge.receive("spBv1.0/STATE/cellhouse", online, now);
    }
    edge.publish(now);
    took += process.hrtime.bigint() - begin;
  }
  edge.end();
  rmSync(folder, { recursive: true });
  return Number(took) / samples;
}

export const benches = [
  { name: "edge: sample, encode, keep", unit: "ns per sample", budget: 8000, better: "lower", run: () => run(false) },
  { name: "edge: keep, send later", unit: "ns per sample", budget: 8000, better: "lower", run: () => run(true) },
];
