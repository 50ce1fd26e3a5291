/** Dose accounting on the simulated cells: 25 of them and their chances, three recipes, with own rectifier and in series. */
import { expect, test } from "vitest";
import { Hall } from "../testing.ts";

const SHORT = 0.93;
const CELLS = [1, 2, 3, 4, 5];

/** Minutes with a feeder that gives 80 % and no weigh cell to put that right, until its share is below the alarm's limit; Infinity: not in half an hour. */
function named(seed: number): number[] {
  const hall = new Hall({ seed, supervised: false }).run(7200 + ((seed * 37) % 60) * 60);
  const cells = CELLS.map((number) => hall.cell(number));
  const calibrated = cells.map(({ feeder }) => feeder.dosing.gramsPerRev);
  const found = cells.map(() => Number.POSITIVE_INFINITY);
  for (let minute = 1; minute <= 30; minute++) {
    hall.run(60, () => {
      for (const [i, { field, feeder }] of cells.entries()) {
        field.disturbance.feederGain = 0.8;
        feeder.dosing.gramsPerRev = calibrated[i] as number;
      }
    });
    for (const [i, { dose }] of cells.entries()) if (dose.account.share < SHORT) found[i] = Math.min(found[i] as number, minute);
  }
  return found;
}

test("a feeder that gives 80 % is named within half an hour in nine of ten cells", { timeout: 60_000 }, () => {
  const minutes = [1, 2, 3, 4, 5].flatMap(named);
  expect(minutes.filter(Number.isFinite).length).toBeGreaterThanOrEqual(0.9 * minutes.length);
  expect(minutes.every((m) => m > 5)).toBe(true);
});

test("sound feeders are not named, through taps and anode changes; commanded, weighed and inferred feed agree", { timeout: 60_000 }, () => {
  const hall = new Hall({ seed: 1, supervised: false }).run(3600);
  let short = 0;
  for (let minute = 0; minute < 5 * 60; minute++) {
    hall.run(60);
    short += CELLS.filter((number) => hall.read(number, "FFY-303") < SHORT).length;
  }
  expect(short).toBe(0);
  for (const number of CELLS) {
    expect(hall.read(number, "FY-303") / hall.read(number, "FIC-303.SPW")).toBeCloseTo(1, 0);
    expect(hall.read(number, "FY-303") / hall.read(number, "FI-303")).toBeCloseTo(1, 0);
  }
});
