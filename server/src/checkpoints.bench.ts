/** How long a checkpoint of the 15 kt hall holds up the pipe, from copying to the commit, and what it costs on the disk. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFrame, ManualClock, type Plant, pushSample, Quality } from "@cellhouse/shared";
import { compileAlarms } from "./alarms/columns.ts";
import { plantFile } from "./alarms/story.testkit.ts";
import { type Assembly, assemble } from "./assemble.ts";
import type { Counters } from "./contracts.ts";
import { encodeChunk } from "./recorder/chunk.ts";
import { createRecorder, type Log } from "./recorder/index.ts";
import { Pending } from "./recorder/pending.ts";

const START = 1.8e12;
const ROUNDS = 20;
const PER_DAY = 288;
const ignore = (): void => undefined;
const counters: Counters = {
  received: ignore,
  recorded: ignore,
  stored: ignore,
  rejected: ignore,
  dropped: ignore,
  rebirth: ignore,
  linkUp: ignore,
  latency: ignore,
};
const capabilities = { canCommand: false, canAcknowledge: false, canSeek: false, canInjectFaults: false };

/** A hall in which every tag has a noisy value of its own age, and every third alarm has been raised once. */
function hall(plant: Plant): Assembly {
  const clock = START - 700_000;
  const live = assemble({ id: "bench", plant, start: clock, capabilities });
  const places = compileAlarms(plant).places.filter((_, i) => i % 3 === 0);
  live.alarms.restore(
    places.map(({ id }) => {
      const raised = START - 5e6;
      const entry = {
        state: "NORM",
        holds: 0,
        count: 1,
        occurrence: `${id}@${raised}#1`,
        raised,
        value: 1091.25,
        ackBy: "anna",
        ackAt: raised,
      };
      return { id, state: JSON.stringify(entry) };
    }),
  );
  for (const cell of plant.cells) {
    const frame = createFrame(cell.tags.size);
    frame.receivedAt = START;
    frame.clockOffset = 12;
    for (const tag of cell.tags.values()) {
      const age = Math.round(Math.abs(Math.sin(tag.id)) * tag.definition.scanMs);
      pushSample(frame, tag.id, START - 42 - age, Math.fround(50 + Math.sin(tag.id * 7.7) * 40), Quality.Good);
    }
    live.input.frame(frame);
  }
  return live;
}

/** ms the main thread is held at once, by the copy or by the commit: the median of many. */
async function pause(): Promise<number> {
  const plant = plantFile("hall-15kt.yaml");
  const live = hall(plant);
  const folder = mkdtempSync(join(tmpdir(), "checkpoint-bench-"));
  const clock = new ManualClock(START);
  const log: Log = createRecorder({ folder, plant, clock, counters, retentionDays: 1, retentionBytes: 1e9 });
  const longest: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    clock.advance(300_000);
    const begin = performance.now();
    log.checkpoint(clock.now(), live.checkpoint(false));
    const copied = performance.now();
    const durable = log.flush();
    longest.push(Math.max(copied - begin, performance.now() - copied));
    await durable;
  }
  await log.stop();
  rmSync(folder, { recursive: true, force: true });
  return longest.sort((a, b) => a - b)[ROUNDS / 2] as number;
}

function bytes(): number {
  const { values, ...rest } = hall(plantFile("hall-15kt.yaml")).checkpoint(false);
  const pending = new Pending({ records: 10, samples: 1e6, text: 1e7 });
  pending.checkpoint(START, values, JSON.stringify(rest));
  return (encodeChunk(pending).length * PER_DAY) / 1e6;
}

export const benches = [
  { name: "checkpoint: longest pause, 16,000 tags", unit: "ms", budget: 10, better: "lower", run: pause },
  { name: "checkpoints: on the disk, 16,000 tags", unit: "MB/day", budget: 60, better: "lower", run: bytes },
];
