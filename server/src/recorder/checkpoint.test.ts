import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ManualClock } from "@cellhouse/shared";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Checkpoint } from "../contracts.ts";
import { createRecorder, type Log, openLog, type RecorderOptions } from "./index.ts";
import { countersInto, frameAt, plantOf, START } from "./recorder.testkit.ts";

let folder: string;
let clock: ManualClock;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "recorder-checkpoint-"));
  clock = new ManualClock(START);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(extra: Partial<RecorderOptions> = {}): Log {
  return createRecorder({ folder, plant: plantOf(2), clock, counters: countersInto({}), retentionDays: 30, retentionBytes: 1e9, ...extra });
}

/** A checkpoint of tags 1 and 3, heard a little before `time`. */
function checkpointAt(time: number, start = false): Checkpoint {
  return {
    start,
    values: {
      tag: Uint32Array.of(1, 3),
      time: Float64Array.of(time - 90_000, time - 12),
      value: Float64Array.of(1050.5, Number.NaN),
      quality: Uint8Array.of(0, 3),
      received: Float64Array.of(time - 89_000, time - 3),
      effective: Float64Array.of(time - 89_500.25, Number.NaN),
    },
    liveness: [{ owner: "C001", beat: null, heard: false, beatAt: time, down: true, gap: false, quality: 2 }],
    alarms: { rows: [{ id: "C001:TY-100.HI", state: "{}" }], frozen: ["C001"], delays: [] },
  };
}

test("a checkpoint comes back as it was, in its place among frames and texts, and counts as nothing heard", async () => {
  const log = open();
  log.frame(frameAt(START, [[1, 5]]));
  log.checkpoint(START + 1, checkpointAt(START + 1, true));
  log.note(START + 2, { config: "r1" });
  log.checkpoint(START + 3, checkpointAt(START + 3));
  log.frame(frameAt(START + 4, [[2, 6]]));
  expect(log.waiting(0)).toBe(2);
  await log.flush();
  const { records } = await log.read(0, 100);
  expect(records.map((r) => r.kind)).toEqual(["frame", "checkpoint", "note", "checkpoint", "frame"]);
  expect(records[1]).toMatchObject({ receivedAt: START + 1, checkpoint: checkpointAt(START + 1, true) });
  expect(records[4]).toMatchObject({ frame: { count: 1, tag: Uint32Array.of(2), value: Float64Array.of(6) } });
  expect(log.waiting(0)).toBe(2);
  expect(await log.checkpointAt(START + 2, START)).toEqual(records[1]);
  expect(await log.checkpointAt(START + 9, START)).toEqual(records[3]);
  expect(await log.checkpointAt(START, 0)).toBeUndefined();
  expect(await log.checkpointAt(START + 9, START + 4)).toBeUndefined();
  await log.stop();
});

test("checkpoints are found over all segments, also by a reader beside the server", async () => {
  const log = open({ segmentMs: 60_000 });
  for (let minute = 0; minute < 5; minute++) {
    clock.advanceTo(START + minute * 70_000);
    log.checkpoint(clock.now(), checkpointAt(clock.now()));
    log.frame(frameAt(clock.now() + 1, [[1, minute]]));
    await log.flush();
  }
  const beside = openLog({ folder, plant: plantOf(2) });
  for (const reader of [log, beside]) {
    expect((await reader.checkpointAt(START + 150_000, START))?.receivedAt).toBe(START + 140_000);
    expect((await reader.checkpointAt(START + 139_999, START))?.receivedAt).toBe(START + 70_000);
  }
  await log.stop();
});

test("a checkpoint of another plant keeps the tags both know; what it lacks is no loss", async () => {
  const log = open({ plant: plantOf(2, ["L01", "L02"]) });
  const wide = plantOf(2, ["L01", "L02"]);
  const tags = [wide.tag("C001:TI-101"), wide.tag("C004:TI-101"), wide.tag("C002:TI-101")].map((tag) => tag?.id as number);
  const three = Float64Array.of(START - 3, START - 2, START - 1);
  const values = { tag: Uint32Array.from(tags), time: three, value: Float64Array.of(1, 2, 3), quality: Uint8Array.of(0, 1, 2) };
  log.checkpoint(START, { ...checkpointAt(START), values: { ...values, received: three, effective: three } });
  await log.stop();
  const narrow = openLog({ folder, plant: plantOf(2) });
  const found = (await narrow.checkpointAt(START, START))?.checkpoint.values;
  const kept = Float64Array.of(START - 3, START - 1);
  expect(found).toEqual({
    tag: Uint32Array.from(["C001:TI-101", "C002:TI-101"], (path) => plantOf(2).tag(path)?.id as number),
    time: kept,
    value: Float64Array.of(1, 3),
    quality: Uint8Array.of(0, 2),
    received: kept,
    effective: kept,
  });
  expect(narrow.losses).toMatchObject({ corrupt: 0, unknown: 0 });
});

test("a segment written before there were checkpoints has none, and takes them from now on", async () => {
  const first = open();
  first.frame(frameAt(START, [[1, 5]]));
  await first.stop();
  const db = new DatabaseSync(join(folder, readdirSync(folder).find((name) => name.endsWith(".db")) as string));
  db.exec("DROP TABLE checkpoint");
  db.close();
  expect(await openLog({ folder, plant: plantOf(2) }).checkpointAt(START + 9, START)).toBeUndefined();
  const second = open();
  second.checkpoint(START + 5, checkpointAt(START + 5));
  await second.flush();
  expect((await second.checkpointAt(START + 9, START))?.receivedAt).toBe(START + 5);
  await second.stop();
});
