/** What one metric costs from payload bytes to a judged frame: 24 cells x 16 metrics by alias, as an edge sends them. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { metricName, type Plant } from "@cellhouse/shared";
import { loadPlant } from "@cellhouse/shared/plant-file";
import { DataType, encodePayload, type Metric } from "@cellhouse/shared/sparkplug";
import { createJudge } from "../judge.ts";
import { counted } from "../testing.ts";
import { BirthTable } from "./birth-table.ts";
import { DataDecoder, readHead } from "./decode.ts";
import { Sequence } from "./sequence.ts";

const PER_MESSAGE = 16;
const ROUNDS = 5_000;
const plants = join(import.meta.dirname, "../../../../shared/plants");
const read = (file: string): string => readFileSync(file, "utf8");
const plant: Plant = loadPlant(join(plants, "demo.yaml"), read, (from, to) => join(dirname(from), to));

/** ns per metric. */
function decode(): number {
  const cells = plant.lines[0]?.cells ?? [];
  const table = new BirthTable();
  const messages = cells.map((cell, n) => {
    const names = [...cell.tags.keys()].slice(0, PER_MESSAGE).map(metricName);
    const metrics = names.map((name, i): Metric => ({ name, alias: n * 100 + i, datatype: DataType.Float, value: 900 }));
    table.learn(cell, metrics);
    const data = metrics.map(
      ({ alias, datatype, value }): Metric => ({
        ...(alias !== undefined && { alias }),
        timestamp: 1.8e12,
        value,
        ...(datatype !== undefined && { datatype }),
      }),
    );
    return Buffer.from(encodePayload({ timestamp: 1.8e12, seq: n, metrics: data }, { datatypes: false }));
  });
  const decoder = new DataDecoder();
  const sequence = new Sequence();
  const judge = createJudge(plant, counted());
  const begin = process.hrtime.bigint();
  for (let round = 0; round < ROUNDS; round++)
    for (const [n, message] of messages.entries()) {
      const { seq, timestamp } = readHead(message);
      sequence.place(seq, timestamp);
      sequence.pass(seq, timestamp);
      decoder.decode(message, table, cells[n]?.id ?? "");
      decoder.live.receivedAt = 1.8e12;
      judge(decoder.live);
    }
  return Number(process.hrtime.bigint() - begin) / ROUNDS / messages.length / PER_MESSAGE;
}

export const benches = [{ name: "ingest: Sparkplug bytes to judged frame", unit: "ns/metric", budget: 200, better: "lower", run: decode }];
