import { expect, test } from "vitest";
import { struck } from "./testing.ts";

test("rectifier_trip: no current within seconds; 1029 °C after 5 minutes, 1000 °C after 13; the neighbours run on", () => {
  const hall = struck("rectifier_trip").run(3);
  expect(hall.read(1, "II-202")).toBeLessThan(100);
  expect(hall.read(1, "EI-201")).toBeLessThan(2);
  const { state } = hall.cell(1).field;
  hall.run(297);
  expect(Math.abs(state.temperature - 1029)).toBeLessThan(1.5);
  hall.run(480);
  expect(Math.abs(state.temperature - 1000)).toBeLessThan(1.5);
  expect(hall.read(2, "II-202")).toBeGreaterThan(5900);
});

test("anode_break: its current is gone, the others carry a third more, the voltage rises by 2.5 V and its noise is thrice as loud", () => {
  const hall = struck("anode_break", { args: { anode: 2 } });
  const before = hall.read(1, "EI-201");
  hall.run(10);
  expect(hall.read(1, "II-203B")).toBeLessThan(40);
  for (const anode of ["A", "C", "D"]) expect(hall.read(1, `II-203${anode}`)).toBeGreaterThan(1800);
  expect(hall.read(1, "EI-201") - before).toBeGreaterThan(2);
  hall.run(180);
  expect(hall.read(1, "EI-201N")).toBeGreaterThan(130);
});

test("cathode_short: below 6 V at full current", () => {
  const hall = struck("cathode_short").run(3);
  expect(hall.read(1, "EI-201")).toBeLessThan(6);
  expect(hall.read(1, "II-202")).toBeGreaterThan(5900);
});

test("a deep cathode_short brings interlock I-4 within seconds: the rectifier is off", () => {
  const hall = struck("cathode_short", { args: { left: 20 } });
  expect(hall.until(15, () => hall.read(1, "YS-903") === 4)).toBeLessThan(10);
  hall.run(5);
  expect(hall.read(1, "II-202")).toBeLessThan(100);
});
