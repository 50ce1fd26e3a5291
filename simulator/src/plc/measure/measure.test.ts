import { createRng, gauss } from "@cellhouse/shared/process";
import { expect, test } from "vitest";
import { leastSquares, Meters } from "./meters.ts";
import { OxideEstimate, oxideAt } from "./oxide.ts";

/** Runs `minutes` of samples; `volts` gives the true voltage at a second. */
function run(meters: Meters, minutes: number, volts: (second: number) => number, amps = 6000): void {
  for (let s = 0; s < minutes * 60; s++) {
    for (let k = 0; k < 10; k++) meters.sample(volts(s), amps);
    meters.second(0, false);
  }
}

test("a second's mean, minimum and maximum are those of its samples, and begin anew", () => {
  const meters = new Meters(10, 6000);
  for (const v of [9, 10, 14]) meters.sample(v, 6000);
  meters.latch();
  expect([meters.min, meters.mean, meters.max, meters.amps]).toEqual([9, 11, 14, 6000]);
  meters.sample(10, 5000);
  meters.latch();
  expect([meters.min, meters.mean, meters.max, meters.amps]).toEqual([10, 10, 10, 5000]);
});

test("a latch without a sample keeps what was", () => {
  const meters = new Meters(10, 6000);
  meters.latch();
  expect(meters.mean).toBe(10);
});

test("the pseudo-resistance is (V - 1.95) / I, brought to the recipe's temperature", () => {
  const meters = new Meters(9.93, 6000);
  run(meters, 1, () => 9.93);
  expect(meters.resistance).toBeCloseTo(1330, 6);
  for (let s = 0; s < 60; s++) {
    meters.sample(9.93, 6000);
    meters.second(10, false);
  }
  expect(meters.resistance).toBeCloseTo(1330 * 1.018, 6);
});

test("a resistance rising by 3 µOhm a minute shows that slope after ten minutes, and none before", () => {
  const meters = new Meters(9.93, 6000);
  const rising = (s: number): number => 9.93 + (3e-6 * 6000 * s) / 60;
  run(meters, 9, rising);
  expect(meters.slope).toBe(0);
  run(meters, 11, (s) => rising(s + 9 * 60));
  expect(meters.slope).toBeCloseTo(3, 6);
  expect(meters.rise).toBeCloseTo(5 * 0.018, 6);
});

test("after a disturbance the slope is not judged for ten minutes", () => {
  const meters = new Meters(9.93, 6000);
  run(meters, 15, (s) => 9.93 + s * 1e-3);
  meters.blank();
  expect([meters.slope, meters.blanked]).toEqual([0, true]);
  run(meters, 15, (s) => 9.93 + s * 1e-3);
  expect([meters.slope, meters.blanked]).toEqual([0, false]);
  run(meters, 6, (s) => 10.83 + s * 1e-3);
  expect(meters.slope).toBeGreaterThan(1);
});

test("the noise of a minute is the rms about its mean", () => {
  const rng = createRng(1);
  const meters = new Meters(10, 6000);
  run(meters, 1, () => 10);
  expect(meters.noise).toBeLessThan(1e-3);
  for (let s = 0; s < 60; s++) {
    meters.sample(10 + 0.056 * gauss(rng), 6000);
    meters.second(0, false);
  }
  expect(meters.noise).toBeGreaterThan(42);
  expect(meters.noise).toBeLessThan(72);
});

test("energy and charge add up", () => {
  const meters = new Meters(10, 6000);
  run(meters, 60, () => 10);
  expect(meters.kWh).toBeCloseTo(60, 1);
  expect(meters.kAh).toBeCloseTo(6, 2);
});

test("the least squares slope of a line is its slope", () => {
  expect(leastSquares(Float64Array.from([5, 7, 9, 11]))).toBeCloseTo(2, 12);
});

test.each([
  [722, 1],
  [73, 1.8],
  [42, 2.2],
  [5, 3.4],
  [57.5, 2],
])("a steepness of %s µOhm per per cent belongs to %s per cent of oxide", (steepness, oxide) => {
  expect(oxideAt(steepness)).toBeCloseTo(oxide, 6);
});

test("the oxide estimate follows the balance while nothing else is known", () => {
  const oxide = new OxideEstimate(2);
  for (let m = 0; m < 10; m++) oxide.minute(0, 9.6, 320, Number.NaN);
  expect(oxide.value).toBeCloseTo(1.5, 2);
});

test("with a known deficit the slope draws the estimate to what it tells", () => {
  const oxide = new OxideEstimate(2.6);
  for (let m = 0; m < 10; m++) oxide.minute(0, 9.6, 320, 0.05 * 154);
  expect(Math.abs(oxide.value - 1.4)).toBeLessThan(0.2);
});
