import { Quality, readStatus } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { Hall, read, START, smallPlant } from "./plc/testing.ts";

test("the first image is whole and good for every recipe", () => {
  const { sim } = new Hall();
  for (const plc of [...sim.cells, ...sim.lines])
    for (const [i, d] of plc.definitions.entries()) {
      expect(plc.value[i], `${plc.home.id} ${d.name}`).not.toBeNaN();
      expect(plc.quality[i], `${plc.home.id} ${d.name}`).toBe(Quality.Good);
      expect(plc.time[i], `${plc.home.id} ${d.name}`).toBe(START);
    }
});

test("every value that is held in 32 bits is published as such", () => {
  const hall = new Hall().run(5);
  for (const plc of hall.sim.cells)
    for (const [i, d] of plc.definitions.entries()) if (d.type === "f32") expect(plc.value[i]).toBe(Math.fround(plc.value[i] as number));
});

test("each tag keeps its own scan on its cell's grid, and the cells spread over the second", () => {
  const hall = new Hall().run(130);
  const seen = new Map<string, Set<number>>();
  hall.run(130, () => {
    for (const plc of hall.sim.cells)
      for (const [i, d] of plc.definitions.entries()) {
        if (d.scanMs === 0) continue;
        const key = `${plc.home.id} ${d.name}`;
        const times = seen.get(key) ?? new Set();
        seen.set(key, times.add(plc.time[i] as number));
      }
  });
  for (const plc of hall.sim.cells)
    for (const d of plc.definitions) {
      if (d.scanMs === 0) continue;
      const times = [...(seen.get(`${plc.home.id} ${d.name}`) as Set<number>)];
      for (let k = 1; k < times.length; k++) expect((times[k] as number) - (times[k - 1] as number), d.name).toBe(d.scanMs);
      expect(times.length).toBeGreaterThan(1);
    }
  const offsets = hall.sim.cells.map((plc) => read(plc, "TI-101").time % 1000);
  expect(new Set(offsets).size).toBe(hall.sim.cells.length);
});

test("what reports on change keeps the time of its change", () => {
  const hall = new Hall().run(30);
  const plc = hall.cell(1);
  expect(read(plc, "FIC-303.SP").time).toBe(START);
  plc.write("FIC-303.SP", 9);
  hall.run(10);
  expect(read(plc, "FIC-303.SP").time).toBeGreaterThan(START + 30_000);
  expect(read(plc, "FIC-303.SP").time).toBeLessThanOrEqual(START + 30_200);
});

test("the same seed gives the same hall, however often it is called; another seed another", () => {
  const image = (hall: Hall): number[] => hall.sim.cells.flatMap((plc) => [...plc.value, ...plc.time]);
  const whole = new Hall({ seed: 7 });
  whole.now += 60_000;
  whole.sim.advance(whole.now);
  const often = new Hall({ seed: 7 });
  while (often.now < START + 60_000) {
    often.now += 33;
    often.sim.advance(Math.min(often.now, START + 60_000));
  }
  expect(image(often)).toEqual(image(whole));
  expect(image(new Hall({ seed: 8 }).run(60))).not.toEqual(image(whole));
});

test("at speed 60 an hour of process passes in a minute, and source times stay wall time", () => {
  const hall = new Hall({ speed: 60 });
  const before = hall.cell(1).field.state.totals.kAh;
  hall.run(60);
  expect(hall.cell(1).field.state.totals.kAh - before).toBeCloseTo(6, 0);
  const { time } = read(hall.cell(1), "TI-101");
  expect(time).toBeGreaterThan(hall.now - 1000);
  expect(time).toBeLessThanOrEqual(hall.now);
  expect(hall.read(1, "YC-905")).toBe(61);
  expect(Math.abs(hall.read(1, "KI-907") - hall.now)).toBeLessThan(10_000);
});

test("a machine that slept goes on from now", () => {
  const hall = new Hall().run(10);
  const { kAh } = hall.cell(1).field.state.totals;
  hall.now += 8 * 3_600_000;
  hall.sim.advance(hall.now);
  hall.run(2);
  expect(hall.cell(1).field.state.totals.kAh - kAh).toBeLessThan(0.01);
  expect(hall.now - read(hall.cell(1), "TI-101").time).toBeLessThanOrEqual(1000);
});

test("a clock set back an hour stops nothing", () => {
  const hall = new Hall().run(10);
  const beat = hall.read(1, "YC-905");
  hall.now -= 3_600_000;
  hall.run(10);
  expect(hall.read(1, "YC-905")).toBeGreaterThanOrEqual(beat + 9);
  expect(read(hall.cell(1), "TI-101").time).toBeLessThanOrEqual(hall.now);
});

test("a line shows the sum of its cells, or in series the one current and the sum of the voltages", () => {
  const hall = new Hall().run(5);
  const [own, series] = hall.sim.lines;
  if (own === undefined || series === undefined) throw new Error("two lines");
  expect(read(own, "II-001").value).toBeCloseTo(18, 0);
  expect(read(own, "EI-002").value).toBeCloseTo(9.9, 0);
  expect(read(series, "II-001").value).toBeCloseTo(6, 1);
  expect(read(series, "EI-002").value).toBeGreaterThan(19);
  expect(read(series, "JI-003").value).toBeCloseTo(119, -1);
  expect(series.write("II-001", 5)).toMatchObject({ ok: false, code: "E_NOT_WRITABLE" });
});

test("a calm hall stays calm: four hours without a limit touched, taps and anode changes included", () => {
  const hall = new Hall({ speed: 60, seed: 3 });
  const phases = new Set<string>();
  const limits: [tag: string, low: number, high: number][] = [
    ["EI-201", 7.5, 11],
    ["EI-201N", 0, 200],
    ["XI-209", 0, 0.7],
    ["WI-302", 15, 60],
    ["FI-501", 14, 60],
    ["TI-503", 0, 52],
    ["TI-104A", 0, 300],
    ["PI-601", -500, -20],
    ["YS-902", 0, 0],
    ["XS-209", 0, 0],
  ];
  hall.run(240, () => {
    for (const plc of hall.sim.cells) {
      for (const [tag, low, high] of limits) {
        const { value, quality } = read(plc, tag);
        expect(value, `${plc.home.id} ${tag}`).toBeGreaterThanOrEqual(low);
        expect(value, `${plc.home.id} ${tag}`).toBeLessThanOrEqual(high);
        expect(quality).toBe(Quality.Good);
      }
      const cell = smallPlant().cell(plc.home.id);
      expect(Math.abs(read(plc, "TY-100").value - (cell?.recipe.temperature ?? 0)), plc.home.id).toBeLessThan(15);
      phases.add(readStatus(read(plc, "YS-901").value).phase);
    }
  });
  expect([...phases].sort()).toEqual(["ANODE_CHANGE", "RUN", "TAP"]);
});
