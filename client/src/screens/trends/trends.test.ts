import { type JournalEvent, type Tag, tagOf } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { niceStep } from "../../parts/trend/paint-axes.ts";
import { findTags } from "../../parts/trend/pens/find-tags.ts";
import { MOST_PENS, type Pen, readPens, withPen, writePens } from "../../parts/trend/pens/pens.ts";
import { demoPlant } from "../../testkit.ts";
import { alarmAddress } from "./alarm-list.tsx";
import { levelsOf, revisionsOf, setpointOf } from "./plot/levels.ts";
import { scalesOf } from "./plot/scales.ts";

const plant = demoPlant();
const cell = plant.cells[0] as NonNullable<(typeof plant.cells)[0]>;
const tag = (name: string): Tag => tagOf(cell, name);
const pensOf = (...names: string[]): Pen[] => names.map((name, place) => ({ tag: tag(name), place, hidden: false, own: false }));

test("an address keeps every pen in its place, hidden or on a scale of its own", () => {
  const text = "C001:TY-100,,C002:EI-201~h,C001:FI-303~h~o";
  const { pens, unknown } = readPens(text, plant);
  expect(pens.map(({ place, hidden, own }) => [place, hidden, own])).toEqual([
    [0, false, false],
    [2, true, false],
    [3, true, true],
  ]);
  expect([writePens(pens), unknown]).toEqual([text, []]);
  expect(writePens(withPen(pens, tag("II-202")) ?? [])).toBe("C001:TY-100,C001:II-202,C002:EI-201~h,C001:FI-303~h~o");
});

test("what is no tag is named, a tag twice is one pen, and a ninth finds no place", () => {
  expect(readPens("C001:TY-100,C999:X,C001:TY-100,<script>", plant)).toMatchObject({
    pens: [{ place: 0 }],
    unknown: ["C999:X", "<script>"],
  });
  const full = [...cell.tags.values()].slice(0, MOST_PENS).map((t, place) => ({ tag: t, place, hidden: false, own: false }));
  expect(withPen(full, tagOf(plant.cells[1] as typeof cell, "TY-100"))).toBeUndefined();
  expect(withPen(full, full[0]?.tag as Tag)).toHaveLength(MOST_PENS);
  expect(readPens(Array(500).fill("C001:TY-100").join(","), plant).pens).toHaveLength(1);
});

test("tags are found by cell, name and words; the cell and name as typed come first", () => {
  const words = (name: string): string => (name === "EI-201" ? "Cell voltage, mean" : name);
  expect(findTags("c002 ty-100", plant, words)[0]?.path).toBe("BT.EL1.L01.C002:TY-100");
  expect(findTags("C003:FI-303", plant, words)[0]?.path).toBe("BT.EL1.L01.C003:FI-303");
  expect(findTags("voltage mean c001", plant, words)[0]?.definition.name).toBe("EI-201");
  expect(findTags("  ", plant, words)).toEqual([]);
});

test("a bath and its setpoint share a scale, its cooling water has another; hidden pens have none", () => {
  const pens = pensOf("TY-100", "TI-503", "TIC-101.SP", "EI-201");
  const scales = scalesOf(pens, pens[0], { axes: 4, layout: "shared" });
  expect(scales.map(({ title, side }) => [title, side])).toEqual([
    ["1 3  °C", "left"],
    ["2  °C", "right"],
    ["4  V", "left"],
  ]);
  const own = pens.map((pen) => ({ ...pen, own: pen.place === 2, hidden: pen.place === 3 }));
  expect(scalesOf(own, undefined, { axes: 1, layout: "lanes" }).map(({ title, lane, shown }) => [title, lane?.index, shown])).toEqual([
    ["1  °C", 0, true],
    ["2  °C", 1, false],
    ["3  °C", 2, false],
  ]);
});

test("limits are those of their time: a revision changes them from then on", () => {
  const before = structuredClone(plant.description);
  const alarm = before.alarms.find((a) => a.id === "TY-100.HI");
  if (alarm?.kind === "limit") alarm.limit += 5;
  const config = (seq: number, time: number, description: unknown): JournalEvent => ({
    seq,
    time,
    kind: "config",
    what: "plant",
    description,
  });
  const events = [config(3, 2000, plant.description), config(2, 1500, { name: "broken" }), config(1, 1000, before)];
  const revisions = revisionsOf([...events, { seq: 4, time: 1, kind: "config", what: "certificate" }]);
  expect(levelsOf(tag("TY-100"), revisions, plant).find(({ text }) => text === "TY-100.HI")?.steps).toEqual([
    { time: 1000, value: 1075 },
    { time: 2000, value: 1070 },
  ]);
  expect(levelsOf(tag("TY-100"), [], plant)[0]?.steps[0]?.time).toBe(Number.NEGATIVE_INFINITY);
  expect(setpointOf(tag("TY-100"), plant)?.definition.name).toBe("TIC-101.SP");
});

test("an alarm leads to the list while it stands, else to the journal of its cell and time", () => {
  const mark = { alarm: "C001:TY-100.HI", time: 1_000_000 };
  expect(alarmAddress(mark, true, 1_000_000)).toBe("/alarms?alarm=C001%3ATY-100.HI");
  expect(alarmAddress(mark, false, 1_000_000 + 7_200_000)).toBe("/alarms?tab=journal&kind=alarm&journal=h8&cell=C001");
});

test("axis steps are 1, 2 or 5 times a power of ten", () => {
  expect([0.03, 0.1, 1.2, 3, 70].map(niceStep).map((step) => Number(step.toPrecision(3)))).toEqual([0.05, 0.1, 2, 5, 100]);
});
