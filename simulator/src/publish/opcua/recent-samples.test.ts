import { Quality } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { RecentSamples } from "./recent-samples.ts";

function filled(n: number): RecentSamples {
  const recent = new RecentSamples();
  for (let k = 0; k < n; k++) recent.push(k % 2, { time: 1000 + k, value: k, quality: Quality.Good, lost: false });
  return recent;
}

test("a tag's samples come back in order, both ends of the window counting", () => {
  const values = filled(20)
    .read(1, 1003, 1007)
    .map(({ value }) => value);
  expect(values).toEqual([3, 5, 7]);
});

test("it grows without losing order, and when full forgets the oldest", () => {
  const n = 10_001;
  const values = filled(n)
    .read(0, 0, 1e9)
    .map(({ value }) => value);
  expect(values).toHaveLength(2048);
  expect(values[0]).toBe(n - 4095);
  expect(values.at(-1)).toBe(n - 1);
  expect(values).toEqual([...values].sort((a, b) => a - b));
});

test("quality and the word of a lost PLC are kept", () => {
  const recent = new RecentSamples();
  recent.push(7, { time: 1, value: Number.NaN, quality: Quality.Bad, lost: true });
  recent.push(7, { time: 2, value: 5, quality: Quality.Uncertain, lost: false });
  expect(recent.read(7, 0, 9)).toEqual([
    { time: 1, value: Number.NaN, quality: Quality.Bad, lost: true },
    { time: 2, value: 5, quality: Quality.Uncertain, lost: false },
  ]);
});
