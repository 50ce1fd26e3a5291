/** Recorder, forwarder and DuckDB together, on real files. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createFrame, type Frame, pushSample, systemClock, type TagId } from "@cellhouse/shared";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createForwarder, createHistorian, createHistory } from "../../server/src/historian/index.ts";
import { testCounters, testPlant } from "../../server/src/historian/testing.ts";
import { createRecorder, openLog } from "../../server/src/recorder/index.ts";
import { launch } from "../support/processes.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cellhouse-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const plant = testPlant(8);
const T0 = Date.now() - 60_000;

function start() {
  const counters = testCounters();
  const recorder = createRecorder({
    folder: join(folder, "recorder"),
    plant,
    clock: systemClock,
    counters,
    retentionDays: 1,
    retentionBytes: 1e9,
  });
  const historian = createHistorian("duckdb", { folder, spillRows: 20_000 }, { plant, clock: systemClock });
  const forwarder = createForwarder({ log: recorder, historian, clock: systemClock, counters });
  return { recorder, historian, forwarder, history: createHistory({ historian, forwarder }), counters };
}

function fill(frame: Frame, second: number): Frame {
  frame.count = 0;
  frame.receivedAt = T0 + second * 100;
  for (let tag = 0; tag < plant.tags.length; tag++) pushSample(frame, tag, frame.receivedAt - 20, Math.fround(second + tag / 7), 0);
  return frame;
}

test("every recorded sample is in the historian once, over a restart without warning in the middle", async () => {
  let parts = start();
  await parts.historian.start();
  parts.forwarder.start();
  const frame = createFrame(1024);
  for (let i = 0; i < 100; i++) parts.recorder.frame(fill(frame, i));
  expect(await parts.history.settle(10_000)).toBe(true);
  // As after a crash: the forwarder's last position is not stored, all but the log and the engine's file is forgotten.
  await parts.recorder.stop();
  await parts.historian.setPosition(0);
  await parts.historian.stop();
  parts = start();
  await parts.historian.start();
  parts.forwarder.start();
  for (let i = 100; i < 200; i++) parts.recorder.frame(fill(frame, i));
  expect(await parts.history.settle(10_000)).toBe(true);
  for (const tag of [0, 100, plant.tags.length - 1]) {
    const raw = await parts.history.raw({ tag: tag as TagId, from: 0, to: T0 + 1e9, limit: 1e6 });
    expect([...raw.time]).toEqual(Array.from({ length: 200 }, (_, i) => T0 + i * 100 - 20));
    expect([...raw.value]).toEqual(Array.from({ length: 200 }, (_, i) => Math.fround(i + tag / 7)));
  }
  await parts.forwarder.stop();
  await parts.historian.stop();
  await parts.recorder.stop();
});

/** The counts in the log, in order. */
async function counts(): Promise<number[]> {
  const log = openLog({ folder: join(folder, "recorder"), plant: testPlant(4) });
  const { records } = await log.read(0, 1e6);
  expect(log.losses).toMatchObject({ corrupt: 0, unknown: 0 });
  return records.map((record) => (record.kind === "frame" ? (record.frame.value[0] as number) : Number.NaN));
}

const WRITER = fileURLToPath(new URL("./recorder-writer.ts", import.meta.url));
const lastKept = (output: string): number => Number([...output.matchAll(/kept (\d+)/g)].at(-1)?.[1] ?? -1);

test("killed without warning ten times, the record holds everything it had said was kept, in order, once", async () => {
  let next = 0;
  for (let round = 0; round < 10; round++) {
    const writer = launch(process.execPath, [WRITER, join(folder, "recorder"), String(next), "2"]);
    await writer.printed(/kept (\d+)[\s\S]*kept (\d+)/);
    await new Promise((resolve) => setTimeout(resolve, 37 * round));
    writer.kill("SIGKILL");
    await writer.ended();
    const recorded = await counts();
    expect(recorded.at(-1)).toBeGreaterThanOrEqual(lastKept(writer.output()));
    next = recorded.length;
    expect(recorded).toEqual(Array.from({ length: next }, (_, i) => i));
  }
});

test("a disk that takes no more is said and counted; recording goes on by itself when there is room again", async () => {
  const limited = launch("prlimit", ["--fsize=200000:unlimited", process.execPath, WRITER, join(folder, "recorder"), "0", "1"]);
  await limited.printed(/degraded/);
  const before = (await counts()).length;
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const freed = launch("prlimit", [`--pid=${limited.process.pid}`, "--fsize=unlimited:unlimited"]);
  expect(await freed.ended()).toBe(0);
  // The first line may name a frame dropped just before there was room.
  await limited.printed(/degraded[\s\S]*up [\s\S]*kept[\s\S]*kept \d+ dropped [1-9]/);
  await limited.stop();
  const recorded = await counts();
  expect(recorded.length).toBeGreaterThan(before);
  expect(recorded).toEqual([...new Set(recorded)].sort((a, b) => a - b));
  expect(recorded.at(-1)).toBeGreaterThanOrEqual(lastKept(limited.output()));
});
