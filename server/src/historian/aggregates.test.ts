import { createFrame, GAP_MS, pushSample, Quality, type TagId } from "@cellhouse/shared";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Aggregates, Band } from "../contracts.ts";
import { aggregatesFrom } from "./history.ts";
import { MemoryHistorian } from "./memory/index.ts";

const T0 = 1_760_000_000_000;
const TAG = 1 as TagId;
const BEAT = 2 as TagId;
type Row = readonly [time: number, value: number, quality?: Quality];
interface Case {
  rows: readonly Row[];
  beats: readonly number[];
  to: number;
  bands?: Partial<Record<Band, number>>;
}

/** Times count from `T0`, which begins the span. */
async function figures({ rows, beats, to, bands = {} }: Case): Promise<Aggregates> {
  const historian = new MemoryHistorian({ samplesPerTag: 1000 });
  const frame = createFrame(16);
  for (const [time, value, quality = Quality.Good] of rows) pushSample(frame, TAG, T0 + time, value, quality);
  for (const time of beats) pushSample(frame, BEAT, T0 + time, 1, Quality.Good);
  await historian.write([frame]);
  const [found] = await aggregatesFrom(historian, { tags: [{ tag: TAG, beat: BEAT }], from: T0, to: T0 + to, bands });
  return found as Aggregates;
}
const alive = (to: number): number[] => Array.from({ length: to / 1000 }, (_, i) => i * 1000);

test("a value holds until the next sample, and the one before the span is carried in", async () => {
  const found = await figures({
    rows: [
      [-5000, 10],
      [6000, 40],
    ],
    beats: alive(8000),
    to: 8000,
  });
  expect(found).toMatchObject({ mean: 17.5, min: 10, max: 40, coverage: 1, samples: 1, changes: 1 });
  expect(found.integral).toBeCloseTo((10 * 6 + 40 * 2) / 3600, 12);
  expect(found.first).toEqual({ time: T0 + 6000, value: 40, quality: Quality.Good });
});

test("what is Bad or no number takes time and is no part of a mean; shares make a whole", async () => {
  const found = await figures({
    rows: [
      [0, 5],
      [2000, 999, Quality.Bad],
      [4000, Number.NaN, Quality.Stale],
      [6000, 7, Quality.Uncertain],
    ],
    beats: alive(8000),
    to: 8000,
  });
  expect(found).toMatchObject({ mean: 6, min: 5, max: 7, coverage: 0.5, samples: 4, changes: 1 });
  expect(found.shares).toEqual({ good: 0.25, bad: 0.25, stale: 0.25, uncertain: 0.25, gap: 0 });
});

test("where neither tag nor heartbeat was heard for ten seconds there is no value; a quiet tag of a live cell keeps its own", async () => {
  const quiet = await figures({ rows: [[0, 5]], beats: alive(60_000), to: 60_000 });
  expect(quiet).toMatchObject({ mean: 5, coverage: 1, shares: { gap: 0 } });
  const silent = await figures({ rows: [[0, 5]], beats: [0, 10_000, 40_000, 49_999], to: 59_998 });
  expect(silent.shares.gap).toBeCloseTo(40_000 / 59_998, 12);
  const unheard = await figures({ rows: [], beats: alive(20_000), to: 20_000 });
  expect(unheard).toMatchObject({ mean: Number.NaN, min: Number.NaN, coverage: 0, shares: { gap: 1 }, first: undefined });
});

test("an excursion ends with a believed value outside, not with a moment of doubt", async () => {
  const { bands } = await figures({
    rows: [
      [0, 12],
      [1000, Number.NaN, Quality.Bad],
      [2000, 11],
      [3000, 10],
      [5000, 10.5],
    ],
    beats: alive(6000),
    to: 6000,
    bands: { above: 10, below: 10, is: 10 },
  });
  expect(bands).toEqual({ above: { ms: 3000, excursions: 2 }, below: { ms: 0, excursions: 0 }, is: { ms: 2000, excursions: 1 } });
});

/** Every millisecond by itself, from the words of the definition. */
function slow({ rows, beats, to, bands = {} }: Case): Aggregates {
  const last = new Map(rows.map((row) => [row[0], row]));
  const samples = [...last.values()].sort((a, b) => a[0] - b[0]);
  const marks = [0, ...samples.map(([t]) => t), ...beats, to].filter((t) => t >= 0 && t <= to).sort((a, b) => a - b);
  const sure = (row: Row | undefined): row is Row => row !== undefined && row[2] !== Quality.Bad && !Number.isNaN(row[1]);
  const ms = [0, 0, 0, 0, 0];
  const heldValues: number[] = [];
  for (let t = 0; t < to; t++) {
    const held = samples.findLast(([at]) => at <= t);
    const before = marks.findLast((at) => at <= t) as number;
    const after = marks.find((at) => at > t) as number;
    const gap = held === undefined || after - before >= GAP_MS;
    const share = gap ? 4 : (held?.[2] ?? 0);
    ms[share] = (ms[share] as number) + 1;
    if (!gap && sure(held)) heldValues.push(held[1]);
  }
  const inside = samples.filter(([t]) => t >= 0 && t < to);
  const believed = inside.filter(sure).map((row) => row[1]);
  const known = [samples.findLast(([t]) => t < 0), ...inside].filter((row, i) => (i > 0 || row !== undefined) && sure(row)) as Row[];
  const all = [...heldValues, ...believed];
  const sum = heldValues.reduce((a, b) => a + b, 0);
  const [good = 0, uncertain = 0, stale = 0, bad = 0, gap = 0] = ms.map((n) => n / to);
  const sampleOf = (row: Row | undefined) => row && { time: T0 + row[0], value: row[1], quality: row[2] ?? Quality.Good };
  const holds = { above: (v: number, x: number) => v > x, below: (v: number, x: number) => v < x, is: (v: number, x: number) => v === x };
  return {
    mean: heldValues.length === 0 ? Number.NaN : sum / heldValues.length,
    min: all.length === 0 ? Number.NaN : Math.min(...all),
    max: all.length === 0 ? Number.NaN : Math.max(...all),
    integral: heldValues.length === 0 ? Number.NaN : sum / 3_600_000,
    shares: { good, uncertain, stale, bad, gap },
    coverage: heldValues.length / to,
    bands: Object.fromEntries(
      Object.entries(bands).map(([band, than]) => {
        const within = heldValues.map((v) => holds[band as Band](v, than));
        return [band, { ms: within.filter(Boolean).length, excursions: within.filter((now, i) => now && !within[i - 1]).length }];
      }),
    ),
    samples: inside.length,
    changes: known.filter((row, i) => i > 0 && row[1] !== known[i - 1]?.[1]).length,
    first: sampleOf(inside[0]),
    last: sampleOf(inside.at(-1)),
  };
}

const time = fc.integer({ min: -3000, max: 60_000 });
const value = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.constant(Number.NaN));
const quality = fc.constantFrom<Quality[]>(0, 0, 0, 1, 2, 3);
const anyCase = fc.record({
  rows: fc.array(fc.tuple(time, value, quality), { maxLength: 12 }),
  beats: fc.array(time, { maxLength: 12 }),
  to: fc.integer({ min: 1, max: 60_000 }),
  bands: fc.record({ above: fc.constantFrom(0, 1), below: fc.constantFrom(0, 2), is: fc.constantFrom(1, -3) }, { requiredKeys: [] }),
});

test("any irregular, gapped, doubtful data gives what every millisecond by itself gives, to 1e-9", async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async (given) => {
      const { mean, integral, shares, coverage, ...rest } = await figures(given);
      const wanted = slow(given);
      const scale = Math.max(1, Math.abs(wanted.min), Math.abs(wanted.max)) || 1;
      near(mean, wanted.mean, scale);
      near(integral, wanted.integral, scale);
      near(coverage, wanted.coverage, 1);
      for (const [name, share] of Object.entries(shares)) near(share, wanted.shares[name as keyof Aggregates["shares"]], 1);
      const { mean: _, integral: __, shares: ___, coverage: ____, ...others } = wanted;
      expect(rest).toEqual(others);
    }),
    { numRuns: 150 },
  );
});

function near(actual: number, wanted: number, scale: number): void {
  if (Number.isNaN(wanted)) expect(actual).toBeNaN();
  else expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(1e-9 * scale);
}
