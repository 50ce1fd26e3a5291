import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { ManualClock } from "@cellhouse/shared";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createRecorder, type Log, openLog, type RecorderOptions } from "./index.ts";
import { savedReaders } from "./readers.ts";
import { countersInto, frameAt, plantOf, START } from "./recorder.testkit.ts";
import { walState } from "./segments/wal.ts";

const DAY = 86_400_000;

let folder: string;
let clock: ManualClock;
let dropped: Record<string, number>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "recorder-upkeep-"));
  clock = new ManualClock(START);
  dropped = {};
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(extra: Partial<RecorderOptions> = {}): Log {
  const counters = countersInto(dropped);
  return createRecorder({ folder, plant: plantOf(2), clock, counters, retentionDays: 30, retentionBytes: 1e9, ...extra });
}

const segments = (): string[] => readdirSync(folder).filter((name) => name.endsWith(".db"));
const newest = (): DatabaseSync => new DatabaseSync(join(folder, segments().sort().at(-1) as string));

async function record(log: Log, value: number): Promise<void> {
  log.frame(frameAt(clock.now(), [[1, value]]));
  await log.flush();
}

const values = async (log: Pick<Log, "read">): Promise<unknown[]> =>
  (await log.read(0, 1000)).records.map((record) => record.kind === "frame" && record.frame.value[0]);

test("what is too old stays until the slowest reader has it; links and a file beside the segments tell where each is", async () => {
  const positions = { historian: 0, backup: 0 };
  const log = open({ retentionDays: 1, segmentMs: DAY, readers: { historian: () => positions.historian, backup: () => positions.backup } });
  for (let day = 0; day < 4; day++) {
    await record(log, day);
    clock.advance(DAY);
  }
  expect(await values(log)).toEqual([0, 1, 2, 3]);
  positions.historian = await log.seek(clock.now());
  positions.backup = await log.seek(START + DAY);
  expect(log.links()[0]?.readers).toEqual({ historian: 0, backup: 3 });
  await record(log, 4);
  expect(await values(log)).toEqual([1, 2, 3, 4]);
  expect(savedReaders(folder)).toEqual({ time: clock.now(), positions });
  positions.backup = await log.seek(START + 2 * DAY + 1);
  clock.advance(20_000);
  await record(log, 5);
  expect(await values(log)).toEqual([3, 4, 5]);
  expect(dropped).toEqual({});
  await log.stop();
});

test("a file of positions that is none is as if there were none", () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
      writeFileSync(join(folder, "readers.json"), text);
      expect(savedReaders(folder)?.positions ?? {}).toBeTypeOf("object");
    }),
    { numRuns: 100, seed: 2 },
  );
  expect(savedReaders(join(folder, "nowhere"))).toBeUndefined();
});

test("where the file itself takes no more, the record goes on in another", async () => {
  const log = open();
  await record(log, 1);
  const db = newest();
  db.exec("DROP TABLE chunk");
  db.close();
  log.frame(frameAt(clock.now(), [[1, 2]]));
  await log.flush();
  expect(log.links()[0]).toMatchObject({ state: "degraded", detail: expect.stringContaining("cannot write") });
  clock.advance(1000);
  await log.flush();
  expect(log.links()[0]).toMatchObject({ state: "up", detail: "" });
  expect(segments()).toHaveLength(2);
  // The first from memory; who reads the disk lacks what the file has lost, and all are told.
  expect(await values(log)).toEqual([1, 2]);
  const beside = openLog({ folder, plant: plantOf(2) });
  expect(await values(beside)).toEqual([2]);
  expect(beside.losses.corrupt).toBe(1);
  expect(dropped).toEqual({ recorder_damaged: 1 });
  await log.stop();
});

test("a segment of the first format, whose checksums cover the data alone, reads as before", async () => {
  const log = open();
  for (let i = 0; i < 3; i++) await record(log, i);
  await log.stop();
  const db = newest();
  db.exec("UPDATE segment SET format = 1; DROP TABLE checkpoint");
  for (const { first, data } of db.prepare("SELECT first, data FROM chunk").all())
    db.prepare("UPDATE chunk SET crc = ? WHERE first = ?").run(crc32(data as Uint8Array), first as number);
  db.close();
  const again = open();
  expect(await values(again)).toEqual([0, 1, 2]);
  expect(again.losses).toEqual({ corrupt: 0, unknown: 0 });
  await again.stop();
});

test("a segment of a format yet to come is left alone and told", async () => {
  const log = open();
  await record(log, 1);
  await log.stop();
  const db = newest();
  db.exec("UPDATE segment SET format = 3");
  db.close();
  const again = open();
  await record(again, 2);
  expect(await values(again)).toEqual([2]);
  expect(again.links()[0]?.detail).toContain("format 3 is not known");
  expect(segments()).toHaveLength(2);
  await again.stop();
});

test("any bytes for a write-ahead log are looked through without harm", () => {
  const file = join(folder, "some-wal");
  const begun = Buffer.from("377f0682002de21800000800", "hex");
  const bytes = fc
    .tuple(fc.boolean(), fc.uint8Array({ maxLength: 9000 }))
    .map(([real, rest]) => Buffer.concat([real ? begun : Buffer.alloc(0), rest]));
  fc.assert(
    fc.property(bytes, (content) => {
      writeFileSync(file, content);
      const { whole, at } = walState(file);
      expect(whole).toBe(0);
      expect(at).toBeLessThanOrEqual(content.length);
    }),
    { numRuns: 100, seed: 8 },
  );
  expect(walState(join(folder, "none-wal"))).toEqual({ whole: 0, lost: 0, at: 0 });
});
