import { buildPlant, type Cell, Quality, STATUS } from "@cellhouse/shared";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Crew } from "./crew.ts";
import { CellField } from "./field.ts";
import { LinePlc } from "./line.ts";
import { Hall, read, smallPlant } from "./testing.ts";

function line(hall: Hall, number: number): LinePlc {
  const plc = hall.sim.lines[number - 1];
  if (!(plc instanceof LinePlc)) throw new Error(`no line ${number}`);
  return plc;
}

const shown = (hall: Hall, number: number, tag: string): number => read(line(hall, number), tag).value;

/** A hall of one line of 24 PrNd cells. */
function wholeLine(speed: number): Hall {
  const { description } = smallPlant();
  const own = { ...description.lines[0], id: "L01", cells: 24, recipe: "PrNd" } as (typeof description.lines)[0];
  return new Hall({ speed, plant: buildPlant({ ...description, lines: [own] }) });
}

test("a calm line shows what its cells and its plant do", () => {
  const hall = new Hall().run(120);
  for (const [tag, low, high] of [
    ["XI-004", 0.9, 1],
    ["TI-006", 60, 72],
    ["YS-009", 0, 0],
    ["NQ-209", 0, 0],
    ["NI-312", 1001, 1001],
    ["PI-512", 330, 370],
    ["TI-513", 31, 33],
    ["YS-515", 1, 1],
    ["LI-516", 70, 85],
    ["SI-612", 40, 48],
    ["PI-615", -480, -430],
    ["AI-617", 0.1, 1],
    ["AI-618", 15, 25],
    ["AI-620", 0, 0.01],
    ["AI-701", 1, 2],
  ] as const) {
    expect(shown(hall, 1, tag), tag).toBeGreaterThanOrEqual(low);
    expect(shown(hall, 1, tag), tag).toBeLessThanOrEqual(high);
  }
  expect(shown(hall, 1, "JI-005") / shown(hall, 1, "JI-003")).toBeCloseTo(1.05, 2);
  expect(shown(hall, 1, "FI-613")).toBeCloseTo(3 * 2500, -2);
});

test("the largest line a plant file allows stays within the ranges of its tags", () => {
  const { description } = smallPlant();
  const largest = { current: 40_000, currentEfficiency: 0.78, voltage: 9.93 };
  for (const own of description.lines) {
    const lines = [{ ...own, cells: 99, class: "40kA", recipe: "PrNd" }];
    const hall = new Hall({ plant: buildPlant({ ...description, classes: { "40kA": largest }, lines }) }).run(3);
    const [plc] = hall.sim.lines;
    for (const [i, { name }] of plc?.definitions.entries() ?? []) expect(plc?.quality[i], name).toBe(Quality.Good);
  }
});

test("the header carries away what clamps and rectifier give", () => {
  const hall = new Hall().run(300);
  const heat = (shown(hall, 1, "FI-511") / 3.6) * 4.186 * (shown(hall, 1, "TI-514") - shown(hall, 1, "TI-513"));
  const given = 3 * 3 + shown(hall, 1, "JI-005") - shown(hall, 1, "JI-003");
  expect(heat / given).toBeGreaterThan(0.85);
  expect(heat / given).toBeLessThan(1.15);
});

test.each([
  [1, 1, 4],
  [2, 4, 1],
])(
  "a trip of line %i takes the current from its cells within seconds, and gives it back over minutes without an anode effect",
  (number, ours, other) => {
    const hall = new Hall().run(10);
    line(hall, number).trip(true);
    hall.run(4);
    expect(hall.read(ours, "II-202")).toBeLessThan(60);
    expect(hall.read(ours, "YS-901") & (STATUS.powerOn | STATUS.feederRun)).toBe(0);
    expect(hall.read(other, "II-202")).toBeGreaterThan(5800);
    expect(shown(hall, number, "YS-009")).toBe(1);
    expect(shown(hall, number, "II-001")).toBeLessThan(0.2);
    hall.run(60);
    expect(shown(hall, number, "JI-005")).toBe(0);
    line(hall, number).trip(false);
    hall.run(100);
    expect(hall.read(ours, "II-202")).toBeGreaterThan(1800);
    expect(hall.read(ours, "II-202")).toBeLessThan(2300);
    hall.run(400, () => expect(hall.read(ours, "YS-901") & STATUS.anodeEffect).toBe(0));
    expect(hall.read(ours, "II-202")).toBeGreaterThan(5700);
    expect(shown(hall, number, "YS-009")).toBe(0);
  },
);

test("when the fan trips the draft is lost in half a minute and the hall fills with carbon monoxide; the next line breathes on", () => {
  const hall = new Hall().run(60);
  line(hall, 1).fanTrip(true);
  expect(hall.until(60, () => hall.read(1, "PI-601") > -20)).toBeLessThan(45);
  expect(shown(hall, 1, "YS-611")).toBe(0);
  expect(hall.until(600, () => shown(hall, 1, "AI-701") > 20)).toBeLessThan(300);
  expect(hall.until(600, () => shown(hall, 1, "AI-701") > 30)).toBeLessThan(400);
  expect(hall.read(4, "PI-601")).toBeLessThan(-100);
  expect(shown(hall, 2, "AI-701")).toBeLessThan(2);
  line(hall, 1).fanTrip(false);
  expect(hall.until(180, () => hall.read(1, "PI-601") < -100)).toBeLessThan(120);
  expect(hall.until(3600, () => shown(hall, 1, "AI-701") < 5)).toBeLessThan(1800);
});

test("when the pump trips no cell of the line has water within seconds", () => {
  const hall = new Hall().run(60);
  line(hall, 2).pumpTrip(true);
  expect(hall.until(60, () => hall.read(4, "FI-501") < 8)).toBeLessThan(15);
  hall.run(30);
  expect(hall.read(5, "FI-501")).toBeLessThan(1);
  expect(shown(hall, 2, "FI-511")).toBeLessThan(1);
  expect(shown(hall, 2, "PI-512")).toBeLessThan(5);
  expect(shown(hall, 2, "YS-515")).toBe(0);
  expect(hall.read(1, "FI-501")).toBeGreaterThan(17);
  line(hall, 2).pumpTrip(false);
  hall.run(40);
  expect(hall.read(4, "FI-501")).toBeGreaterThan(17);
});

test("an anode effect is counted by its line and seen in the stack within two minutes, until the plant's midnight", () => {
  const hall = new Hall().run(30);
  const { state } = hall.cell(1).field;
  state.dissolved = 0.0088 * state.bath;
  expect(hall.until(150, () => shown(hall, 1, "AI-620") > 0.2)).toBeLessThan(150);
  expect(shown(hall, 1, "NQ-209")).toBe(1);
  expect(shown(hall, 2, "NQ-209")).toBe(0);
  hall.now += 86_400_000;
  hall.run(20);
  expect(shown(hall, 1, "NQ-209")).toBe(0);
});

test("six hoppers that call at once are all filled, the last after minutes of waiting, and none runs low meanwhile", () => {
  const hall = wholeLine(1);
  const six = line(hall, 1).cells.slice(0, 6);
  for (const { field } of six) field.hopper = 17.5;
  hall.run(150);
  expect(six.filter(({ field }) => field.hopper > 50).length).toBe(2);
  expect(shown(hall, 1, "YS-313")).toBe(1);
  hall.run(300, () => {
    for (const plc of six) expect(read(plc, "YS-902").value).toBe(0);
  });
  expect(six.filter(({ field }) => field.hopper > 50).length).toBe(6);
});

test("one crew taps 24 cells, one after the other, each every two hours", () => {
  const hall = wholeLine(60);
  const { cells } = line(hall, 1);
  const begun = cells.map((): number[] => []);
  const before = cells.map(() => false);
  hall.run(3 * 60, () => {
    expect(cells.filter(({ crew }) => crew.busy).length).toBeLessThanOrEqual(1);
    for (const [i, { crew }] of cells.entries()) {
      if (crew.tapping && !before[i]) begun[i]?.push(hall.now / 1000); // a second is a minute
      before[i] = crew.tapping;
    }
  });
  expect(begun.filter((taps) => taps.length === 0)).toEqual([]);
  const gaps = begun.flatMap(([first, second]) => (first !== undefined && second !== undefined ? [second - first] : []));
  expect(gaps.length).toBeGreaterThan(6);
  expect(Math.min(...gaps)).toBeGreaterThan(100);
  expect(Math.max(...gaps)).toBeLessThan(140);
});

test.each([
  [0.0012, 8, 8.2],
  [0.0009, 9.5, 12],
  [0, 14, 14.1],
])(
  "an anode is changed when the most worn has had its 39 mm, 8 to 14 hours after the last: at %s m/h after %s to %s h",
  (wear, low, high) => {
    const field = new CellField(smallPlant().cells[0] as Cell, 1);
    const crew = new Crew(field, 1);
    const ends: number[] = [];
    let were = false;
    for (let s = 0; s < 100 * 3600; s++) {
      for (let k = 0; k < 4; k++) field.state.wear[k] = (field.state.wear[k] as number) + wear / 3600;
      if (crew.lateness() >= 0 && !crew.busy) crew.beginDue();
      crew.second();
      if (were && !crew.changing) ends.push(s / 3600);
      were = crew.changing;
    }
    const last = ends.slice(-3);
    for (let k = 1; k < 3; k++) {
      const gap = (last[k] as number) - (last[k - 1] as number);
      expect(gap).toBeGreaterThan(low);
      expect(gap).toBeLessThan(high);
    }
  },
);

test("a tap by hand ends with what was poured; an anode change by hand sets the anode that was named", () => {
  const hall = new Hall().run(5);
  const { crew, field } = hall.cell(1);
  const before = field.state.metal;
  expect(crew.beginTap()).toEqual({ ok: true });
  expect(crew.beginTap()).toMatchObject({ ok: false, code: "E_FIELD_REFUSED" });
  expect(crew.beginChange(1)).toMatchObject({ ok: false });
  hall.run(30);
  expect(hall.read(1, "YS-901") & STATUS.tapping).not.toBe(0);
  expect(crew.endTap()).toEqual({ ok: true });
  expect(crew.endTap()).toMatchObject({ ok: false });
  hall.run(2);
  expect(hall.read(1, "WI-404")).toBeGreaterThan(1);
  expect(field.state.metal + hall.read(1, "WI-404")).toBeCloseTo(before + (32 * 8.16) / 3600, 1);
  expect(crew.beginChange(2)).toEqual({ ok: true });
  hall.run(310);
  expect(crew.changing).toBe(false);
  expect(field.state.wear[1]).toBeLessThan(0.0002);
  expect(crew.endChange()).toMatchObject({ ok: false });
});

test("there are anodes 1 to 4 and no others", () => {
  const { crew } = new Hall().cell(1);
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.integer({ min: -5, max: 9 })), (anode) => {
      const verdict = crew.beginChange(anode);
      expect(verdict.ok).toBe([1, 2, 3, 4].includes(anode));
      if (verdict.ok) crew.endChange();
      else expect(verdict.detail).toContain("1 to 4");
    }),
  );
});

test("a cold cell is neither tapped nor given an anode; it is served when it is warm again", () => {
  const hall = new Hall({ speed: 60 }).run(5);
  const { crew, field } = hall.cell(1);
  line(hall, 1).trip(true);
  hall.run(200, () => expect(crew.busy).toBe(false));
  expect(field.state.temperature).toBeLessThan(1000);
});

test("a dip gives the hand thermocouple's reading for one second, every two to four hours", () => {
  const field = new CellField(smallPlant().cells[0] as Cell, 1);
  const crew = new Crew(field, 1);
  const read: { at: number; off: number }[] = [];
  for (let s = 0; s < 20 * 3600; s++) {
    if (crew.lateness() >= 0 && !crew.busy) crew.beginDue();
    crew.second();
    if (!Number.isNaN(crew.dipped)) read.push({ at: s / 3600, off: crew.dipped - field.state.temperature });
  }
  expect(read.length).toBeGreaterThanOrEqual(5);
  for (const { off } of read) expect(Math.abs(off)).toBeLessThan(6);
  const gaps = read.slice(1).map(({ at }, k) => at - (read[k] as { at: number }).at);
  expect(Math.min(...gaps)).toBeGreaterThan(2);
  expect(Math.max(...gaps)).toBeLessThan(4.2);
});
