import { expect, test } from "vitest";
import { read } from "../plc/testing.ts";
import { struck } from "./testing.ts";

test("cooling_loss: the clamp warms by 11 K a minute under current; below 8 l/min interlock I-2 takes the current off", () => {
  const hall = struck("cooling_loss");
  const { state } = hall.cell(1).field;
  const before = state.clamp;
  hall.run(6);
  expect(((state.clamp - before) / 6) * 60).toBeCloseTo(11, 0);
  expect(hall.until(30, () => hall.read(1, "YS-903") === 2)).toBeLessThan(30);
  hall.run(10);
  expect(hall.read(1, "II-202")).toBeLessThan(100);
  expect(hall.read(1, "FI-501")).toBeLessThan(8);
});

test("cooling_loss that leaves half lets the cell run, its water warmer", () => {
  const hall = struck("cooling_loss", { args: { left: 50 } });
  const before = hall.read(1, "TI-503");
  hall.run(300);
  expect(hall.read(1, "TI-503") - before).toBeGreaterThan(1.5);
  expect(hall.read(1, "II-202")).toBeGreaterThan(5900);
});

test("line_trip, ordered at any cell of the line: no current in that line, the other line runs on; then it comes back over minutes", () => {
  const hall = struck("line_trip", { cell: "C002", seconds: 60 }).run(5);
  for (const number of [1, 2, 3]) expect(hall.read(number, "II-202")).toBeLessThan(50);
  for (const number of [4, 5]) expect(hall.read(number, "II-202")).toBeGreaterThan(5900);
  hall.run(60);
  expect(hall.until(900, () => hall.cell(1).field.amps > 5500)).toBeGreaterThan(60);
});

test("line_trip of a series line, ordered by the line's id, takes its one current away", () => {
  const hall = struck("line_trip", { cell: "L02" }).run(5);
  for (const number of [4, 5]) expect(hall.read(number, "II-202")).toBeLessThan(50);
  expect(read(hall.sim.lines[1] as never, "II-001").value).toBeLessThan(0.1);
  expect(hall.read(1, "II-202")).toBeGreaterThan(5900);
});

test("duct_fan_trip: the draft of every cell of the line is gone within a minute, I-6 stops the feed, and it returns with the fan", () => {
  const hall = struck("duct_fan_trip", { cell: "L01", seconds: 120 }).run(60);
  for (const number of [1, 2, 3]) expect(hall.read(number, "PI-601")).toBeGreaterThan(-20);
  expect(hall.read(4, "PI-601")).toBeLessThan(-90);
  expect(hall.until(60, () => hall.read(1, "YS-903") === 6)).toBeLessThan(60);
  hall.run(180);
  expect(hall.read(1, "PI-601")).toBeLessThan(-90);
});

test("pump_trip: no water at any cell of the line", () => {
  const hall = struck("pump_trip", { cell: "L02" }).run(60);
  for (const number of [4, 5]) expect(hall.read(number, "FI-501")).toBeLessThan(1);
  expect(hall.read(1, "FI-501")).toBeGreaterThan(15);
});
