import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFrame, ManualClock, pushSample, type Tag } from "@cellhouse/shared";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ExportOrder } from "../../contracts.ts";
import { MemoryHistorian } from "../memory/index.ts";
import { testPlant } from "../testing.ts";
import { Exports } from "./exports.ts";
import type { Source } from "./rows.ts";

const T0 = Date.UTC(2026, 10, 22);
const DAY = 86_400_000;
const TAG = testPlant(1).tag("C001:EI-201") as Tag;
const ORDER: ExportOrder = { tags: [TAG], from: T0, to: T0 + 60_000, format: "csv", resolution: "raw", received: false, by: "qa" };

let folder: string;
let clock: ManualClock;
let exports: Exports;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "exports-"));
  clock = new ManualClock(T0);
});
afterEach(async () => {
  await exports.stop();
  rmSync(folder, { recursive: true, force: true });
});

function open(source: Partial<Source>): void {
  exports = new Exports({ folder, source: source as Source, settle: async () => true, timezone: "Asia/Shanghai", clock });
}

/** Many samples, page after page, until told to stop. */
function endless(asked: () => void): Partial<Source> {
  return {
    raw: async ({ from, limit, signal }) => {
      signal?.throwIfAborted();
      asked();
      const time = Float64Array.from({ length: limit }, (_, i) => from + i / limit);
      return { time, value: time, quality: new Uint8Array(limit), received: time };
    },
  };
}

test("a file stays for a day, and those of an earlier run are gone at the start", async () => {
  writeFileSync(join(folder, "left-behind.csv"), "x");
  const historian = new MemoryHistorian({ samplesPerTag: 10 });
  const frame = createFrame(1);
  pushSample(frame, TAG.id, T0, 9, 0);
  await historian.write([frame]);
  open(historian);
  expect(readdirSync(folder)).toEqual([]);
  const { id } = exports.create(ORDER);
  await exports.finished(id);
  const file = exports.file(id);
  expect(readFileSync(file, "utf8")).toContain("2026-11-22T00:00:00.000Z,2026-11-22T08:00:00.000+08:00,9,good\r\n");
  clock.advance(DAY - 60_000);
  expect(exports.get(id)?.state).toBe("done");
  clock.advance(120_000);
  expect(exports.get(id)).toBeUndefined();
  await exports.stop();
  expect(existsSync(file)).toBe(false);
});

test.each(["csv", "json", "parquet"] as const)(
  "a %s file being made ends where it stands when it is removed, and leaves nothing",
  async (format) => {
    const { promise: begun, resolve } = Promise.withResolvers<void>();
    let pages = 0;
    open(endless(() => ++pages === 3 && resolve()));
    const job = exports.create({ ...ORDER, format });
    await begun;
    await exports.remove(job.id);
    const until = pages;
    expect(readdirSync(folder)).toEqual([]);
    expect([job.state, job.fault]).toMatchObject(["failed", {}]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(pages).toBe(until);
  },
);

test("two are made at a time, the others wait; one that fails says why and lets the next in", async () => {
  open({ raw: () => Promise.reject(new Error("IO Error: No space left on device")) });
  const jobs = [exports.create(ORDER), exports.create(ORDER), exports.create({ ...ORDER, by: "engineer" })];
  expect(jobs.map(({ state }) => state)).toEqual(["waiting", "waiting", "waiting"]);
  for (const { id } of jobs) await exports.finished(id);
  for (const job of jobs) expect(job).toMatchObject({ state: "failed", fault: { code: "E_DISK_FULL" } });
  expect(exports.list("engineer").length).toBe(1);
  expect(readdirSync(folder)).toEqual([]);
});
