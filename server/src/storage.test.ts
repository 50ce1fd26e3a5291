import { mkdirSync, mkdtempSync, rmSync, statfsSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Link, ManualClock } from "@cellhouse/shared";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeNote } from "./backup/notes.ts";
import type { HistorianStats } from "./contracts.ts";
import { createStorage, type StorageOptions } from "./storage.ts";

const HOUR = 3_600_000;
const NOW = 1_800_000_000_000;
const link = (kind: Link["kind"], more: Partial<Link>): Link => ({ id: kind, kind, state: "up", since: 0, detail: "", ...more });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cellhouse-storage-"));
  mkdirSync(join(folder, "record"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function segment(name: string, bytes: number, changed: number): void {
  const file = join(folder, "record", name);
  writeFileSync(file, Buffer.alloc(bytes));
  utimesSync(file, changed / 1000, changed / 1000);
}

function stats(rows: number, bytes: number): HistorianStats {
  return { engine: "duckdb", resolutions: [{ resolution: "raw", rows, bytes, oldest: NOW - HOUR, newest: NOW }] };
}

function storage(change: Partial<StorageOptions> = {}) {
  return createStorage({
    folder,
    clock: new ManualClock(NOW),
    engine: "duckdb",
    history: { stats: async () => stats(1000, 2000) },
    recorder: { span: () => ({ from: NOW - 2 * HOUR, to: NOW }) },
    links: () => [link("recorder", { rate: 10, readers: { historian: 700 } }), link("historian", { backlog: 50 })],
    retention: { days: 30, bytes: 20e9 },
    ...change,
  });
}

test("growth is the record's of the last day and the history's bytes per value at the present rate", async () => {
  segment("000000000001.db", 6000, NOW - HOUR);
  segment("000000000002.db", 4000, NOW);
  const state = await storage()();
  expect(state.recorder).toMatchObject({ bytes: 10_000, oldest: NOW - 2 * HOUR, rate: 10 });
  expect(state.disk.perDay).toBeCloseTo((10_000 * 24) / 2 + 2 * 10 * 86_400, 6);
  const { bavail, bsize } = statfsSync(folder);
  expect(state.disk.daysLeft).toBeCloseTo(state.disk.free / (state.disk.perDay as number), 9);
  expect(state.disk.free / (bavail * bsize)).toBeCloseTo(1, 1);
  expect(state.readers).toEqual([{ name: "historian", samples: 50, seconds: 5, toKeep: 700 }]);
});

test("segments that ended before the last day do not count into its growth", async () => {
  segment("000000000001.db", 900_000, NOW - 30 * HOUR);
  segment("000000000002.db", 3000, NOW - HOUR);
  const state = await storage({
    recorder: { span: () => ({ from: NOW - 31 * HOUR, to: NOW }) },
    history: { stats: async () => stats(0, 0) },
  })();
  expect(state.disk.perDay).toBeCloseTo((3000 * 24) / 30, 6);
});

test("a record at its bound grows no more", async () => {
  segment("000000000001.db", 9600, NOW);
  const state = await storage({ retention: { days: 30, bytes: 10_000 } })();
  expect(state.disk.perDay).toBeCloseTo(2 * 10 * 86_400, 6);
});

test("an engine that is away, and a folder in which nothing has been kept yet, are told as they are", async () => {
  const away = async (): Promise<never> => Promise.reject(new Error("connection refused"));
  const state = await storage({ history: { stats: away }, recorder: { span: () => undefined }, links: () => [] })();
  expect(state).toMatchObject({ engine: "duckdb", away: "connection refused", resolutions: [], readers: [], ledger: 0, exchange: 0 });
  expect(state.disk.perDay).toBeUndefined();
  expect(state.disk.daysLeft).toBeUndefined();
});

test("however many ask, the disk is looked at once in five seconds", async () => {
  const clock = new ManualClock(NOW);
  let asked = 0;
  const ask = storage({ clock, history: { stats: async () => stats(++asked, 1) } });
  await Promise.all([ask(), ask()]);
  clock.advance(4999);
  await ask();
  expect(asked).toBe(1);
  clock.advance(1);
  expect((await ask()).resolutions[0]?.rows).toBe(2);
});

test("the last backup and check are told; a torn note is as none", async () => {
  const finding = { file: "history/a.parquet", reason: "missing", remedy: "restore it" };
  await writeNote(folder, "backup", { time: 5, files: 3, bytes: 7 });
  await writeNote(folder, "check", { time: 6, files: 9, findings: [finding] });
  expect(await storage()()).toMatchObject({ backup: { time: 5, files: 3, bytes: 7 }, check: { time: 6, files: 9, findings: [finding] } });
  writeFileSync(join(folder, "upkeep", "check.json"), '{"time":');
  const state = await storage()();
  expect(state.backup?.time).toBe(5);
  expect(state.check).toBeUndefined();
});
