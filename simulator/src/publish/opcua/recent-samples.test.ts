import { Quality } from "@cellhouse/shared";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type RecentSample, RecentSamples } from "./recent-samples.ts";

const good = (time: number, value = time): RecentSample => ({ time, value, quality: Quality.Good, lost: false });

function filled(times: readonly number[], single = false): RecentSamples {
  const recent = new RecentSamples(single);
  for (const time of times) recent.push(good(time));
  return recent;
}

const all = (recent: RecentSamples): RecentSample[] =>
  Array.from({ length: recent.end - recent.first }, (_, i) => recent.at(recent.first + i));

test("a tag scanned each second is kept for an hour, then the oldest is forgotten", () => {
  const recent = filled(Array.from({ length: 10_000 }, (_, k) => k * 1000));
  const kept = all(recent);
  expect(kept).toHaveLength(4096);
  expect(kept[0]?.time).toBe((10_000 - 4096) * 1000);
  expect(kept.at(-1)?.time).toBe(9_999_000);
});

test("what comes every minute needs no more room than its hour", () => {
  const recent = filled(Array.from({ length: 500 }, (_, k) => k * 60_000));
  expect(recent.end - recent.first).toBe(64);
});

test("the first sample at or after a time is found by its number", () => {
  const recent = filled([1000, 2000, 3000]);
  expect([999, 1000, 1001, 3000, 3001].map((time) => recent.since(time))).toEqual([0, 0, 1, 2, 3]);
});

test("quality and the word of a lost PLC are kept, and a number that is missing stays missing", () => {
  const recent = new RecentSamples(true);
  recent.push({ time: 1, value: Number.NaN, quality: Quality.Bad, lost: true });
  recent.push({ time: 2, value: 5, quality: Quality.Uncertain, lost: false });
  expect(all(recent)).toEqual([
    { time: 1, value: Number.NaN, quality: Quality.Bad, lost: true },
    { time: 2, value: 5, quality: Quality.Uncertain, lost: false },
  ]);
});

test("what comes late goes to its place; a clock set back further than the history reaches begins it anew", () => {
  const recent = filled([1000, 2000, 500, 1500]);
  expect(all(recent).map(({ time }) => time)).toEqual([500, 1000, 1500, 2000]);
  recent.push(good(1000 - 3_600_001));
  expect(all(recent).map(({ time }) => time)).toEqual([1000 - 3_600_001]);
  expect(recent.first).toBe(4);
});

test("two months without a sample are too far for one ring: the history begins anew", () => {
  const recent = filled([0, 60 * 86_400_000]);
  expect(all(recent)).toEqual([good(60 * 86_400_000)]);
});

test("whatever comes within the hour stands in order, and nothing of it is missing", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -3_000_000, max: 600_000 }), { maxLength: 300 }),
      fc.integer({ min: 0, max: 1e13 }),
      (steps, start) => {
        const times = steps.map((step) => start + step);
        expect(all(filled([start, ...times])).map(({ time }) => time)).toEqual([start, ...times].sort((a, b) => a - b));
      },
    ),
  );
});
