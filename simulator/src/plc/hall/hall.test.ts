import type { Cell } from "@cellhouse/shared";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { CellField } from "../field.ts";
import { smallPlant } from "../testing.ts";
import { Cooling } from "./cooling.ts";
import { OffGas } from "./offgas.ts";
import { Rectifier, TRIP } from "./rectifier.ts";
import { createServices } from "./services.ts";
import { Conveyor, Silo } from "./silo.ts";
import { addUp, type CellSum, createSum } from "./sum.ts";

const RATING = { current: 6000, volts: 9.93, cells: 24, bridge: true };
const COOL = { water: 1, waterIn: 32, drives: 150 };
const HOUR = 3600;

/** 24 calm cells at `load`. */
function calm(load = 1): CellSum {
  const field = new CellField(smallPlant().cells[0] as Cell, 1);
  for (let scan = 0; scan < 10; scan++) field.advance();
  const sum = createSum();
  addUp([field], sum);
  for (const key of ["power", "water", "heat", "co", "co2", "cf4", "dust", "fume"] as const) sum[key] *= 24 * load;
  sum.heat = 24 * 3000 * load * load;
  sum.water = 8;
  sum.load = load;
  sum.dust = (24 * load * 0.015 * 9.75) / HOUR;
  return sum;
}

function run(seconds: number, each: () => void): void {
  for (let s = 0; s < seconds; s++) each();
}

test("a rectifier loses five per cent at full load and keeps its bridge between 0.9 and 0.97 by its taps", () => {
  const rectifier = new Rectifier(RATING, 32);
  const sum = calm();
  for (const volts of [9.93, 10.4, 10.8, 9.2, 8.8]) {
    sum.volts = volts;
    run(600, () => rectifier.second(sum, COOL));
    expect(rectifier.factor).toBeGreaterThan(0.98 * 0.9);
    expect(rectifier.factor).toBeLessThanOrEqual(0.98 * 0.97);
  }
  expect(rectifier.tap).toBeLessThan(9);
  expect((rectifier.power - sum.power) / rectifier.rated).toBeCloseTo(0.05, 3);
  expect(rectifier.temperature).toBeCloseTo(67, 0);
});

test("without water a rectifier trips itself in minutes, and comes back when it has cooled", () => {
  const rectifier = new Rectifier(RATING, 32);
  const sum = calm();
  let took = 0;
  for (; rectifier.code === TRIP.none && took < 600; took++) rectifier.second(sum, { ...COOL, water: 0 });
  expect(took).toBeGreaterThan(30);
  expect(took).toBeLessThan(180);
  rectifier.second(sum, COOL);
  expect(rectifier.amps).toBe(0);
  run(300, () => rectifier.second(calm(0), COOL));
  expect(rectifier.code).toBe(TRIP.none);
  run(100, () => rectifier.second(calm(0), COOL));
  expect(rectifier.amps).toBeGreaterThan(1000);
  expect(rectifier.amps).toBeLessThan(7200);
});

test("the demand is the mean of fifteen minutes, with the drives on the same meter", () => {
  const rectifier = new Rectifier(RATING, 32);
  const sum = calm();
  run(900, () => rectifier.second(sum, COOL));
  const full = rectifier.power + 150;
  expect(rectifier.demand).toBeCloseTo(full, 0);
  expect(rectifier.kWh).toBeCloseTo(full / 4, 0);
  rectifier.trip(true);
  run(300, () => rectifier.second(calm(0), COOL));
  expect(rectifier.demand).toBeCloseTo((2 * full + 150) / 3, 0);
});

test("the tank holds its 32 °C from no load to full load, and its level between the marks of the float", () => {
  const rectifier = 80_000;
  for (const load of [0, 0.5, 1]) {
    const cooling = new Cooling(24, rectifier, 80);
    const services = createServices();
    const sum = calm(load);
    const levels: number[] = [];
    run(24 * HOUR, () => {
      cooling.second(sum, rectifier * load, services);
      levels.push(cooling.level);
    });
    levels.sort((a, b) => a - b);
    expect(cooling.supply).toBeGreaterThan(29.9);
    expect(cooling.supply).toBeLessThan(32.1);
    expect(levels[0]).toBeGreaterThan(69.9);
    expect(levels.at(-1)).toBeLessThan(85.1);
  }
});

test("the scrubber is cleaned before it chokes, and what it lets through stays small", () => {
  const gas = new OffGas(24, 24, 1200);
  const services = createServices();
  const drops: number[] = [];
  run(300, () => gas.second(calm(), 9, services));
  const sum = calm();
  run(4 * HOUR, () => {
    gas.second(sum, 9, services);
    drops.push(gas.drop);
  });
  expect(Math.max(...drops)).toBeLessThan(1600);
  expect(Math.max(...drops)).toBeGreaterThan(1400);
  expect(Math.min(...drops)).toBeGreaterThan(900);
  expect(gas.flow).toBeCloseTo(60_000, -3);
  expect(services.draft).toBeCloseTo(-115, 0);
  expect(gas.gases.hf).toBeLessThan(1);
  expect(gas.gases.co).toBeCloseTo(19, 0);
  expect(gas.gases.cf4).toBeLessThan(0.01);
});

test("the analyser gives means of its minute: one cell of 24 in anode effect is near 3 ppm of CF4, and 7 % of that C2F6", () => {
  const gas = new OffGas(24, 24, 1200);
  const services = createServices();
  const sum = calm();
  run(300, () => gas.second(sum, 9, services));
  sum.cf4 += 10.9 / 60 / 88.004;
  run(30, () => gas.second(sum, 9, services));
  expect(gas.gases.cf4).toBeLessThan(0.01);
  run(210, () => gas.second(sum, 9, services));
  expect(gas.gases.cf4).toBeGreaterThan(2.5);
  expect(gas.gases.cf4).toBeLessThan(3);
  expect(gas.gases.c2f6 / gas.gases.cf4).toBeCloseTo(0.074, 3);
});

test("three hoppers wait their turn: one is filled at a time, and not a gram is lost", () => {
  const fields = smallPlant()
    .cells.slice(0, 3)
    .map((cell) => new CellField(cell, 1));
  for (const field of fields) {
    field.hopper = 18;
    field.refilling = true;
  }
  const silo = new Silo(1, 3, 0.9);
  const conveyor = new Conveyor(fields, silo);
  const all = (): number => fields.reduce((sum, field) => sum + field.hopper, silo.weight);
  const before = all();
  run(185, () => {
    const were = fields.map((field) => field.hopper);
    conveyor.second();
    expect(fields.filter((field, i) => field.hopper > (were[i] as number)).length).toBeLessThanOrEqual(1);
    for (const field of fields) if (field.full) field.refilling = false;
  });
  expect(fields.map((field) => field.full)).toEqual([true, true, true]);
  expect(conveyor.running).toBe(false);
  expect(all()).toBeCloseTo(before, 6);
});

test("an empty silo fills nothing until its next lot comes", () => {
  const [field] = smallPlant().cells.map((cell) => new CellField(cell, 1));
  if (field === undefined) throw new Error("a cell");
  field.hopper = 0;
  field.refilling = true;
  const silo = new Silo(1, 1, 0);
  const conveyor = new Conveyor([field], silo);
  conveyor.second();
  expect(field.hopper).toBe(0);
  expect(conveyor.running).toBe(false);
  run(60, () => {
    silo.second();
    conveyor.second();
  });
  expect(field.hopper).toBeGreaterThan(5);
  expect(silo.lot).toBe(1002);
});

test("lots leave the silo in the order they came, each whole", () => {
  const silo = new Silo(7, 1, 0.3);
  expect(silo.lot).toBe(7001);
  const drawn = new Map<number, number>();
  run(200_000, () => {
    silo.second();
    drawn.set(silo.lot, (drawn.get(silo.lot) ?? 0) + 0.01);
    silo.take(0.01);
  });
  expect([...drawn.keys()]).toEqual([...drawn.keys()].sort((a, b) => a - b));
  expect(drawn.get(7001)).toBeCloseTo(0.3 * 420, 0);
  expect(drawn.get(7002)).toBeGreaterThan(0.69 * 420);
});

test("whatever is taken, a silo never holds less than nothing and its lots only go up", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 60, noNaN: true }), { maxLength: 200 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (takes, fill) => {
        const silo = new Silo(3, 0.5, fill);
        let lot = silo.lot;
        for (const kg of takes) {
          silo.second();
          silo.take(Math.min(kg, silo.weight));
          expect(silo.weight).toBeGreaterThanOrEqual(0);
          expect(silo.lot).toBeGreaterThanOrEqual(lot);
          lot = silo.lot;
        }
      },
    ),
  );
});
