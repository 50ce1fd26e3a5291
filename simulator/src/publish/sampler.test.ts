import { Quality } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { FakePlant, onePlant } from "./fake-plant.ts";
import { type PublishMode, Sampler } from "./sampler.ts";

const START = 1_700_000_000_000;

function sampling(mode: PublishMode) {
  const plant = new FakePlant(onePlant());
  const plc = plant.cell("C001");
  const sampler = new Sampler(plc, mode);
  plant.advance(START);
  sampler.collect();
  /** Names due at the scan `ms` after the start. */
  const at = (ms: number): string[] => {
    plant.advance(START + ms);
    sampler.collect();
    return [...sampler.due.subarray(0, sampler.count)].map((i) => plc.definitions[i]?.name as string);
  };
  return { plc, sampler, at };
}

test("the first look hands out every tag once", () => {
  const { sampler } = sampling("exception");
  expect(sampler.count).toBe(sampler.image.definitions.length);
});

test("raw publishes each tag at its scan rate, about sixteen samples a second for a cell", () => {
  const { at } = sampling("raw");
  const counts = new Map<string, number>();
  for (let ms = 100; ms <= 60_000; ms += 100) for (const name of at(ms)) counts.set(name, (counts.get(name) ?? 0) + 1);
  expect(counts.get("TI-101")).toBe(60);
  expect(counts.get("TI-102")).toBe(12);
  expect(counts.get("XI-207")).toBe(6);
  expect(counts.get("XI-208")).toBe(1);
  expect(counts.has("YS-901")).toBe(false);
  const perSecond = [...counts.values()].reduce((a, b) => a + b, 0) / 60;
  expect(perSecond).toBeGreaterThan(15.5);
  expect(perSecond).toBeLessThan(16.5);
});

test("by exception only what left its deadband goes out, at the scan of the tag", () => {
  const { plc, at } = sampling("exception");
  expect([100, 600, 1100].flatMap(at)).toEqual([]);
  plc.set("TI-101", (plc.value[plc.index("TI-101")] as number) + 0.5);
  expect([1600, 2100].flatMap(at)).toEqual([]);
  plc.set("TI-101", (plc.value[plc.index("TI-101")] as number) + 0.1);
  expect([2600, 3100].flatMap(at)).toEqual(["TI-101"]);
});

test("a tag without a scan rate goes out in the scan in which it changed", () => {
  const { plc, at } = sampling("raw");
  plc.set("HS-910", 3);
  expect(at(100)).toContain("HS-910");
  expect(at(200)).not.toContain("HS-910");
});

test("a change of quality goes out with its scan whatever the deadband, and a missing number is Bad", () => {
  const { plc, sampler, at } = sampling("exception");
  plc.set("TI-101", Number.NaN);
  expect(at(1000)).toEqual(["TI-101"]);
  expect(sampler.quality[plc.index("TI-101")]).toBe(Quality.Bad);
  expect(at(2000)).toEqual([]);
  plc.set("TI-101", 650, Quality.Uncertain);
  expect(at(3000)).toEqual(["TI-101"]);
});

test("two samples of one tag never share a source time, and an unchanged one is not counted twice", () => {
  const { plc, sampler } = sampling("exception");
  sampler.collectAll();
  expect(sampler.count).toBe(0);
  plc.set("FIC-303.SP", 12.5);
  sampler.collect();
  const i = plc.index("FIC-303.SP");
  expect([...sampler.due.subarray(0, sampler.count)]).toEqual([i]);
  expect(sampler.time[i]).toBe(START + 1);
});

test("values are rounded as their type carries them", () => {
  const { plc, sampler, at } = sampling("raw");
  plc.set("TI-101", 1050.1);
  plc.set("YS-901", -1);
  for (let ms = 100; ms <= 1000; ms += 100) at(ms);
  expect(sampler.value[plc.index("TI-101")]).toBe(Math.fround(1050.1));
  expect(sampler.value[plc.index("YS-901")]).toBe(0xffffffff);
});

test("a clock set back is followed: the next scan is a new sample", () => {
  const { at } = sampling("raw");
  at(10_000);
  expect(at(5000)).toContain("TI-101");
});
