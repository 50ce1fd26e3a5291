/** Stories of the embedded engine that its contract does not tell: files, windows, crashes, retention, the engine before it. */
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFrame, type Frame, ManualClock, pushSample, Quality, type TagId } from "@cellhouse/shared";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, expect, test } from "vitest";
import type { RawColumns } from "../../contracts.ts";
import { testCounters, testPlant } from "../testing.ts";
import { Catalog } from "./catalog.ts";
import { DuckdbHistorian, duckdbSettings } from "./index.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WIDEST = 1024 * HOUR;
/** Where a window of every level begins. */
const T0 = Math.ceil(1_760_000_000_000 / WIDEST) * WIDEST;
const plant = testPlant(4);
const folders: string[] = [];
afterAll(() => folders.forEach((f) => void rmSync(f, { recursive: true, force: true })));

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "duckdb-"));
  folders.push(made);
  return made;
}

type Settings = Partial<Parameters<typeof duckdbSettings.parse>[0] & object>;

async function engine(at: string, settings: Settings = {}, clock = new ManualClock(T0)): Promise<DuckdbHistorian> {
  const historian = new DuckdbHistorian(duckdbSettings.parse({ folder: at, quietMs: 0, ...settings }), { plant, clock });
  await historian.start();
  return historian;
}

/** One sample per tag every `step` ms. */
function samples(from: number, to: number, { tags = [0], step = 60_000, value = (t: number) => (t - T0) / 1000 } = {}): Frame {
  const rows = Math.ceil((to - from) / step) * tags.length;
  const frame = createFrame(rows);
  frame.receivedAt = to;
  for (let t = from; t < to; t += step) for (const tag of tags) pushSample(frame, tag, t, value(t), Quality.Good);
  return frame;
}

const all = (historian: DuckdbHistorian, tag = 0): Promise<RawColumns> =>
  historian.raw({ tag: tag as TagId, from: 0, to: T0 * 2, limit: 1e9 });

/** Files by resolution and level, as the catalog has them. */
function files(at: string): Record<string, number> {
  const catalog = new Catalog(join(at, "history"));
  const counts: Record<string, number> = {};
  for (const { resolution, level } of catalog.files) counts[`${resolution} ${level}`] = (counts[`${resolution} ${level}`] ?? 0) + 1;
  catalog.close();
  return counts;
}

test("an hour that is over becomes one file with its rollups; those become files of 4, 16, 64, 256 and 1,024 hours", async () => {
  const at = folder();
  const historian = await engine(at, { spillRows: 50 });
  const ends = T0 + WIDEST + 66 * HOUR;
  for (let from = T0; from < ends; from += 33 * HOUR) await historian.write([samples(from, from + HOUR, { step: 600_000 })]);
  await historian.settle();
  expect((await all(historian)).time.length).toBe(34 * 6);
  const hours = await historian.rollup({ tag: 0 as TagId, rollup: "1h", from: T0, to: ends });
  expect([hours.time.length, new Set(hours.count).size, hours.count[0]]).toEqual([34, 1, 6]);
  const first = 33 * 3600;
  expect([hours.min[1], hours.max[1], hours.first[1], hours.last[1], hours.mean[1]]).toEqual([
    first,
    first + 3000,
    first,
    first + 3000,
    first + 1500,
  ]);
  await historian.stop();
  const counts = files(at);
  expect(counts["1h 6"]).toBe(1);
  // The last hour is not over; its files are as they came.
  expect(counts["raw 1"]).toBe(33);
  expect(counts["raw 0"]).toBeGreaterThan(0);
  expect(counts["10s 1"] ?? 0).toBeLessThanOrEqual(3);
});

test("samples that come days late are right at once, and their hour and its rollups are made anew", async () => {
  const at = folder();
  const historian = await engine(at);
  await historian.write([samples(T0, T0 + 4 * HOUR, { step: 600_000 }), samples(T0 + 2 * DAY, T0 + 2 * DAY + HOUR)]);
  await historian.settle();
  const ask = () => historian.rollup({ tag: 0 as TagId, rollup: "1h", from: T0 + HOUR, to: T0 + 2 * HOUR });
  await historian.write([samples(T0 + HOUR, T0 + 2 * HOUR, { value: () => -5 })]);
  const hot = await ask();
  await historian.settle();
  const settled = await ask();
  for (const { min, max, count } of [hot, settled]) expect([min[0], max[0], count[0]]).toEqual([-5, -5, 60]);
  expect((await all(historian)).time.length).toBe(24 + 60 + 54);
  await historian.stop();
});

test("an hour that goes on and has many files already: a question opens few of them, and the latest arrival is right", async () => {
  const at = folder();
  const tags = plant.tags.map(({ id }) => id);
  const settings = { spillRows: 6 * tags.length, fileRows: 20 * tags.length };
  let historian = await engine(at, settings);
  const minute = (m: number, value?: () => number): Promise<void> => {
    const from = T0 + m * 60_000;
    return historian.write([samples(from, from + 60_000, { tags, step: 10_000, ...(value && { value }) })]);
  };
  for (let m = 0; m < 40; m++) {
    await minute(m);
    if (m === 30) await minute(3, () => -1);
  }
  await historian.settle();
  const isRight = async (): Promise<void> => {
    for (const tag of [0, tags.length - 1]) {
      const { time, value } = await all(historian, tag);
      expect(time.length).toBe(240);
      expect([...value.subarray(18, 25)]).toEqual([-1, -1, -1, -1, -1, -1, 240]);
    }
  };
  await isRight();
  await historian.stop();
  const catalog = new Catalog(join(at, "history"));
  const holding = catalog.of("raw").filter((file) => file.low <= 0 && file.high >= 0);
  catalog.close();
  expect(holding.length).toBeLessThan(22);
  expect(holding.every((file) => file.level === 0)).toBe(true);
  historian = await engine(at, settings);
  await minute(130, () => 0);
  await historian.settle();
  expect((await all(historian)).time.length).toBe(246);
  expect((await historian.rollup({ tag: 0 as TagId, rollup: "1h", from: T0, to: T0 + HOUR })).min[0]).toBe(-1);
  await historian.stop();
  expect(files(at)["raw 0"]).toBe(1);
});

test("a file is split by tags so that a question opens few rows", async () => {
  const at = folder();
  const tags = [0, 1, 2, 3, 4, 5, 6, 7];
  const historian = await engine(at, { fileRows: 150 });
  await historian.write([samples(T0, T0 + 2 * HOUR, { tags })]);
  await historian.settle();
  for (const tag of tags) expect((await all(historian, tag)).time.length).toBe(120);
  await historian.stop();
  const catalog = new Catalog(join(at, "history"));
  const hour = catalog.of("raw").filter((file) => file.level === 1);
  expect(hour.map(({ low, high, rows }) => [low, high, rows])).toEqual([
    [0, 1, 120],
    [2, 3, 120],
    [4, 5, 120],
    [6, 7, 120],
  ]);
  catalog.close();
});

test("after a crash the position is that of the files: what was in memory is sent again, once", async () => {
  const at = folder();
  const crashed = await engine(at);
  await crashed.write([samples(T0, T0 + HOUR)]);
  await crashed.setPosition(100);
  expect(await crashed.position()).toBe(0);
  await crashed.settle();
  await crashed.write([samples(T0 + HOUR, T0 + 2 * HOUR)]);
  await crashed.setPosition(200);
  expect(await crashed.position()).toBe(100);
  // The folder as a crash would leave it, with a file begun.
  const left = folder();
  cpSync(join(at, "history"), join(left, "history"), { recursive: true, filter: (file) => !file.endsWith("lock.db") });
  writeFileSync(join(left, "history/raw/begun.parquet.part"), "PAR1");
  const historian = await engine(left);
  expect(await historian.position()).toBe(100);
  expect(readdirSync(join(left, "history/raw")).some((name) => name.startsWith("begun"))).toBe(false);
  expect((await all(historian)).time.length).toBe(60);
  await historian.write([samples(T0 + HOUR / 2, T0 + 2 * HOUR)]);
  await historian.settle();
  expect((await all(historian)).time.length).toBe(120);
  await Promise.all([historian.stop(), crashed.stop()]);
});

test("what is older than it must be kept goes by the hour; the rollups stay, and later strays are refused and counted", async () => {
  const at = folder();
  const clock = new ManualClock(T0 + 3 * DAY);
  const counters = testCounters();
  const settings = duckdbSettings.parse({ folder: at, quietMs: 0, keepDays: { raw: 1, "10s": 2, "1m": 0 } });
  const historian = new DuckdbHistorian(settings, { plant, clock, counters });
  await historian.start();
  for (let day = 0; day < 3; day++) await historian.write([samples(T0 + day * DAY, T0 + day * DAY + 2 * HOUR)]);
  await historian.settle();
  expect((await all(historian)).time[0]).toBe(T0 + 2 * DAY);
  expect(await historian.reach()).toEqual({ raw: T0 + DAY + 2 * HOUR, "10s": T0 + 16 * HOUR, "1m": -Infinity, "1h": -Infinity });
  expect((await historian.rollup({ tag: 0 as TagId, rollup: "1h", from: T0, to: T0 + 3 * DAY })).time.length).toBe(6);
  await historian.write([samples(T0, T0 + HOUR)]);
  expect(counters.total.dropped).toEqual({ historian_expired: 60 });
  await historian.stop();
});

test("the oldest samples make room where the files may take only so much", async () => {
  const at = folder();
  const historian = await engine(at, { mostBytes: 300_000 });
  const noise = (t: number): number => Math.sin(t);
  for (let hour = 0; hour < 8; hour++)
    await historian.write([samples(T0 + hour * HOUR, T0 + (hour + 1) * HOUR, { tags: [0, 1], step: 1000, value: noise })]);
  await historian.settle();
  const { resolutions } = await historian.stats();
  expect(resolutions.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(300_000);
  expect((await all(historian)).time.length).toBeGreaterThan(3600);
  expect((await all(historian)).time[0]).toBeGreaterThan(T0);
  await historian.stop();
});

test("questions asked while files are made and put together always see every sample once", async () => {
  const at = folder();
  const historian = await engine(at, { spillRows: 40, fileRows: 100 });
  let written = 0;
  for (let hour = 0; hour < 30; hour++) {
    await historian.write([samples(T0 + hour * HOUR, T0 + (hour + 1) * HOUR, { tags: [0, 1] })]);
    written += 60;
    const asked = await Promise.all([all(historian, 0), all(historian, 1), all(historian, 0)]);
    expect(asked.map(({ time }) => time.length)).toEqual([written, written, written]);
  }
  await historian.stop();
});

test("files that cannot be written are said at the next write; when they can, nothing is missing", async () => {
  const at = folder();
  const historian = await engine(at, { spillRows: 60 });
  writeFileSync(join(at, "history/raw"), "in the way");
  await historian.write([samples(T0, T0 + HOUR)]);
  await expect(historian.settle()).rejects.toMatchObject({ code: "E_HISTORIAN" });
  await expect(historian.write([samples(T0 + HOUR, T0 + 2 * HOUR)])).rejects.toMatchObject({ code: "E_HISTORIAN" });
  expect((await all(historian)).time.length).toBe(60);
  rmSync(join(at, "history/raw"));
  await historian.write([samples(T0 + HOUR, T0 + 2 * HOUR)]);
  await historian.settle();
  expect((await all(historian)).time.length).toBe(120);
  await historian.stop();
});

test("a file that is gone or damaged is named, and the rest of history answers", async () => {
  const at = folder();
  const first = await engine(at);
  await first.write([samples(T0, T0 + 3 * HOUR)]);
  await first.settle();
  await first.stop();
  const [name] = readdirSync(join(at, "history/raw")).sort();
  rmSync(join(at, "history/raw", name as string));
  const historian = await engine(at);
  await expect(all(historian)).rejects.toMatchObject({ code: "E_HISTORIAN", message: expect.stringContaining(name as string) });
  const rest = await historian.raw({ tag: 0 as TagId, from: T0 + HOUR, to: T0 + 3 * HOUR, limit: 1e6 });
  expect(rest.time.length).toBe(120);
  await historian.stop();
});

test("the one file of the engine before is taken over, its position too", async () => {
  const at = folder();
  const old = await DuckDBInstance.create(join(at, "historian.duckdb"));
  const connection = await old.connect();
  await connection.run(`
    CREATE TABLE tag(id UINTEGER PRIMARY KEY, path VARCHAR NOT NULL);
    CREATE TABLE recent(tag UINTEGER NOT NULL, time DOUBLE NOT NULL, value DOUBLE NOT NULL, quality UTINYINT NOT NULL, received DOUBLE NOT NULL);
    CREATE TABLE history(tag UINTEGER NOT NULL, time BIGINT NOT NULL, value FLOAT, wide DOUBLE, quality UTINYINT NOT NULL, lag BIGINT NOT NULL);
    CREATE TABLE mark(position DOUBLE NOT NULL, oldest DOUBLE);
    INSERT INTO mark VALUES (4711, NULL);
    INSERT INTO tag VALUES (0, 'BT.EL1.L09.C999:TI-101'), (1, '${plant.tags[3]?.path}');
    INSERT INTO history VALUES (1, ${T0}, 1.5, NULL, 0, 7), (1, ${T0 + HOUR}, NULL, 0.1, 1, 8), (0, ${T0}, 9, NULL, 0, 7);
    INSERT INTO recent VALUES (1, ${T0}, 2.5, 0, ${T0 + 9}), (1, ${T0 + 2 * HOUR}, 'nan', 3, ${T0 + 2 * HOUR + 9});`);
  connection.closeSync();
  old.closeSync();
  const historian = await engine(at);
  expect(await historian.position()).toBe(4711);
  const { time, value, quality, received } = await all(historian, 3);
  expect([...time]).toEqual([T0, T0 + HOUR, T0 + 2 * HOUR]);
  expect([...value]).toEqual([2.5, 0.1, Number.NaN]);
  expect([...quality]).toEqual([0, 1, 3]);
  expect([...received]).toEqual([T0 + 9, T0 + HOUR + 8, T0 + 2 * HOUR + 9]);
  await historian.stop();
  expect(existsSync(join(at, "historian.duckdb"))).toBe(false);
});

test("a catalog that is no catalog is said so", async () => {
  const at = folder();
  const first = await engine(at);
  await first.stop();
  for (const end of ["-wal", "-shm"]) rmSync(join(at, `history/catalog.db${end}`), { force: true });
  writeFileSync(join(at, "history/catalog.db"), "this is not a database, and long enough to be taken for none at all");
  await expect(engine(at)).rejects.toMatchObject({ code: "E_DATA_FOLDER", message: expect.stringContaining("history") });
});
