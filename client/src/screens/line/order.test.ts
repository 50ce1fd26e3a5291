import { expect, test } from "vitest";
import { demoPlant } from "../../testkit.ts";
import { offBy, sorted } from "./order.ts";

const plant = demoPlant();
const cells = plant.cells.slice(0, 3);
const alarms = plant.description.alarms;

test("a cell is off by its distance to the limit; a value that is missing is off the most", () => {
  const cell = cells[0] as (typeof cells)[0];
  expect(offBy("temperature", cell, () => 1060, alarms)).toBeCloseTo(0.5);
  expect(offBy("feed", cell, (tag) => (tag === "FIC-303.SPW" ? 10 : 8.5), alarms)).toBeCloseTo(1);
  expect(offBy("oxide", cell, () => Number.NaN, alarms)).toBe(9);
});

test("sorting keeps the order of the line among equals", () => {
  expect(sorted(cells, { by: "oxide" }, (c) => (c.number === 2 ? 1 : 0)).map((c) => c.id)).toEqual(["C002", "C001", "C003"]);
  expect(sorted(cells, { by: "cell" }, () => 1).map((c) => c.id)).toEqual(["C001", "C002", "C003"]);
});
