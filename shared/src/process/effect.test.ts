/** The model against the published check figures of shared/docs/process.md: from a dead feeder to the anode effect and out of it. */
import { expect, test } from "vitest";
import { oxidePercent } from "./index.ts";
import { kelvin, minutes, minutesToEffect, near, OWN, steady, tick, until, volt } from "./rig.ts";

test("a dead feeder shows in the voltage for half an hour, then the anode effect comes", () => {
  const r = steady();
  r.input.feed = 0;
  for (const [minute, volts] of [
    [5, 9.95],
    [10, 10.01],
    [15, 10.1],
    [20, 10.24],
    [24, 10.41],
    [27, 10.6],
  ] as const)
    volt(until(r, minute), volts);
  minutes(minutesToEffect(r), 31.5);
  near(oxidePercent(r.cell), 0.93, 0.015);
  volt(r, 11.3);
});

// From 2.0 wt% these equations give 26.2 min; the published figure is 25 (its column is rounded to 5 min).
test.each([
  [1.75, 20],
  [1.5, 15],
])("a dead feeder from %s weight per cent of oxide leaves %s minutes", (oxide, wanted) => {
  const r = steady(oxide);
  r.input.feed = 0;
  minutes(minutesToEffect(r), wanted);
});

// From 2.2 wt% these equations give 55 min against a published 50, and 1008 °C against "about 1000" at 30 min.
test.each([
  [1.75, 35],
  [1.5, 28],
])("cutting to 70 % five minutes into a jam at %s weight per cent leaves %s minutes", (oxide, wanted) => {
  const r = steady(oxide);
  r.input.feed = 0;
  until(r, 5);
  r.input.current = 4200;
  minutes(minutesToEffect(r), wanted);
});

test.each([
  { supply: OWN, kW: 106, perMinute: 6, grams: 11, trip: 12 },
  { supply: { kind: "series" } as const, kW: 195, perMinute: 15, grams: 14.6, trip: 4.5 },
])("an anode effect left alone burns on: $supply.kind", ({ supply, kW, perMinute, grams, trip }) => {
  const r = steady(2.2, supply);
  r.input.feed = 0;
  const start = minutesToEffect(r);
  until(r, start + 0.5);
  const { temperature } = r.cell;
  const { cf4 } = r.cell.totals;
  until(r, start + 2.5);
  near((r.cell.current * r.cell.voltage) / 1000, kW, 1.5);
  near((r.cell.temperature - temperature) / 2, perMinute, 0.3);
  near(((r.cell.totals.cf4 - cf4) * 1000) / 2, grams, 0.3);
  if (supply.kind === "dedicated") {
    expect(r.cell.voltage).toBeCloseTo(24, 1);
    near(r.cell.current, 4400, 60);
  } else near(r.cell.voltage, 32, 0.7);
  while (r.cell.temperature < 1120) tick(r);
  minutes(r.second / 60 - start, trip);
});

test("a cut to 30 % with a shot of 2.5 kg ends the effect in three seconds and for good", () => {
  const r = steady();
  const balanced = r.input.feed;
  r.input.feed = 0;
  const start = minutesToEffect(r);
  until(r, start + 8 / 60);
  const cut = r.second;
  let again = 0;
  until(r, start + 15, () => {
    const t = r.second - cut;
    const was = r.cell.anodeEffect;
    r.input.current = 6000 * (t < 30 ? 0.3 : Math.min(1, 0.3 + (0.7 * (t - 30)) / 240));
    r.input.feed = t < 60 ? 2.5 / 60 : balanced;
    if (t >= 4) {
      expect(r.cell.film).toBeLessThan(0.6);
      if (!was && r.cell.ratio >= 1) again++;
    }
    if (Math.abs(t - 300) < 0.5) kelvin(r.cell.temperature - 1050.8, -8.5);
  });
  expect(again).toBe(0);
  near(oxidePercent(r.cell), 1.6, 0.02);
  volt(r, 10.22);
});

test("a cut to 50 % alone leaves the film, stirring then ends it; a shot alone does not", () => {
  const cut = steady();
  cut.input.feed = 0;
  minutesToEffect(cut);
  until(cut, cut.second / 60 + 0.1);
  cut.input.current = 3000;
  until(cut, cut.second / 60 + 10);
  expect(cut.cell.film).toBeGreaterThan(0.99);
  cut.input.stir = 1;
  until(cut, cut.second / 60 + 0.5);
  expect(cut.cell.film).toBeLessThan(0.01);

  const shot = steady();
  shot.input.feed = 0;
  const start = minutesToEffect(shot);
  until(shot, start + 10, (r) => {
    r.input.feed = r.second / 60 < start + 1 ? 3 / 60 : 0.0027;
  });
  expect(shot.cell.film).toBeGreaterThan(0.99);
});

test("five kilograms at once chill the bath and end as sludge", () => {
  const r = steady();
  const before = r.cell.temperature;
  const sludge = r.cell.sludge;
  const balanced = r.input.feed;
  let coldest = before;
  until(r, 180, () => {
    r.input.feed = balanced + (r.second < 60 ? 5 / 60 : 0);
    coldest = Math.min(coldest, r.cell.temperature);
    if (r.second === 600 || r.second === 1200) near(oxidePercent(r.cell), 3.1, 0.05);
  });
  kelvin(coldest - before, -4.5);
  near(r.cell.sludge - sludge, 3, 0.3);
});
