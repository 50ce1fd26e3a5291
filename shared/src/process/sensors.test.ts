import { expect, test } from "vitest";
import {
  BURNOUT,
  createCurrentSensor,
  createLoadCell,
  createPyrometer,
  createRng,
  createThermocouple,
  createVoltageSensor,
  gauss,
  readCurrent,
  readLag,
  readLoadCell,
  readPyrometer,
  readThermocouple,
  readVoltage,
  readWall,
  uniform,
} from "./index.ts";

function moments(n: number, next: () => number): { mean: number; sd: number } {
  let sum = 0;
  let square = 0;
  for (let i = 0; i < n; i++) {
    const x = next();
    sum += x;
    square += x * x;
  }
  const mean = sum / n;
  return { mean, sd: Math.sqrt(square / n - mean * mean) };
}

test("the same seed gives the same chance, another stream another", () => {
  const draw = (stream: number): number[] => {
    const rng = createRng(7, stream);
    return Array.from({ length: 5 }, () => uniform(rng));
  };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
});

test("uniform and normal numbers have the moments they should", () => {
  const rng = createRng(1);
  const even = moments(50_000, () => uniform(rng));
  expect(even.mean).toBeCloseTo(0.5, 2);
  expect(even.sd).toBeCloseTo(Math.sqrt(1 / 12), 2);
  const normal = moments(50_000, () => gauss(rng));
  expect(normal.mean).toBeCloseTo(0, 1);
  expect(normal.sd).toBeCloseTo(1, 1);
});

test("an immersed thermocouple shows 63 % of a step after its time constant, and 0.4 K of noise", () => {
  const rng = createRng(1);
  const tc = createThermocouple(1050, 40);
  tc.noise = 0;
  let value = 0;
  for (let s = 0; s < 40; s++) value = readThermocouple(tc, 1150, 1, rng);
  expect(value).toBeCloseTo(1050 + 100 * (1 - Math.exp(-1)), 6);
  const quiet = createThermocouple(1050);
  expect(moments(5000, () => readThermocouple(quiet, 1050, 1, rng)).sd).toBeCloseTo(0.4, 1);
});

test("a broken thermocouple drives upscale", () => {
  const tc = createThermocouple(1050);
  tc.broken = true;
  expect(readThermocouple(tc, 1050, 1, createRng(1))).toBe(BURNOUT);
});

test("a drifting thermocouple reads lower each day until the crew changes it", () => {
  const tc = { ...createThermocouple(1050), noise: 0, drift: -1 };
  const rng = createRng(1);
  for (let h = 0; h < 48; h++) readThermocouple(tc, 1050, 3600, rng);
  expect(readThermocouple(tc, 1050, 1, rng)).toBeCloseTo(1048, 2);
  for (let h = 0; h < 5 * 24; h++) readThermocouple(tc, 1050, 3600, rng);
  expect(readThermocouple(tc, 1050, 1, rng)).toBeGreaterThan(1048);
});

test("a leaking sheath takes the reading down by its rate, and nobody changes it before the leak is over", () => {
  const tc = { ...createThermocouple(1050), noise: 0, leak: -20 };
  const rng = createRng(1);
  for (let m = 0; m < 60; m++) readThermocouple(tc, 1050, 60, rng);
  expect(readThermocouple(tc, 1050, 0, rng)).toBeCloseTo(1030, 6);
  tc.leak = 0;
  expect(readThermocouple(tc, 1050, 1, rng)).toBe(1050);
});

test("dirt on the pyrometer's window lowers it by its depth", () => {
  const dirty = { ...createPyrometer(), fumeRate: 0, dirt: 40 };
  const rng = createRng(3);
  for (let s = 0; s < 10; s++) readPyrometer(dirty, 1050, 1, rng);
  expect(moments(2000, () => readPyrometer(dirty, 1050, 1, rng)).mean).toBeCloseTo(1002, 0);
});

test("the wall couple stands between bath and lining", () => {
  const tc = { ...createThermocouple(0.7 * 1050 + 0.3 * 958 - 10, 360), noise: 0 };
  expect(readWall(tc, 1050, 958, 1, createRng(1))).toBeCloseTo(1012.4, 3);
});

test("the pyrometer reads 8 K low on a clear bath, and up to 60 K lower through fume, never higher", () => {
  const rng = createRng(3);
  const clear = { ...createPyrometer(), fumeRate: 0 };
  const seen = moments(5000, () => readPyrometer(clear, 1050, 1, rng));
  expect(seen.mean).toBeCloseTo(1042, 0);
  expect(seen.sd).toBeCloseTo(3, 0);
  const fumed = { ...createPyrometer(), fumeRate: 1 / 100 };
  let lowest = 2000;
  for (let s = 0; s < 7200; s++) lowest = Math.min(lowest, readPyrometer(fumed, 1050, 1, rng));
  expect(lowest).toBeLessThan(1010);
  expect(lowest).toBeGreaterThan(965);
});

test("the voltage has its offset, and is 0 with a broken lead", () => {
  const rng = createRng(1);
  const sensor = createVoltageSensor(0.01);
  expect(moments(5000, () => readVoltage(sensor, 9.93, rng)).mean).toBeCloseTo(9.94, 2);
  sensor.broken = true;
  expect(readVoltage(sensor, 9.93, rng)).toBe(0);
});

test("the current follows in tenths of a second with its gain error and 8 A of noise, never below 0", () => {
  const rng = createRng(1);
  const sensor = createCurrentSensor(6000, 1.003);
  const seen = moments(5000, () => readCurrent(sensor, 6000, 0.1, rng));
  expect(seen.mean).toBeCloseTo(6018, -1);
  expect(seen.sd).toBeGreaterThan(7);
  expect(seen.sd).toBeLessThan(11);
  for (let i = 0; i < 20; i++) expect(readCurrent(sensor, 0, 0.1, rng)).toBeGreaterThanOrEqual(0);
});

test("the load cell shakes while the screw turns and creeps by the hour", () => {
  const rng = createRng(1);
  const cell = createLoadCell(0.005);
  const still = moments(2000, () => readLoadCell(cell, 40, 0, false, rng));
  const turning = moments(2000, () => readLoadCell(cell, 40, 0, true, rng));
  expect(turning.sd).toBeGreaterThan(3 * still.sd);
  readLoadCell(cell, 40, 10 * 3600, false, rng);
  expect(cell.creep).toBeCloseTo(0.05, 6);
});

test("a slow transmitter keeps to one per cent", () => {
  const rng = createRng(1);
  const lag = { value: 20 };
  const seen = moments(5000, () => readLag(lag, 20, 1, rng));
  expect(seen.mean).toBeCloseTo(20, 1);
  expect(seen.sd).toBeLessThan(0.2);
});
