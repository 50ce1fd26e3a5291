import { STATUS } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { struck } from "./testing.ts";

const inEffect = (word: number): boolean => (word & STATUS.anodeEffect) !== 0;

test("ae_forced for 5 s: the voltage jumps to its ceiling, the PLC sees it within 5 s, quenches, and the film is gone", () => {
  const hall = struck("ae_forced", { seconds: 5 });
  let highest = 0;
  const took = hall.until(10, () => {
    highest = Math.max(highest, hall.read(1, "EI-201.MAX"));
    return inEffect(hall.read(1, "YS-901"));
  });
  expect(took).toBeLessThanOrEqual(5);
  expect(highest).toBeGreaterThan(20);
  hall.run(15);
  expect(hall.read(1, "II-202")).toBeLessThan(2000);
  expect(hall.until(60, () => !inEffect(hall.read(1, "YS-901")))).toBeLessThan(60);
  expect(hall.cell(1).field.state.film).toBeLessThan(0.2);
});

test("ae_forced without end: no quench helps, the film stays", () => {
  const hall = struck("ae_forced").run(150);
  expect(hall.cell(1).field.state.film).toBe(1);
  expect(hall.read(1, "XQ-209")).toBeGreaterThan(60);
  expect(hall.read(1, "II-202")).toBeLessThan(0.5 * 6000);
});

test("over_temp of 50 K/min drives TY-100 past its HI limit, SP + 20 K, within about a minute", () => {
  const hall = struck("over_temp", { args: { size: 50 } });
  expect(hall.until(120, () => hall.read(1, "TY-100") > 1070)).toBeLessThan(75);
  expect(hall.read(1, "TI-101")).toBeGreaterThan(1065);
});

test("over_temp by default warms the bath gently, and leaves off when its time is up", () => {
  const hall = struck("over_temp", { seconds: 120 });
  const before = hall.cell(1).field.state.temperature;
  hall.run(121);
  const peak = hall.cell(1).field.state.temperature;
  expect(peak - before).toBeGreaterThan(7);
  expect(peak - before).toBeLessThan(12);
  hall.run(60);
  expect(hall.cell(1).field.state.temperature).toBeLessThan(peak);
});

test("bath_freeze: at 1000 °C after 13 minutes without current the bath has a crust, and resists half as much again on return", () => {
  const hall = struck("bath_freeze", { seconds: 800 });
  const { field } = hall.cell(1);
  const before = field.state.bathOhm;
  hall.run(600);
  expect(field.input.bathOhm).toBe(1);
  hall.run(201);
  expect(field.state.temperature).toBeGreaterThan(996);
  expect(field.state.temperature).toBeLessThan(1001);
  expect(hall.until(120, () => field.state.current > 1000)).toBeLessThan(120);
  expect(field.input.bathOhm).toBe(1.5);
  expect(field.state.bathOhm / before).toBeGreaterThan(1.5);
  field.state.temperature = 1035;
  hall.run(1);
  expect(field.input.bathOhm).toBe(1);
});

test("a metal_runout that goes on brings interlock I-3: the rectifier is off within 90 s; the oxide leaves with its bath", () => {
  const hall = struck("metal_runout");
  const { state } = hall.cell(1).field;
  const oxide = state.dissolved / state.bath;
  expect(hall.until(90, () => hall.read(1, "YS-903") === 3)).toBeLessThan(90);
  hall.run(5);
  expect(hall.read(1, "II-202")).toBeLessThan(100);
  expect(state.dissolved / state.bath / oxide).toBeCloseTo(1, 1);
});

test("metal_runout: metal and bath fall by 2 kg/s each, the shell rises by 20 K/min and cools when it is over, the level drops", () => {
  const hall = struck("metal_runout", { seconds: 30 });
  const { state } = hall.cell(1).field;
  const { bath, metal } = state;
  const shell = hall.cell(1).field.bottomShell.value;
  hall.run(4);
  expect(metal - state.metal).toBeCloseTo(8, 0);
  hall.run(26);
  expect(bath - state.bath).toBeCloseTo(60, 0);
  expect(state.metal).toBe(0);
  expect(hall.cell(1).field.bottomShell.value - shell).toBeCloseTo(10, 0);
  const peak = hall.cell(1).field.bottomShell.value;
  hall.run(90);
  expect(hall.read(1, "LI-401")).toBeLessThan(360);
  expect(hall.cell(1).field.bottomShell.value).toBeLessThan(peak);
});
