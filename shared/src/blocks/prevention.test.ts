import { expect, test } from "vitest";
import { createPrevention, type Prevention, stepPrevention } from "./index.ts";

/** Ten-second steps, as the PLC judges the risk; the oxide shot meanwhile. */
function run(p: Prevention, seconds: number, risk: number): number {
  let shot = 0;
  for (let s = 0; s < seconds; s += 10) {
    stepPrevention(p, risk, 10);
    shot += p.shot;
  }
  return shot;
}

test("a minute at a high risk feeds half as much again and holds the trim; below it nothing happens", () => {
  const p = createPrevention();
  run(p, 3600, 0.5);
  run(p, 50, 0.6);
  expect([p.feed, p.holdTrim]).toEqual([1, false]);
  run(p, 10, 0.6);
  expect([p.feed, p.current, p.holdTrim]).toEqual([1.5, 1, true]);
  run(p, 10, 0.4);
  expect([p.feed, p.holdTrim]).toEqual([1, false]);
});

test("a very high risk shoots once and takes a tenth off the current until the episode ends", () => {
  const p = createPrevention();
  expect(run(p, 60, 0.9)).toBe(0.8);
  expect([p.feed, p.current]).toEqual([1.5, 0.9]);
  expect(run(p, 300, 0.9)).toBe(0);
  run(p, 60, 0.6);
  expect(p.current).toBe(0.9);
  run(p, 10, 0.1);
  expect(p.current).toBe(1);
});

test("after a quarter of an hour it gives up until the risk has been low", () => {
  const p = createPrevention();
  run(p, 60 + 890, 0.9);
  expect(p.feed).toBe(1.5);
  run(p, 20, 0.9);
  expect([p.feed, p.current]).toEqual([1, 1]);
  run(p, 3600, 0.9);
  expect(p.feed).toBe(1);
  run(p, 10, 0.2);
  run(p, 60, 0.9);
  expect(p.feed).toBe(1.5);
});

test("a risk that is no number is no reason to act, and ends what was begun", () => {
  const p = createPrevention();
  run(p, 100, 0.9);
  run(p, 10, Number.NaN);
  expect([p.feed, p.current, p.holdTrim]).toEqual([1, 1, false]);
});
