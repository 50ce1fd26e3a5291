/** Recorder, forwarder and DuckDB together, on real files. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFrame, type Frame, pushSample, systemClock, type TagId } from "@cellhouse/shared";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createForwarder, createHistorian, createHistory } from "../../server/src/historian/index.ts";
import { testCounters, testPlant } from "../../server/src/historian/testing.ts";
import { createRecorder } from "../../server/src/recorder/index.ts";

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
