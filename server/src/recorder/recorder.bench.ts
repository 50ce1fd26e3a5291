/** What one sample costs the recorder from the call to the disk: the main thread's share, and all threads together. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { type Cell, createFrame, type Frame, ManualClock, pushSample, Quality } from "@cellhouse/shared";
import { createRecorder, type Log } from "./index.ts";
import { countersInto, plantOf, START } from "./recorder.testkit.ts";

const SAMPLES = 4_000_000;
/** As a message of the load bench holds. */
const PER_FRAME = 24;
/** What comes between two turns of the event loop. */
const PER_TURN = 100;
const ROUNDS = 8;
const plant = plantOf(80, ["L01", "L02", "L03"]);

/** Frames of every cell, some rounds of them; the values wobble as measured ones do and are 32-bit floats, as the PLCs send them. */
const frames = Array.from({ length: ROUNDS }, (_, round) => plant.cells.map((cell, i) => frameOf(cell, round * 7.7 + i))).flat();

function frameOf(cell: Cell, phase: number): Frame {
  const frame = createFrame(PER_FRAME);
  for (const [i, tag] of [...cell.tags.values()].slice(0, PER_FRAME).entries())
    pushSample(frame, tag.id, START, Math.fround((1 + i) * 37.1 * (1 + Math.sin(phase + 13 * i) * 0.001)), Quality.Good);
  return frame;
}

/** At about half a million samples a second. */
async function feed(log: Pick<Log, "frame" | "flush">, clock: ManualClock): Promise<number> {
  let samples = 0;
  for (let n = 0; samples < SAMPLES; n++) {
    const frame = frames[n % frames.length] as Frame;
    frame.receivedAt = clock.now();
    frame.time.fill(frame.receivedAt - 20 - (n % 3));
    log.frame(frame);
    samples += PER_FRAME;
    if (n % PER_TURN !== 0) continue;
    clock.advance(5);
    await setImmediate();
  }
  await log.flush();
  return samples;
}

/** us of CPU per sample, less what the loop around it costs. */
async function cost(): Promise<{ main: number; all: number }> {
  const folder = mkdtempSync(join(tmpdir(), "recorder-bench-"));
  const clock = new ManualClock(START);
  const log = createRecorder({ folder, plant, clock, counters: countersInto({}), retentionDays: 1, retentionBytes: 1e11 });
  const nothing = { frame: () => undefined, flush: () => Promise.resolve() };
  const idle = await cpuOf(() => feed(nothing, new ManualClock(START)));
  const busy = await cpuOf(() => feed(log, clock));
  await log.stop();
  rmSync(folder, { recursive: true, force: true });
  return { main: busy.main - idle.main, all: busy.all - idle.all };
}

async function cpuOf(run: () => Promise<number>): Promise<{ main: number; all: number }> {
  const [all, main] = [process.cpuUsage(), process.threadCpuUsage()];
  const samples = await run();
  const [all2, main2] = [process.cpuUsage(all), process.threadCpuUsage(main)];
  return { main: (main2.user + main2.system) / samples, all: (all2.user + all2.system) / samples };
}

export const benches = [
  { name: "recorder: one sample, main thread", unit: "us/sample", budget: 0.08, better: "lower", run: async () => (await cost()).main },
  { name: "recorder: one sample, all threads", unit: "us/sample", budget: 0.15, better: "lower", run: async () => (await cost()).all },
];
