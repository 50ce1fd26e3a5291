/** The rows that InfluxDB itself holds, read without us: whatever came late, twice or over a crash, they are what the samples give. */
import { createFrame, type Frame, ManualClock, pushSample, Quality, type TagId } from "@cellhouse/shared";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Historian, Rollup, RollupQuery } from "../../server/src/contracts.ts";
import { ROLLUP_MS, ROLLUPS } from "../../server/src/historian/buckets.ts";
import { createHistorian } from "../../server/src/historian/index.ts";
import { InfluxHistorian, influxSettings } from "../../server/src/historian/influx/index.ts";
import { type Bucket, Reference } from "../../server/src/historian/reference.ts";
import { testPlant } from "../../server/src/historian/testing.ts";
import { ask, type Influxd, startInfluxd } from "../support/influxd.ts";

const plant = testPlant(3);
const T0 = Date.UTC(2026, 0, 5, 10);
/** Two tags of a cell, one of another, one of the line. */
const TAGS = ["C001:TI-101", "C001:EI-201", "C002:TI-101", "L01:II-001"].map((path) => plant.tag(path)?.id as number);
let influxd: Influxd;
beforeAll(async () => {
  influxd = await startInfluxd();
});
afterAll(() => influxd.stop());

const database = (name: string): string => influxd.url.replace(/[^/]*$/, name);
const open = (name: string, clock = new ManualClock(T0 - 1)): Historian =>
  createHistorian("influx", { url: database(name) }, { plant, clock });

/** The rows of a tag as they stand in InfluxDB. */
async function stored(name: string, id: number, rollup: Rollup): Promise<Bucket[]> {
  const { owner, line, definition } = plant.tags[id] as (typeof plant.tags)[number];
  const parts = ["min", "max", "mean", "first", "last", "count", "q"].map((part) => `"${definition.name}.${part}"`).join(", ");
  const where = owner === line ? `"line"='${line}'` : `"cell"='${owner}'`;
  const rows = await ask(database(name), `SELECT ${parts} FROM "${rollup}"."${owner === line ? "line" : "cell"}_${rollup}" WHERE ${where}`);
  return rows.flatMap(([time, min, max, mean, first, last, count, quality]) =>
    count == null ? [] : [{ time, min, max, mean, first, last, count, quality: quality ?? 0 } as Bucket],
  );
}

/** What the reference holds of a tag, in the same shape: fields that a row without numbers does not have are null. */
function wanted(reference: Reference, id: number, rollup: Rollup, span: { from: number; to: number }): Bucket[] {
  const width = ROLLUP_MS[rollup];
  const [from, to] = [Math.floor(span.from / width) * width, Math.ceil(span.to / width) * width];
  const none = (n: number): number => (Number.isNaN(n) ? (null as unknown as number) : n);
  return reference.buckets(id, from, to, (to - from) / width).map((row) => ({
    ...row,
    min: none(row.min),
    max: none(row.max),
    mean: none(row.mean),
    first: none(row.first),
    last: none(row.last),
  }));
}

function sameRows(rows: readonly Bucket[], reference: readonly Bucket[]): void {
  expect(rows.map(({ mean: _, ...rest }) => rest)).toEqual(reference.map(({ mean: _, ...rest }) => rest));
  for (const [i, { mean, min, max }] of rows.entries()) {
    if (mean === null || Number.isNaN(mean)) expect(reference[i]?.mean).toBe(mean);
    else expect(Math.abs(mean - (reference[i]?.mean as number))).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(min), Math.abs(max)));
  }
}

/** InfluxDB's own putting together of so many rows gives what the samples do. */
async function together(historian: Historian, reference: Reference, q: Omit<RollupQuery, "width"> & { rows: number }): Promise<void> {
  const own = ROLLUP_MS[q.rollup];
  const [from, to, width] = [Math.floor(q.from / own) * own, Math.ceil(q.to / own) * own, q.rows * own];
  const { width: got, ...answer } = await historian.rollup({ ...q, from, to, width });
  expect(got).toBe(width);
  const columns = ["time", "min", "max", "mean", "first", "last", "count", "quality"] as const;
  const rows = [...answer.time].map((_, i) => Object.fromEntries(columns.map((column) => [column, answer[column][i]])));
  sameRows(rows as unknown as Bucket[], reference.multiples(q.tag, from, to, width));
}

/** A sample: which tag, how long after the one before it, how late it is, and of which earlier one it takes the place. */
const sample = fc.record({
  tag: fc.integer({ min: 0, max: TAGS.length - 1 }),
  step: fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: 0, max: 2000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 400_000 }) },
  ),
  back: fc.oneof(
    { weight: 12, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 20_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 5_000_000 }) },
  ),
  again: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 20 })),
  value: fc.oneof({ weight: 14, arbitrary: fc.integer({ min: -1000, max: 1000 }).map((n) => n / 8) }, fc.constant(Number.NaN)),
  quality: fc.constantFrom(0, 0, 0, 0, 1, 2, 3),
});
/** What is written at once, and what happens behind it. */
const write = fc.record({
  samples: fc.array(sample, { minLength: 1, maxLength: 25 }),
  after: fc.constantFrom("go on", "go on", "position", "crash", "stop"),
});

test("late, repeated, bad and taken back samples, crashes and restarts: every row is what the samples give", {
  timeout: 240_000,
}, async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(write, { minLength: 1, maxLength: 8 }), async (writes) => {
      const name = `rows${run++}`;
      const reference = new Reference();
      const frames: Frame[] = [];
      const times: number[][] = TAGS.map(() => []);
      let [historian, now] = [open(name), T0];
      const write = async (from: number): Promise<void> => {
        for (const frame of frames.slice(from)) await historian.write([frame]);
      };
      for (const { samples, after } of writes) {
        const frame = createFrame(samples.length);
        for (const { tag, step, back, again, value, quality } of samples) {
          now += step;
          const earlier = times[tag] as number[];
          const time = earlier.at(earlier.length - again) ?? now - back;
          earlier.push(time);
          pushSample(frame, TAGS[tag] as number, time, value, Number.isNaN(value) ? Math.max(Quality.Uncertain, quality) : quality);
        }
        frame.receivedAt = now;
        frames.push(frame);
        reference.write(frame);
        await write(frames.length - 1);
        if (after !== "go on") await historian.setPosition(frames.length);
        if (after === "stop") await historian.stop();
        if (after === "crash" || after === "stop") {
          historian = open(name, new ManualClock(now + 1));
          await write(await historian.position());
        }
      }
      await historian.setPosition(frames.length);
      await historian.stop();
      expect(await open(name).position()).toBe(frames.length);
      const span = { from: T0 - 5_000_000, to: now + 1 };
      const again = open(name);
      for (const id of TAGS)
        for (const rollup of ROLLUPS) {
          sameRows(await stored(name, id, rollup), wanted(reference, id, rollup, span));
          for (const rows of [10, 23]) await together(again, reference, { tag: id as TagId, rollup, ...span, rows });
        }
      await ask(database(name), `DROP DATABASE "${name}"`);
    }),
    { numRuns: 20, seed: 5, endOnFailure: true },
  );
});

test("a number taken back leaves the rows it stood in, and what stands beside it stays", async () => {
  const [taken, beside] = TAGS as [number, number];
  const historian = open("back");
  const at = async (time: number, rows: readonly (readonly [tag: number, value: number])[], receivedAt: number): Promise<void> => {
    const frame = createFrame(rows.length);
    frame.receivedAt = receivedAt;
    for (const [tag, value] of rows) pushSample(frame, tag, time, value, Number.isNaN(value) ? Quality.Bad : Quality.Good);
    await historian.write([frame]);
  };
  const both = [
    [taken, 5],
    [beside, 7],
  ] as const;
  await at(T0, both, T0);
  await at(T0 + 60_000, both, T0 + 60_000);
  await at(T0 + 7_200_000, both, T0 + 7_200_000);
  const row = { time: T0 + 60_000, min: 5, max: 5, mean: 5, first: 5, last: 5, count: 1, quality: 0 };
  expect((await stored("back", taken, "10s"))[1]).toEqual(row);
  await at(T0 + 60_000, [[taken, Number.NaN]], T0 + 7_210_000);
  await historian.stop();
  const none = { min: null, max: null, mean: null, first: null, last: null, count: 0, quality: Quality.Bad };
  for (const rollup of ["10s", "1m"] as const) {
    expect((await stored("back", taken, rollup))[1]).toEqual({ time: T0 + 60_000, ...none });
    expect((await stored("back", beside, rollup))[1]).toMatchObject({ time: T0 + 60_000, min: 7, count: 1 });
  }
  expect((await stored("back", taken, "1h"))[0]).toMatchObject({ time: T0, count: 1, quality: Quality.Bad });
});

test("rows put together: one without numbers leaves out what an older one left there, and numbers too large to add break nothing", async () => {
  const [name, tag] = ["together", TAGS[0] as TagId];
  const historian = open(name);
  const frame = createFrame(40);
  for (let i = 0; i < 40; i++) pushSample(frame, tag, T0 + i * 10_000, i < 12 ? i : 1e308, 0);
  frame.receivedAt = T0 + 400_000;
  await historian.write([frame]);
  await historian.stop();
  const { owner, line } = plant.tags[tag] as (typeof plant.tags)[number];
  const at = new URL(database(name));
  const series = `cell_10s,site=${plant.site},area=${plant.area},line=${line},cell=${owner}`;
  const lines = `${series} TI-101.count=0,TI-101.q=3 ${T0}\n`;
  await fetch(`${at.origin}/write?db=${name}&rp=10s&precision=ms`, { method: "POST", body: lines });
  const rows = await open(name).rollup({ tag, rollup: "10s", from: T0, to: T0 + 120_000, width: 120_000 });
  expect([rows.min, rows.first, rows.mean, rows.count, rows.quality].map((column) => column[0])).toEqual([1, 1, 6, 11, Quality.Bad]);
  const large = await open(name).rollup({ tag, rollup: "10s", from: T0 + 120_000, to: T0 + 400_000, width: 120_000 });
  expect(large.count.reduce((sum, n) => sum + n)).toBe(28);
  expect(new Set([...large.min, ...large.max])).toEqual(new Set([1e308]));
});

test("a hall at work: rows are stored as they close, and the position follows within minutes", { timeout: 120_000 }, async () => {
  const historian = new InfluxHistorian(influxSettings.parse({ url: database("work") }), { plant, clock: new ManualClock(T0 - 1) });
  const reference = new Reference();
  const lag: number[] = [];
  for (let second = 0; second < 1500; second++) {
    const frame = createFrame(4);
    frame.receivedAt = T0 + second * 1000;
    for (const [i, tag] of TAGS.entries()) if (i < 2 || second < 100) pushSample(frame, tag, frame.receivedAt - i, second + i / 8, 0);
    reference.write(frame);
    await historian.write([frame]);
    await historian.setPosition(second + 1);
    lag.push(second + 1 - (await historian.position()));
  }
  // The first rows of each tag, which an earlier process might have begun, of some 700; nothing is made again while all comes in order.
  expect(historian.remade).toBeLessThanOrEqual(TAGS.length * 6);
  expect(Math.max(...lag)).toBeLessThanOrEqual(480);
  const until = T0 + 1500_000;
  for (const id of TAGS) {
    const whole = async (rollup: Rollup): Promise<Bucket[]> =>
      (await stored("work", id, rollup)).filter(({ time }) => time + ROLLUP_MS[rollup] < until - 100_000);
    for (const rollup of ["10s", "1m"] as const)
      sameRows(
        await whole(rollup),
        wanted(reference, id, rollup, { from: T0 - 10, to: until }).filter(({ time }) => time + ROLLUP_MS[rollup] < until - 100_000),
      );
  }
  expect((await stored("work", TAGS[0] as number, "1h"))[0]?.count).toBeGreaterThan(1000);
  await historian.stop();
});
