import { type DisturbanceKind, Quality, STRUCK_TAGS } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { Sampler } from "../publish/sampler.ts";
import { struck } from "./testing.ts";

/** What the publishers hand out of C001 for `seconds` with a fault on its data, and the truth beside it. */
function published(kind: DisturbanceKind, args: Record<string, number>, seconds: number) {
  const hall = struck(kind, { args });
  const plc = hall.cell(1);
  const sampler = new Sampler(plc, "raw");
  const out: { tag: string; time: number; value: number; quality: number; truth: number; at: number }[] = [];
  let again = 0;
  const column = (c: Float64Array | Uint8Array, i: number): number => c[i] as number;
  hall.run(seconds, () => {
    sampler.collect();
    again += sampler.again;
    for (const i of sampler.due.subarray(0, sampler.count)) {
      const sample = { time: column(sampler.time, i), value: column(sampler.value, i), quality: column(sampler.quality, i) };
      out.push({ tag: plc.definitions[i]?.name as string, ...sample, truth: column(plc.value, i), at: hall.now });
    }
  });
  const of = (tag: string) => out.filter((sample) => sample.tag === tag).slice(1);
  return { hall, out, of, again };
}

const place = (tag: string): number => STRUCK_TAGS.indexOf(tag);

test("stuck_value: what is published stands still while the PLC sees the truth", () => {
  const { of } = published("stuck_value", { tag: place("TI-103") }, 30);
  const samples = of("TI-103");
  expect(samples.length).toBeGreaterThan(25);
  expect(new Set(samples.map((s) => s.value)).size).toBe(1);
  expect(new Set(samples.map((s) => s.truth)).size).toBeGreaterThan(25);
});

test("spike: about one sample in ten off by a fifth of the range, the PLC's own value untouched", () => {
  const samples = published("spike", { tag: place("EI-201"), size: 20, every: 10 }, 300).of("EI-201");
  const spiked = samples.filter((s) => Math.abs(s.value - s.truth - 10) < 0.01);
  expect(spiked.length).toBeGreaterThan(15);
  expect(spiked.length).toBeLessThan(50);
  expect(samples.filter((s) => s.value !== s.truth)).toHaveLength(spiked.length);
});

test("bad_quality: of one tag, or of all measurements; heartbeat and words stay good", () => {
  const one = published("bad_quality", { tag: 1 + place("TI-101") }, 10);
  expect(one.of("TI-101").every((s) => s.quality === Quality.Bad)).toBe(true);
  expect(one.of("EI-201").every((s) => s.quality === Quality.Good)).toBe(true);
  const all = published("bad_quality", { tag: 0 }, 10);
  for (const tag of ["TI-101", "EI-201", "II-202"]) expect(all.of(tag).every((s) => s.quality === Quality.Bad)).toBe(true);
  expect(all.of("YC-905").every((s) => s.quality === Quality.Good)).toBe(true);
});

test("clock_skew of an hour: every source time and KI-907", () => {
  const { of } = published("clock_skew", { offset: -3600 }, 30);
  for (const { time, at } of of("TI-101")) expect(Math.abs(at - 3_600_000 - time)).toBeLessThan(1100);
  for (const { value, at } of of("KI-907")) expect(Math.abs(at - 3_600_000 - value)).toBeLessThan(11_000);
});

test("duplicate: all twice, or a share", () => {
  const all = published("duplicate", {}, 10);
  expect(all.again).toBe(all.out.length);
  const some = published("duplicate", { share: 20 }, 60);
  expect(some.again / some.out.length).toBeCloseTo(0.2, 1);
});

test("late: nothing for the delay, then all with its own time", () => {
  const samples = published("late", { delay: 20 }, 60).of("TI-101");
  expect(samples.length).toBeGreaterThan(36);
  for (const { at, time } of samples) expect(at - time).toBeGreaterThanOrEqual(20_000);
});

test("out_of_order: some arrive after younger ones", () => {
  const samples = published("out_of_order", { share: 30 }, 120).of("TI-101");
  const overtaken = samples.filter((s, k) => k > 0 && s.time < (samples[k - 1]?.time ?? 0));
  expect(overtaken.length).toBeGreaterThan(5);
});

test("the process runs the same with and without a fault on its data", () => {
  const { hall } = published("spike", { every: 2 }, 60);
  const sound = struck("duplicate").run(60);
  expect([...hall.cell(1).value]).toEqual([...sound.cell(1).value]);
});
