/** The model against the published check figures of shared/docs/process.md: steady state, feed, current, power off, resistance, step size. */
import { test } from "vitest";
import { cellParams, createCell, createInput, oxidePercent, saturation } from "./index.ts";
import { holdOxide, kelvin, minutes, minutesToEffect, near, OWN, PRND, points, rig, SIX_KA, steady, tick, until, volt } from "./rig.ts";

test("the steady state at 6 kA is the published one", () => {
  const { cell, input } = steady();
  kelvin(cell.temperature, 1050.8);
  kelvin(cell.lining, 958);
  near(cell.voltage, 9.93, 0.03);
  near(cell.efficiency * 100, 76.3, 0.3);
  near(cell.voltage / (1.7834 * cell.efficiency), 7.29, 0.03);
  near(cell.metalRate * 3600, 8.16, 0.03);
  near(input.feed * 3600, 9.75, 0.03);
  near(saturation(cell), 3.81, 0.01);
  near(cell.load, 0.525, 0.01);
  near(cell.density, 1.34, 0.01);
  near(cell.bathOhm * 1e3, 1.2, 0.01);
  near(cell.suspended, 0.66, 0.02);
  near(cell.sludge, 2.35, 0.05);
});

test("carbon use is the published 0.171 kg per kg of metal", () => {
  const r = steady();
  const { carbon, metal } = r.cell.totals;
  until(r, 60, holdOxide(2.2));
  near((r.cell.totals.carbon - carbon) / (r.cell.totals.metal - metal), 0.171, 0.001);
});

test("with new anodes the same equations give 1034.7 °C", () => {
  const r = rig();
  until(r, 3 * 24 * 60, (x) => {
    holdOxide(2.2)(x);
    x.cell.wear.fill(0);
  });
  kelvin(r.cell.temperature, 1034.7);
});

test("a fifth too much feed hides in the bottom: the voltage hardly sees it", () => {
  const r = steady();
  r.input.feed *= 1.2;
  near(oxidePercent(until(r, 30).cell), 2.4, 0.02);
  volt(r, 9.89);
  near(oxidePercent(until(r, 120).cell), 2.85, 0.02);
  near(oxidePercent(until(r, 480).cell), 3.25, 0.02);
  volt(r, 9.83);
  points(r, 72);
  near(r.cell.sludge, 14.5, 0.3);
});

test("a fifth too little feed ends in an anode effect after three hours", () => {
  const r = steady();
  r.input.feed *= 0.8;
  for (const [minute, oxide, volts] of [
    [30, 1.98, 9.98],
    [60, 1.74, 10.06],
    [90, 1.52, 10.16],
    [120, 1.3, 10.3],
  ] as const) {
    near(oxidePercent(until(r, minute).cell), oxide, 0.02);
    volt(r, volts);
  }
  const before = 1050.8;
  minutes(minutesToEffect(r), 184);
  volt(r, 11.1);
  kelvin(r.cell.temperature - before, 22);
});

test("half the feed ends in an anode effect after an hour", () => {
  const r = steady();
  r.input.feed *= 0.5;
  minutes(minutesToEffect(r), 64);
});

test("five per cent more current heats the cell by 35 K and costs five points of efficiency", () => {
  const r = steady();
  const start = r.cell.temperature;
  r.input.current = 6300;
  volt(until(r, 5, holdOxide(2.2)), 10.33);
  for (const [minute, rise] of [
    [10, 4.4],
    [30, 10],
    [60, 15],
    [120, 22],
    [3000, 35.5],
  ] as const)
    kelvin(until(r, minute, holdOxide(2.2)).cell.temperature - start, rise);
  points(r, 71.4);
  volt(r, 9.87);
});

test("five per cent less current cools it by 27 K", () => {
  const r = steady();
  const start = r.cell.temperature;
  r.input.current = 5700;
  for (const [minute, fall] of [
    [10, -4.2],
    [30, -9.4],
    [120, -19],
    [3000, -27],
  ] as const) {
    kelvin(until(r, minute, holdOxide(2.2)).cell.temperature - start, fall);
    if (minute === 10) volt(r, 9.55);
  }
  points(r, 73.2);
  volt(r, 9.87);
});

test("without current the metal freezes in 13 minutes and the bath in 83", () => {
  const r = steady();
  r.input.current = 0;
  r.input.feed = 0;
  for (const [minute, celsius] of [
    [5, 1029],
    [10, 1010],
    [13, 1000],
    [30, 952],
    [60, 890],
    [83, 850],
  ] as const)
    kelvin(until(r, minute).cell.temperature, celsius);
});

test("the resistance steepens as the oxide runs out", () => {
  const ohm = (oxide: number): number => {
    const r = rig();
    r.cell.dissolved = (oxide / 100) * r.cell.bath;
    tick(r);
    return ((r.cell.voltage - 1.95) / 6000) * 1e6;
  };
  for (const [oxide, wanted] of [
    [3.4, 15],
    [2.6, 28],
    [2.2, 42],
    [1.8, 73],
    [1.4, 154],
    [1.2, 261],
    [1.0, 722],
  ] as const)
    near((ohm(oxide - 0.02) - ohm(oxide + 0.02)) / 0.04, wanted, 0.035 * wanted);
});

test.each([0.1, 0.5, 1, 2, 5, 10])("a step of %s s finds the same onset", (dt) => {
  const r = steady();
  r.input.feed = 0;
  while (!r.cell.anodeEffect) tick(r, dt);
  minutes(r.second / 60, 31.5);
});

test.each([
  ["LaCe", { molarMass: 0.13969, oxideRatio: 1.209, temperature: 920 }],
  ["GdFe", { molarMass: 0.15725, oxideRatio: 1.1526, temperature: 1075 }],
])("%s holds its own temperature at nominal current", (_name, recipe) => {
  const params = cellParams(recipe, SIX_KA, OWN);
  const r = until({ cell: createCell(params), input: createInput(params), second: 0 }, 3 * 24 * 60, holdOxide(2.2));
  kelvin(r.cell.temperature, recipe.temperature + 0.8);
});

test("a cell of another size is the same cell, wider", () => {
  const params = cellParams(PRND, { current: 12_000, currentEfficiency: 0.763 }, OWN);
  const r = until({ cell: createCell(params), input: createInput(params), second: 0 }, 3 * 24 * 60, holdOxide(2.2));
  kelvin(r.cell.temperature, 1050.8);
  volt(r, 9.93);
});
