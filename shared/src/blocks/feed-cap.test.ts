import { expect, test } from "vitest";
import { createFeedCap, dayFull, grantBurst, stepFeedCap } from "./index.ts";

function pass(cap: ReturnType<typeof createFeedCap>, seconds: number, fed = 0, faraday = fed): void {
  for (let s = 0; s < seconds; s++) stepFeedCap(cap, fed / 3600, faraday / 3600);
}

test("bursts: 3 kg in ten minutes, and again when they have passed", () => {
  const cap = createFeedCap(9.75);
  pass(cap, 30);
  expect(grantBurst(cap, 2.5)).toBe(2.5);
  expect(grantBurst(cap, 2.5)).toBeCloseTo(0.5, 9);
  expect(grantBurst(cap, 2.5)).toBe(0);
  pass(cap, 500);
  expect(grantBurst(cap, 1)).toBe(0);
  pass(cap, 100);
  expect(grantBurst(cap, 2.5)).toBe(2.5);
});

test("a day: more than 120 % of Faraday's is too much, and not before", () => {
  const cap = createFeedCap(10);
  pass(cap, 8 * 3600, 15, 10);
  expect(dayFull(cap)).toBe(false);
  pass(cap, 3 * 3600, 15, 10);
  expect(dayFull(cap)).toBe(true);
  pass(cap, 12 * 3600, 10);
  expect(dayFull(cap)).toBe(true);
  pass(cap, 6 * 3600, 10);
  expect(dayFull(cap)).toBe(false);
});

test("a cell without current may be fed nothing more", () => {
  const cap = createFeedCap(0);
  expect(dayFull(cap)).toBe(false);
  pass(cap, 60, 10, 0);
  expect(dayFull(cap)).toBe(true);
});
