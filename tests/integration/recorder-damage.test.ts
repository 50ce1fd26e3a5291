/** A crash at any byte, a bit flipped anywhere: the record opens, what it gives is what was written, what is missing is told, and it goes on. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ManualClock } from "@cellhouse/shared";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LogRecord } from "../../server/src/contracts.ts";
import { createRecorder, type Log, openLog } from "../../server/src/recorder/index.ts";
import { countersInto, frameAt, plantOf, START } from "../../server/src/recorder/recorder.testkit.ts";
import { remove, tempFolder } from "../support/processes.ts";

/** Turns of three records in two commits: so many sealed, folded in, and in the write-ahead log. */
const TURNS = 30;
const plant = plantOf(2);

let home: string;
/** A folder as a crash leaves it: a segment that was sealed, and one in the middle of being written, half of it folded in. */
let crashed: string;
/** What was written, by position; and the last position that was in the write-ahead log when it was so long. */
const written = new Map<number, string>();
const commits: { walBytes: number; position: number }[] = [];
let sealedEnd: number;

beforeAll(async () => {
  home = tempFolder("damage");
  crashed = join(home, "crashed");
  const living = join(home, "living");
  const clock = new ManualClock(START);
  let log = open(living, clock);
  await fill(log, clock, TURNS);
  await log.stop();
  sealedEnd = (await read(living)).at(-1)?.position as number;
  log = open(living, clock);
  await fill(log, clock, TURNS);
  const file = join(living, segmentsIn(living).at(-1) as string);
  fold(file);
  for (let i = 0; i < TURNS; i++) {
    await fill(log, clock, 1);
    commits.push({ walBytes: statSync(`${file}-wal`).size, position: (await log.seek(clock.now())) + 3 });
  }
  copyFolder(living, crashed);
  for (const record of await read(living)) written.set(record.position, textOf(record));
  expect(written.size).toBe(3 * TURNS * 3);
  expect(commits.at(-1)?.position).toBe([...written.keys()].at(-1));
  await log.stop();
});
afterAll(() => remove(home));

function open(folder: string, clock = new ManualClock(START + 1e6), dropped: Record<string, number> = {}): Log {
  return createRecorder({ folder, plant, clock, counters: countersInto(dropped), retentionDays: 30, retentionBytes: 1e9 });
}

async function fill(log: Log, clock: ManualClock, n: number): Promise<void> {
  for (let i = 0; i < n; i++) {
    clock.advance(1000);
    const samples = Array.from({ length: 100 }, (_, tag) => [tag, Math.sin(clock.now() * tag)] as const);
    log.frame(frameAt(clock.now(), samples));
    log.note(clock.now(), { at: clock.now() });
    await log.flush();
    log.frame(frameAt(clock.now(), [[1, clock.now()]]));
    await log.flush();
  }
}

/** As SQLite does by itself, later. */
function fold(file: string): void {
  const db = new DatabaseSync(file);
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
}

const segmentsIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".db"))
    .sort();

/** Without the lock and the shared memory, which belong to the process that died. */
function copyFolder(from: string, to: string): void {
  mkdirSync(to);
  for (const name of readdirSync(from)) if (/\.db(-wal)?$/.test(name)) copyFileSync(join(from, name), join(to, name));
}

/** From the disk, not from what the writer has in mind. */
async function read(folder: string): Promise<LogRecord[]> {
  return (await openLog({ folder, plant }).read(0, 1e6)).records;
}

const textOf = (record: LogRecord): string =>
  JSON.stringify(record, (_key, value) => (ArrayBuffer.isView(value) ? [...(value as Float64Array)].map(String) : value));

interface Harm {
  wal: boolean;
  cut: boolean;
  /** Where in the file, 0 to 1. */
  at: number;
  bit: number;
}

/** Does it to the newest segment and tells at which byte. */
function harm(folder: string, { wal, cut, at, bit }: Harm): number {
  const file = join(folder, `${segmentsIn(folder).at(-1)}${wal ? "-wal" : ""}`);
  const bytes = readFileSync(file);
  const place = Math.floor(at * bytes.length);
  if (cut) truncateSync(file, place);
  else {
    bytes[place] = (bytes[place] as number) ^ (1 << bit);
    writeFileSync(file, bytes);
  }
  return place;
}

/** What the log gives must be what was written there, in order; returns the positions it lacks. */
function missing(records: readonly LogRecord[]): number[] {
  const positions = records.map(({ position }) => position);
  expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b));
  for (const record of records) expect(textOf(record)).toBe(written.get(record.position));
  const there = new Set(positions);
  return [...written.keys()].filter((position) => !there.has(position));
}

const harms: fc.Arbitrary<Harm> = fc.record({
  wal: fc.boolean(),
  cut: fc.boolean(),
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  bit: fc.nat(7),
});
let run = 0;

test("whatever byte is hit, the record opens, gives nothing wrong, tells what is missing and goes on", async () => {
  await fc.assert(
    fc.asyncProperty(harms, async (given) => {
      const folder = join(home, `run-${run++}`);
      copyFolder(crashed, folder);
      const place = harm(folder, given);
      const dropped: Record<string, number> = {};
      const log = open(folder, undefined, dropped);
      const { records } = await log.read(0, 1e6);
      const lost = missing(records);
      expect(lost.every((position) => position > sealedEnd)).toBe(true);
      const kept = given.wal ? commits.filter(({ walBytes }) => walBytes <= place).at(-1)?.position : undefined;
      if (kept !== undefined) expect(lost.filter((position) => position <= kept)).toEqual([]);
      // A log that ends early, or whose last commit is not whole, is what a crash leaves: nobody can tell what else there was.
      const lastCommit = lost.length <= 1 && lost[0] === commits.at(-1)?.position;
      if (lost.length > 0 && !(given.wal && (given.cut || lastCommit))) {
        expect(log.losses.corrupt).toBeGreaterThan(0);
        expect(dropped.recorder_damaged).toBeGreaterThan(0);
        expect(log.links()[0]?.detail).toMatch(/damaged, the last: segment \d+.*: ./);
      }
      await goesOn(log, folder, records.length);
      remove(folder);
    }),
    { numRuns: 300, seed: 7 },
  );
}, 240_000);

async function goesOn(log: Log, folder: string, before: number): Promise<void> {
  log.frame(frameAt(START + 2e6, [[7, 7]]));
  await log.flush();
  expect(log.links()[0]?.state).toBe("up");
  await log.stop();
  const again = open(folder);
  const { records } = await again.read(0, 1e6);
  expect(records).toHaveLength(before + 1);
  expect(records.at(-1)).toMatchObject({ kind: "frame", frame: { count: 1, value: Float64Array.of(7) } });
  await again.stop();
}
