/** What every historian must do: the same stories and the same random data, against the slow reference. */
import { createFrame, type Frame, pushSample, Quality, type TagId } from "@cellhouse/shared";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BucketColumns, Historian, RawColumns, Rollup } from "../contracts.ts";
import { ROLLUP_MS } from "./buckets.ts";
import { bucketsFrom } from "./history.ts";
import { type Bucket, Reference } from "./reference.ts";

export interface Subject {
  /** A started engine with nothing in it, over a plant of at least 200 tags. */
  open(): Promise<Historian>;
  /** Stops it and takes its traces away. */
  close(historian: Historian): Promise<void>;
  /** Random cases to try. */
  runs: number;
  /** Stops and starts it again on what it kept; absent for an engine that keeps nothing. */
  reopen?(historian: Historian): Promise<Historian>;
}

const T0 = 1_760_000_000_000;
const [MINUTE, DAY] = [60_000, 86_400_000];
const tag = (id: number): TagId => id as TagId;
type Row = readonly [tag: number, time: number, value: number, quality?: number | undefined];

function frame(receivedAt: number, rows: readonly Row[]): Frame {
  const built = createFrame(rows.length);
  built.receivedAt = receivedAt;
  for (const [id, time, value, quality = Quality.Good] of rows) pushSample(built, id, time, value, quality);
  return built;
}

function rowsOf({ time, value, quality }: RawColumns): [number, number, number][] {
  return [...time].map((t, i) => [t, value[i] as number, quality[i] as number]);
}

/** Declares the suite's tests for one engine. */
export function conformance(name: string, subject: Subject): void {
  let historian: Historian;
  beforeAll(async () => {
    historian = await subject.open();
  });
  afterAll(() => subject.close(historian));
  const raw = (id: number, from: number, to: number, limit = 1e6): Promise<RawColumns> => historian.raw({ tag: tag(id), from, to, limit });

  test(`${name}: an empty history answers with nothing`, async () => {
    expect(rowsOf(await raw(9, T0, T0 + MINUTE))).toEqual([]);
    expect((await bucketsFrom(historian, { tag: tag(9), from: T0, to: T0 + MINUTE, count: 10 })).time.length).toBe(0);
    expect(await historian.at(tag(9), T0)).toBeUndefined();
    expect(await historian.position()).toBe(0);
  });

  test(`${name}: samples come back in order of source time, from inclusive, to exclusive, cut at the limit`, async () => {
    await historian.write([
      frame(T0 + 10, [
        [1, T0, 1],
        [2, T0, 7],
        [1, T0 + 2000, 3],
      ]),
      frame(T0 + 20, [[1, T0 + 1000, 2]]),
    ]);
    expect(rowsOf(await raw(1, T0, T0 + 2000))).toEqual([
      [T0, 1, 0],
      [T0 + 1000, 2, 0],
    ]);
    expect(rowsOf(await raw(1, T0, T0 + 2001, 2))).toEqual([
      [T0, 1, 0],
      [T0 + 1000, 2, 0],
    ]);
    expect(rowsOf(await raw(2, 0, T0 + MINUTE))).toEqual([[T0, 7, 0]]);
  });

  test(`${name}: a number that is Bad stays in raw and is never part of an average`, async () => {
    await historian.write([
      frame(T0, [
        [8, T0, 10],
        [8, T0 + 1000, 9999, Quality.Bad],
        [8, T0 + 2000, 20, Quality.Uncertain],
        [8, T0 + MINUTE, 9999, Quality.Bad],
      ]),
    ]);
    expect(rowsOf(await raw(8, T0, T0 + MINUTE))).toEqual([
      [T0, 10, Quality.Good],
      [T0 + 1000, 9999, Quality.Bad],
      [T0 + 2000, 20, Quality.Uncertain],
    ]);
    const { min, max, mean, last, count, quality } = await bucketsFrom(historian, { tag: tag(8), from: T0, to: T0 + 2 * MINUTE, count: 2 });
    expect([min[0], max[0], mean[0], last[0], count[0], quality[0]]).toEqual([10, 20, 15, 20, 2, Quality.Bad]);
    expect([mean[1], count[1], quality[1]]).toEqual([Number.NaN, 0, Quality.Bad]);
  });

  test(`${name}: the latest arrival wins on tag and source time, in value and in quality`, async () => {
    await historian.write([
      frame(T0, [
        [3, T0, 1, Quality.Bad],
        [3, T0, 2],
      ]),
      frame(T0, [
        [4, T0, 5],
        [5, T0, 6],
      ]),
    ]);
    await historian.write([
      frame(T0 + 1, [
        [4, T0, Number.NaN, Quality.Bad],
        [5, T0, 6, Quality.Uncertain],
      ]),
    ]);
    expect(rowsOf(await raw(3, T0, T0 + 1))).toEqual([[T0, 2, Quality.Good]]);
    expect(rowsOf(await raw(4, T0, T0 + 1))).toEqual([[T0, Number.NaN, Quality.Bad]]);
    expect(rowsOf(await raw(5, T0, T0 + 1))).toEqual([[T0, 6, Quality.Uncertain]]);
  });

  test(`${name}: a missing number keeps its quality and never enters an aggregate`, async () => {
    const rows: Row[] = [
      [6, T0, 10],
      [6, T0 + 100, Number.NaN, Quality.Bad],
      [6, T0 + 200, 20, Quality.Uncertain],
    ];
    await historian.write([frame(T0 + 300, [...rows, [6, T0 + 1500, Number.NaN, Quality.Stale]])]);
    const buckets = await bucketsFrom(historian, { tag: tag(6), from: T0, to: T0 + 2000, count: 2 });
    expect(bucketRows(buckets)).toEqual([
      { time: T0, min: 10, max: 20, mean: 15, first: 10, last: 20, count: 2, quality: Quality.Bad },
      { time: T0 + 1000, min: NaN, max: NaN, mean: NaN, first: NaN, last: NaN, count: 0, quality: Quality.Stale },
    ]);
  });

  test(`${name}: doubles come back to the last bit`, async () => {
    const values = [Math.PI, 1e300, -1e-300, 123_456_789.123_456_78, Math.fround(0.1), Number.MAX_SAFE_INTEGER];
    await historian.write([
      frame(
        T0,
        values.map((value, i): Row => [7, T0 + i, value]),
      ),
    ]);
    expect(rowsOf(await raw(7, T0, T0 + 10)).map((row) => row[1])).toEqual(values);
  });

  test(`${name}: the last sample at or before a time, however far back`, async () => {
    await historian.write([
      frame(T0, [
        [8, T0 - 40 * DAY, 1],
        [8, T0, 2],
      ]),
    ]);
    expect(await historian.at(tag(8), T0)).toEqual({ time: T0, value: 2, quality: 0 });
    expect(await historian.at(tag(8), T0 - 1)).toEqual({ time: T0 - 40 * DAY, value: 1, quality: 0 });
    expect(await historian.at(tag(8), T0 - 41 * DAY)).toBeUndefined();
  });

  test(`${name}: irregular, gapped, bad, late and repeated data agree with the reference`, { timeout: 120_000 }, async () => {
    const reference = new Reference();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 6 }), queries, async (batches, asked) => {
        const base = T0 + 100 * MINUTE + run++ * 10_000;
        for (const rows of batches) {
          const arrived = frame(
            base + 5000,
            rows.map(([id, time, value, quality]): Row => [id, base + time, value, quality]),
          );
          await historian.write([arrived]);
          reference.write(arrived);
        }
        for (const query of asked)
          await agree(historian, reference, { ...query, from: base + query.from, to: base + query.from + query.span });
      }),
      { numRuns: subject.runs, seed: 7 },
    );
  });

  test(`${name}: rollups, and buckets made of them, agree with the reference, late and repeated data included`, {
    timeout: 120_000,
  }, async () => {
    const reference = new Reference();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(longBatch, { minLength: 1, maxLength: 5 }), longQuery, async (batches, q) => {
        const base = T1 + run++ * DAY;
        for (const rows of batches) {
          const arrived = frame(
            base + 20_000_000,
            rows.map(([id, time, value, quality]): Row => [id, base + time, value, quality]),
          );
          await historian.write([arrived]);
          reference.write(arrived);
        }
        for (const [rollup, own] of Object.entries(ROLLUP_MS) as [Rollup, number][]) {
          const [from, to] = [Math.floor((base + q.from) / own) * own, Math.ceil((base + q.from + q.span) / own) * own];
          for (const width of [undefined, own * q.rows]) {
            const rows = await historian.rollup({ tag: tag(q.tag), rollup, from, to, width });
            expect([own, width]).toContain(rows.width);
            sameRows(bucketRows(rows), reference.multiples(q.tag, from, to, rows.width));
          }
        }
        const asked = { tag: tag(q.tag), from: base + q.from, to: base + q.from + q.span, count: q.count };
        const answer = await bucketsFrom(historian, asked);
        expect(answer.time.length).toBeLessThanOrEqual(q.count);
        sameRows(bucketRows(answer), reference.between(q.tag, [...answer.time, asked.to]));
        const all = reference.samples(q.tag, asked.from, asked.to).filter((s) => s.quality < Quality.Bad && !Number.isNaN(s.value));
        expect(answer.count.reduce((sum, n) => sum + n, 0)).toBe(all.length);
      }),
      { numRuns: subject.runs, seed: 11 },
    );
  });

  const reopen = subject.reopen;
  if (reopen === undefined) return;
  test(`${name}: samples and position outlive a restart`, async () => {
    await historian.write([frame(T0, [[11, T0, 4]])]);
    await historian.setPosition(2 ** 52 + 1);
    historian = await reopen(historian);
    expect(await historian.position()).toBe(2 ** 52 + 1);
    expect(rowsOf(await raw(11, T0, T0 + 1))).toEqual([[T0, 4, 0]]);
    await historian.write([
      frame(T0, [
        [11, T0, 4],
        [11, T0 + 1, 5],
      ]),
    ]);
    expect(rowsOf(await raw(11, T0, T0 + 10))).toEqual([
      [T0, 4, 0],
      [T0 + 1, 5, 0],
    ]);
  });
}

const value = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: -2000, max: 2000, noNaN: true }).map((v) => Math.fround(v) + 0) },
  { weight: 2, arbitrary: fc.double({ min: -1e9, max: 1e9, noNaN: true }).map((v) => v + 0) },
  { weight: 1, arbitrary: fc.constant(Number.NaN) },
);
/** A sample without a number is never Good: that is the frame's own promise. */
const row = fc
  .tuple(fc.integer({ min: 100, max: 102 }), fc.integer({ min: 0, max: 4999 }), value, fc.constantFrom(0, 0, 0, 1, 2, 3))
  .map(([id, time, v, quality]): Row => [id, time, v, Number.isNaN(v) ? Math.max(1, quality) : quality]);
const batch = fc.array(row, { minLength: 1, maxLength: 40 });
const query = fc.record({
  tag: fc.integer({ min: 100, max: 102 }),
  from: fc.integer({ min: -500, max: 5000 }),
  span: fc.integer({ min: 1, max: 6000 }),
  count: fc.integer({ min: 1, max: 50 }),
});
const queries = fc.array(query, { minLength: 1, maxLength: 3 });

/** Hours of sparse samples: buckets come from rollups. Asked for that day, or the one before, to which nothing is written any more. */
const LONG_MS = 18_000_000;
const T1 = T0 + 1000 * MINUTE;
const longRow = fc
  .tuple(fc.integer({ min: 110, max: 111 }), fc.integer({ min: 0, max: LONG_MS }), value, fc.constantFrom(0, 0, 0, 1, 2, 3))
  .map(([id, time, v, quality]): Row => [id, time, v, Number.isNaN(v) ? Math.max(1, quality) : quality]);
const longBatch = fc.array(longRow, { minLength: 1, maxLength: 60 });
const longQuery = fc.record({
  tag: fc.integer({ min: 110, max: 111 }),
  from: fc.oneof(fc.integer({ min: -60_000, max: LONG_MS }), fc.integer({ min: -DAY, max: LONG_MS - DAY })),
  span: fc.integer({ min: 1, max: LONG_MS }),
  count: fc.integer({ min: 2, max: 200 }),
  rows: fc.integer({ min: 1, max: 40 }),
});

async function agree(
  historian: Historian,
  reference: Reference,
  q: { tag: number; from: number; to: number; count: number },
): Promise<void> {
  const expected = reference.samples(q.tag, q.from, q.to);
  const raw = await historian.raw({ tag: tag(q.tag), from: q.from, to: q.to, limit: 1e6 });
  expect(rowsOf(raw)).toEqual(expected.map((s) => [s.time, s.value, s.quality]));
  for (const [i, received] of raw.received.entries()) if (!Number.isNaN(received)) expect(received).toBe(expected[i]?.received);
  const buckets = bucketRows(await bucketsFrom(historian, { tag: tag(q.tag), from: q.from, to: q.to, count: q.count }));
  sameRows(buckets, reference.buckets(q.tag, q.from, q.to, q.count));
  const at = await historian.at(tag(q.tag), q.to);
  const last = reference.at(q.tag, q.to);
  expect(at).toEqual(last === undefined ? undefined : { time: last.time, value: last.value, quality: last.quality });
}

function sameRows(rows: readonly Bucket[], wanted: readonly Bucket[]): void {
  expect(rows.map(({ mean: _, ...rest }) => rest)).toEqual(wanted.map(({ mean: _, ...rest }) => rest));
  for (const [i, row] of rows.entries()) expectNear(row.mean, wanted[i]?.mean as number, Math.max(Math.abs(row.min), Math.abs(row.max)));
}

/** Sums may be taken in another order: equal within 1e-9 of the largest value. */
function expectNear(actual: number, wanted: number, scale: number): void {
  if (Number.isNaN(wanted)) expect(actual).toBeNaN();
  else expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(1e-9 * Math.max(1, scale));
}

function bucketRows(b: BucketColumns): Bucket[] {
  const at = (column: Float64Array | Uint8Array, i: number): number => column[i] as number;
  return [...b.time].map((time, i) => ({
    time,
    min: at(b.min, i),
    max: at(b.max, i),
    mean: at(b.mean, i),
    first: at(b.first, i),
    last: at(b.last, i),
    count: at(b.count, i),
    quality: at(b.quality, i),
  }));
}
