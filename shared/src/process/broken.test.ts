/** What breaks inside a cell, as the model shows it. */
import { expect, test } from "vitest";
import { near, steady, tick } from "./rig.ts";

test("an anode without contact carries nothing: the others take a third more, and the bath resists a third more", () => {
  const r = steady();
  const { bathOhm } = r.cell;
  r.input.contact[1] = 0;
  tick(r);
  expect(r.cell.share[1]).toBe(0);
  for (const k of [0, 2, 3]) near(r.cell.share[k] as number, 1 / 3, 0.001);
  near(r.cell.bathOhm / bathOhm, 4 / 3, 0.06);
});

test("a short that leaves two fifths of the bath's resistance holds the cell below 6 V at full current", () => {
  const r = steady();
  r.input.bathOhm = 0.4;
  tick(r);
  expect(r.cell.voltage).toBeLessThan(6);
  expect(r.cell.current).toBe(6000);
});

test("a crust of half as much resistance again costs 3.6 V", () => {
  const r = steady();
  const { voltage } = r.cell;
  r.input.bathOhm = 1.5;
  tick(r);
  near(r.cell.voltage - voltage, 3.6, 0.1);
});
