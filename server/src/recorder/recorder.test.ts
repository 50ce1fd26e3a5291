import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createFrame, type Frame, ManualClock, pushSample } from "@cellhouse/shared";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createRecorder, type Log, openLog, type RecorderOptions } from "./index.ts";
import { lockFolder } from "./lock.ts";
import { countersInto, frameAt, plantOf, START } from "./recorder.testkit.ts";

let folder: string;
let clock: ManualClock;
let dropped: Record<string, number>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "recorder-"));
  clock = new ManualClock(START);
  dropped = {};
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(extra: Partial<RecorderOptions> = {}): Log {
  return createRecorder({
    folder,
    plant: plantOf(2),
    clock,
    counters: countersInto(dropped),
    retentionDays: 30,
    retentionBytes: 1e9,
    ...extra,
  });
}

async function all(log: Log): Promise<{ position: number; text: string }[]> {
  const { records } = await log.read(0, 1e6);
  return records.map((record) => ({ position: record.position, text: describe(record) }));
}

function describe(record: Awaited<ReturnType<Log["read"]>>["records"][number]): string {
  if (record.kind !== "frame") return JSON.stringify({ ...record, position: 0 });
  const { frame } = record;
  return `${record.receivedAt} ${frame.historical} ${[...frame.tag]} ${[...frame.time]} ${[...frame.value]} ${[...frame.quality]}`;
}

test("gives back frames, links, actions and notes in the order they came", async () => {
  const log = open();
  log.frame(
    frameAt(START, [
      [1, 1050.5],
      [2, Number.NaN, 3],
    ]),
  );
  log.link({ receivedAt: START + 1, link: "edge:L01", event: "down", owners: ["C001"], detail: "died" });
  log.action(START + 2, { type: "reset", alarm: "C001:TY-100.HI", actor: "anna" });
  log.note(START + 3, { config: "r1" });
  log.frame({ ...frameAt(START + 4, []), historical: true });
  await log.flush();
  const { records, next } = await log.read(0, 100);
  expect(records.map((r) => r.kind)).toEqual(["frame", "link", "action", "note", "frame"]);
  expect(describe(records[0] as never)).toBe(`${START} false 1,2 ${START - 7},${START - 7} 1050.5,NaN 0,3`);
  expect(records[1]).toMatchObject({ event: { link: "edge:L01", event: "down" } });
  expect(records[2]).toMatchObject({ action: { actor: "anna" } });
  expect(records[4]).toMatchObject({ frame: { historical: true, count: 0 } });
  expect((await log.read(next, 100)).records).toEqual([]);
  await log.stop();
});

test("commits by itself within 200 ms and reads nothing before that", async () => {
  const log = open();
  log.frame(frameAt(START, [[1, 1]]));
  expect(await all(log)).toEqual([]);
  clock.advance(150);
  await expect.poll(async () => (await all(log)).length).toBe(1);
  await log.stop();
});

test("goes on counting after a restart and over segments, and reads in pieces what it reads at once", async () => {
  let log = open({ segmentMs: 5000 });
  for (let i = 0; i < 20; i++) {
    clock.advanceTo(START + i * 1000);
    log.frame(frameAt(clock.now(), [[i, i / 3]]));
    await log.flush();
    if (i % 6 === 5) {
      await log.stop();
      log = open({ segmentMs: 5000 });
    }
  }
  // Each of the four runs began one of its own, and another after five seconds.
  expect(readdirSync(folder).filter((name) => name.endsWith(".db")).length).toBe(7);
  const whole = await all(log);
  expect(whole.map((r) => r.position)).toEqual([...whole.map((r) => r.position)].sort((a, b) => a - b));
  const pieces: string[] = [];
  for (let at = 0; ; ) {
    const { records, next } = await log.read(at, 3);
    pieces.push(...records.map(describe));
    if (records.length < 3) break;
    at = next;
  }
  expect(pieces).toEqual(whole.map((r) => r.text));
  expect(pieces.length).toBe(20);
  expect(log.span()).toEqual({ from: START, to: START + 19_000 });
  for (const [i, record] of whole.entries()) {
    const found = await log.seek(START + i * 1000 - 400);
    expect((await log.read(found, 1)).records[0]?.position).toBe(record.position);
    expect(log.waiting(record.position)).toBe(19 - i);
  }
  expect((await log.read(await log.seek(START + 60_000), 1)).records).toEqual([]);
  await log.stop();
});

test("matches tags by path when the plant has changed, and counts those it no longer has", async () => {
  const before = plantOf(2, ["L01", "L02"]);
  const now = plantOf(2, ["L02"]);
  let log = open({ plant: before });
  const kept = before.tag("L02:II-001");
  const gone = before.tag("L01:II-001");
  log.frame(
    frameAt(START, [
      [gone?.id as number, 1],
      [kept?.id as number, 2],
      [gone?.id as number, 3],
    ]),
  );
  await log.stop();
  log = open({ plant: now });
  const { records } = await log.read(0, 10);
  expect(records).toMatchObject([{ frame: { count: 1 } }]);
  expect(records[0]?.kind === "frame" && records[0].frame.tag[0]).toBe(now.tag("L02:II-001")?.id);
  expect(log.losses.unknown).toBe(2);
  await log.stop();
});

test("skips a chunk whose bytes have rotted, counts it, and reads on", async () => {
  let log = open();
  for (let i = 0; i < 3; i++) {
    log.frame(frameAt(START + i, [[i, i]]));
    await log.flush();
  }
  await log.stop();
  const db = new DatabaseSync(join(folder, readdirSync(folder).find((name) => name.endsWith(".db")) as string));
  db.exec("UPDATE chunk SET data = CAST(substr(data, 1, 20) || x'00' || substr(data, 22) AS BLOB) WHERE first = 2");
  db.close();
  log = open();
  expect((await all(log)).map((r) => r.text.split(" ")[2])).toEqual(["0", "2"]);
  expect(log.losses.corrupt).toBe(1);
  await log.stop();
});

test("drops the oldest segments by size and counts what the historian had not read", async () => {
  const log = open({ segmentMs: 60_000, retentionBytes: 400_000, readers: { historian: () => 0 } });
  const wide = createFrame(4);
  for (let i = 0; i < 4000; i++) pushSample(wide, i % 100, START + i, Math.sin(i), 0);
  for (let minute = 0; minute < 30; minute++) {
    clock.advanceTo(START + minute * 60_000);
    wide.receivedAt = clock.now();
    log.frame(wide);
    await log.flush();
  }
  expect(log.span()?.from).toBeGreaterThan(START);
  expect(dropped.recorder_expired).toBeGreaterThan(0);
  await log.stop();
});

test("a second server on the same folder is told so; a lock left by a dead one counts for nothing", async () => {
  const log = open();
  expect(() => open()).toThrow("E_DATA_FOLDER");
  await log.stop();
  writeFileSync(join(folder, "lock"), "999999999 123\n");
  lockFolder(folder)();
  writeFileSync(join(folder, "lock"), `${process.ppid} 1\n`);
  const next = open();
  await next.stop();
});

test("the log can be read beside the server that writes it", async () => {
  const log = open();
  log.frame(frameAt(START, [[1, 5]]));
  await log.flush();
  const beside = openLog({ folder, plant: plantOf(2) });
  expect((await beside.read(0, 10)).records.length).toBe(1);
  expect(beside.span()).toEqual({ from: START, to: START });
  log.frame(frameAt(START + 1, [[1, 6]]));
  await log.flush();
  expect((await beside.read(0, 10)).records.length).toBe(2);
  expect(() => openLog({ folder: join(folder, "no"), plant: plantOf(2) })).toThrow("E_DATA_FOLDER");
  await log.stop();
});

test("random frames come back bit by bit, in order, however they were grouped into chunks", async () => {
  const sample = fc.tuple(
    fc.nat(100),
    fc.oneof(fc.integer({ min: -5000, max: 5000 }), fc.double({ noNaN: true, min: -1e12, max: 4e15 })),
    fc.double(),
    fc.nat(3),
  );
  const batch = fc.record({
    samples: fc.array(sample, { maxLength: 30 }),
    flush: fc.boolean(),
    historical: fc.boolean(),
    offset: fc.double({ noNaN: true }),
  });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(batch, { maxLength: 20 }), async (batches) => {
      const at = join(folder, String(run++));
      const log = open({ folder: at });
      const sent: string[] = [];
      for (const [i, { samples, flush, historical, offset }] of batches.entries()) {
        const frame = createFrame(1);
        Object.assign(frame, { receivedAt: START + i, historical, clockOffset: offset });
        for (const [tag, ago, value, quality] of samples) pushSample(frame, tag, START - ago, value, quality);
        sent.push(bits(frame));
        log.frame(frame);
        if (flush) await log.flush();
      }
      await log.stop();
      const again = open({ folder: at });
      const { records } = await again.read(0, 1000);
      expect(records.map((record) => record.kind === "frame" && bits(record.frame))).toEqual(sent);
      await again.stop();
    }),
    { numRuns: 30, seed: 3 },
  );
});

function bits(frame: Frame): string {
  const n = frame.count;
  const numbers = Float64Array.of(frame.receivedAt, frame.clockOffset, ...frame.time.subarray(0, n), ...frame.value.subarray(0, n));
  return `${frame.historical} ${[...frame.tag.subarray(0, n)]} ${[...frame.quality.subarray(0, n)]} ${Buffer.from(numbers.buffer).toString("hex")}`;
}
