import { Quality } from "@cellhouse/shared";
import { createRng } from "@cellhouse/shared/process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FakePlant, onePlant } from "../publish/fake-plant.ts";
import { Sampler } from "../publish/sampler.ts";
import { Tamper } from "./tamper.ts";

const START = 1_700_000_000_000;

interface Sample {
  tag: string;
  time: number;
  value: number;
  quality: number;
  /** Wall clock at which it went out. */
  at: number;
}

/** A PLC published raw, its measurements moving a little at each scan, with a hand on its data. */
function tampering() {
  const plant = new FakePlant(onePlant());
  const fake = plant.cell("C001");
  const tamper = new Tamper(fake, createRng(1));
  const plc = Object.assign(fake, { tamper });
  const sampler = new Sampler(plc, "raw");
  let now = START;
  /** As PLCs do, what has no scan rate keeps its time while it does not change. */
  const scan = (): void => {
    plant.advance(now, 1);
    for (const [i, { scanMs }] of plc.definitions.entries()) if (scanMs === 0) plc.time[i] = START;
  };
  scan();
  sampler.collect();
  let again = 0;
  /** What goes out in the next seconds, looked at each 100 ms. */
  const run = (seconds: number): Sample[] => {
    const out: Sample[] = [];
    for (const end = now + seconds * 1000; now < end; ) {
      now += 100;
      scan();
      sampler.collect();
      again += sampler.again;
      for (const i of sampler.due.subarray(0, sampler.count)) {
        const tag = plc.definitions[i]?.name as string;
        const [time, value, quality] = [sampler.time, sampler.value, sampler.quality].map((column) => column[i] as number) as [
          number,
          number,
          number,
        ];
        out.push({ tag, time, value, quality, at: now });
      }
    }
    return out;
  };
  const of = (tag: string, seconds: number): Sample[] => run(seconds).filter((sample) => sample.tag === tag);
  return { plc, tamper, run, of, again: () => again, now: () => now };
}

const distinct = (samples: readonly Sample[]): number => new Set(samples.map(({ tag, time }) => `${tag} ${time}`)).size;

test("a sound PLC is published as it is", () => {
  const { tamper, of } = tampering();
  expect(tamper.active).toBe(false);
  expect(of("TI-101", 10).map(({ at, time }) => at - time)).toEqual(Array(10).fill(0));
});

test("a stuck tag is scanned as ever and stands still; the others move; then it moves again", () => {
  const { tamper, run } = tampering();
  run(5);
  tamper.stick("TI-101");
  const out = run(20);
  const values = (tag: string): number => new Set(out.filter((s) => s.tag === tag).map((s) => s.value)).size;
  expect(out.filter((s) => s.tag === "TI-101")).toHaveLength(20);
  expect(values("TI-101")).toBe(1);
  expect(values("TI-103")).toBe(20);
  tamper.clear();
  expect(
    new Set(
      run(5)
        .filter((s) => s.tag === "TI-101")
        .map((s) => s.value),
    ).size,
  ).toBeGreaterThan(4);
});

test("spikes are single samples off by their size, as often as ordered, and stay inside the range", () => {
  const { tamper, plc, of } = tampering();
  tamper.spikes.push({ tag: plc.index("TI-101"), size: 0.9, every: 10 });
  const values = of("TI-101", 1000).map((s) => s.value);
  const far = values.filter((value, k) => k > 0 && value - (values[k - 1] as number) > 50);
  expect(far.length).toBeGreaterThan(60);
  expect(far.length).toBeLessThan(140);
  expect(Math.max(...values)).toBeLessThanOrEqual(1300);
});

test("a burst of bad quality keeps the values and ends", () => {
  const { tamper, of } = tampering();
  tamper.spoil("EI-201");
  expect(of("EI-201", 5).map((s) => s.quality)).toEqual(Array(5).fill(Quality.Bad));
  tamper.clear();
  expect(of("EI-201", 5).at(-1)?.quality).toBe(Quality.Good);
});

test.each([5, -5, 3600, -3600])(
  "a clock %s s off shifts source times and the PLC's own clock, and no sample takes another's name",
  (offset) => {
    const { tamper, plc, run, now } = tampering();
    const out = run(30);
    tamper.offset = offset * 1000;
    const skewed = run(30);
    for (const { at, time } of skewed) expect(Math.abs(time - at - offset * 1000)).toBeLessThan(100);
    plc.set("KI-907", now());
    const clock = run(10).find((s) => s.tag === "KI-907");
    expect(clock?.value).toBeCloseTo(now() + offset * 1000, -5);
    tamper.clear();
    out.push(...skewed, ...run(30));
    tamper.offset = offset * 1000 + 100;
    out.push(...run(30));
    expect(distinct(out)).toBe(out.length);
  },
);

test("a clock that runs 50 ppm fast is 180 ms ahead after an hour", () => {
  const { tamper, of } = tampering();
  tamper.drift = 50;
  const [first, ...rest] = of("YC-905", 3600);
  const last = rest.at(-1) as Sample;
  expect(last.time - last.at - ((first as Sample).time - (first as Sample).at)).toBeCloseTo(180, -1);
});

test("late samples keep their times and their order, and none is lost when the delay ends", () => {
  const { tamper, of } = tampering();
  tamper.late = 5000;
  const out = of("TI-101", 20);
  expect(out).toHaveLength(15);
  for (const { at, time } of out) expect(at - time).toBe(5000);
  tamper.clear();
  const rest = of("TI-101", 5);
  expect(rest).toHaveLength(10);
  const times = [...out, ...rest].map((s) => s.time);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  of("TI-101", 60);
  expect(tamper.active).toBe(false);
});

test("out of order some arrive after younger ones, and all arrive", () => {
  const { tamper, of } = tampering();
  tamper.shuffle = 0.3;
  tamper.shuffleMs = 3000;
  const out = of("TI-101", 100);
  tamper.clear();
  out.push(...of("TI-101", 5));
  const overtaken = out.filter((s, k) => k > 0 && s.time < (out[k - 1] as Sample).time).length;
  expect(overtaken).toBeGreaterThan(5);
  expect(distinct(out)).toBe(out.length);
  expect(out).toHaveLength(105);
});

test("what goes out twice is listed apart from what is new", () => {
  const { tamper, run, again } = tampering();
  tamper.share = 1;
  const out = run(10);
  expect(again()).toBe(out.length);
  expect(distinct(out)).toBe(out.length);
});

test("whatever holds samples back, every one of them goes out exactly once", () => {
  const settings = fc.record({
    late: fc.nat(8000),
    shuffle: fc.double({ min: 0, max: 1, noNaN: true }),
    shuffleMs: fc.nat(5000),
    seconds: fc.integer({ min: 1, max: 8 }),
  });
  fc.assert(
    fc.property(fc.array(settings, { maxLength: 4 }), (course) => {
      const { tamper, run } = tampering();
      const plain = tampering();
      const out: Sample[] = [];
      for (const { seconds, ...setting } of course) {
        tamper.clear();
        Object.assign(tamper, setting);
        out.push(...run(seconds));
      }
      tamper.clear();
      out.push(...run(70));
      const wanted = plain.run(course.reduce((sum, { seconds }) => sum + seconds, 70));
      const names = (samples: readonly Sample[]): string[] => samples.map((s) => `${s.tag} ${s.time} ${s.value}`).sort();
      expect(names(out)).toEqual(names(wanted));
    }),
    { numRuns: 50 },
  );
});
