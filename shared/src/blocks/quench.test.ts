import { expect, test } from "vitest";
import {
  askQuench,
  beginEffect,
  createEffectWatch,
  createQuench,
  type EffectInput,
  effectRisk,
  type QuenchInput,
  seeEffect,
  stepQuench,
} from "./index.ts";

const CALM: EffectInput = { volts: 9.9, amps: 6000, usual: 9.9, demand: 6000, ceiling: 24, limit: 14 };

/** Seconds until an effect is seen; Infinity within ten. */
function seenAfter(change: Partial<EffectInput>): number {
  const watch = createEffectWatch();
  for (let scan = 1; scan <= 100; scan++) if (seeEffect(watch, { ...CALM, ...change }, 0.1)) return scan / 10;
  return Number.POSITIVE_INFINITY;
}

test.each<[string, Partial<EffectInput>, number]>([
  ["3 V over the usual", { volts: 13 }, 1],
  ["a voltage at the ceiling with the current fallen", { volts: 23.5, amps: 4400, usual: 21 }, 1],
  ["more than the limit", { volts: 14.1, usual: 12 }, 2],
])("%s is seen in time", (_sign, change, seconds) => {
  expect(seenAfter(change)).toBeCloseTo(seconds, 0);
});

test.each<[string, Partial<EffectInput>]>([
  ["a calm cell", {}],
  ["a rise of 2.9 V", { volts: 12.8 }],
  ["the ceiling at full current", { volts: 23.5, usual: 21, limit: 40 }],
  ["no reading", { volts: Number.NaN }],
])("%s is no effect", (_sign, change) => {
  expect(seenAfter(change)).toBe(Number.POSITIVE_INFINITY);
});

test("a sign that pauses begins anew", () => {
  const watch = createEffectWatch();
  for (let scan = 0; scan < 100; scan++) expect(seeEffect(watch, { ...CALM, volts: scan % 8 === 0 ? 9.9 : 13 }, 0.1)).toBe(false);
});

test("the risk is low in calm, high with a steep slope, and a dead feeder alone speaks while the slope is blanked", () => {
  const calm = { slope: 0.3, rise: 0, noise: 56, blanked: false, feederFault: false, oxide: 2 };
  expect(effectRisk(calm)).toBeLessThan(0.05);
  expect(effectRisk({ ...calm, slope: 5, rise: 0.3 })).toBeGreaterThan(0.9);
  expect(effectRisk({ ...calm, slope: 50, blanked: true })).toBeLessThan(0.05);
  expect(effectRisk({ ...calm, blanked: true, feederFault: true, oxide: 1 })).toBeGreaterThan(5 * effectRisk({ ...calm, blanked: true }));
});

const NORMAL: QuenchInput = {
  volts: 9.9,
  usual: 9.9,
  feederFault: false,
  inhibited: false,
  percent: 30,
  hold: 30,
  ramp: 240,
  shot: 2.5,
};

/** A quench and what it has asked for. */
class Bench {
  readonly q;
  readonly input: QuenchInput = { ...NORMAL };
  fed = 0;
  /** Cut below which the film dies, or none. */
  dies = 0.5;

  constructor(series = false) {
    this.q = createQuench(series);
  }

  begin(): this {
    beginEffect(this.q);
    this.input.volts = 24;
    return this;
  }

  run(seconds: number, each: () => void = () => undefined): this {
    for (let s = 0; s < seconds; s++) {
      stepQuench(this.q, this.input);
      this.fed += this.q.feed;
      if (this.q.cut < this.dies) this.input.volts = 6;
      each();
    }
    return this;
  }
}

test("own rectifier: down to 30 % in 3 s with one shot, held 30 s, back over 240 s", () => {
  const bench = new Bench().begin().run(3);
  expect(bench.q.cut).toBeCloseTo(0.3, 9);
  expect(bench.fed).toBe(2.5);
  bench.run(10);
  expect([bench.q.active, bench.q.state]).toEqual([false, "hold"]);
  bench.run(19);
  bench.run(120);
  expect(bench.q.cut).toBeCloseTo(0.65, 1);
  bench.run(125);
  expect([bench.q.cut, bench.q.state, bench.fed]).toEqual([1, "watch", 2.5]);
});

test("an effect that the cut does not end is cut and fed twice again, then it stands by for people", () => {
  const bench = new Bench().begin();
  bench.dies = 0;
  bench.run(95);
  expect([bench.fed, bench.q.state, bench.q.cut]).toEqual([7.5, "standby", 0.3]);
  expect(bench.q.active).toBe(true);
});

test("a dead feeder: stands by until it feeds again, then a shot and the ramp", () => {
  const bench = new Bench().begin();
  bench.input.feederFault = true;
  bench.run(200);
  expect([bench.q.state, bench.q.cut]).toEqual(["standby", 0.3]);
  bench.input.feederFault = false;
  bench.run(2);
  expect([bench.q.state, bench.fed]).toEqual(["ramp", 5]);
});

test("standby lasts ten minutes at most, and at 30 % at most", () => {
  const bench = new Bench().begin();
  bench.input.percent = 60;
  bench.dies = 0.7;
  bench.input.feederFault = true;
  bench.run(40);
  expect([bench.q.state, bench.q.cut]).toEqual(["standby", 0.3]);
  bench.run(600);
  expect(bench.q.state).toBe("ramp");
});

test("a second effect within a quarter of an hour stands by; a later one is quenched as the first", () => {
  const soon = new Bench().begin().run(600).begin().run(40);
  expect(soon.q.state).toBe("standby");
  const late = new Bench().begin().run(901).begin().run(40);
  expect(late.q.state).toBe("ramp");
  expect(late.q.count).toBe(2);
});

test("while hands are at the cell nothing moves; the quench begins when they are away", () => {
  for (const series of [false, true]) {
    const bench = new Bench(series).begin();
    bench.input.inhibited = true;
    bench.run(50);
    expect([bench.fed, bench.q.cut, bench.q.pump, bench.q.state]).toEqual([0, 1, 0, "watch"]);
    bench.input.inhibited = false;
    bench.run(5);
    expect([bench.fed, bench.q.state]).toEqual([2.5, "hold"]);
  }
});

test("in series: no cut; a shot, stirring after 20 s, and three strokes of 30 mm either way at 1 mm/s", () => {
  const bench = new Bench(true).begin();
  const seen: number[] = [];
  bench.run(379, () => {
    seen.push(bench.q.pump);
    expect(bench.q.cut).toBe(1);
  });
  expect(bench.fed).toBe(2.5);
  expect(bench.q.stir).toBe(true);
  expect([Math.min(...seen), Math.max(...seen)]).toEqual([-30, 30]);
  expect(seen.filter((mm) => mm === -30)).toHaveLength(3);
  for (let i = 1; i < seen.length; i++) expect(Math.abs((seen[i] as number) - (seen[i - 1] as number))).toBeLessThanOrEqual(1);
  bench.run(3 * 380);
  expect([bench.fed, bench.q.state]).toEqual([7.5, "standby"]);
  bench.input.volts = 9.9;
  bench.run(10);
  expect([bench.q.active, bench.q.stir]).toEqual([false, false]);
});

test("in series: when it ends between two strokes the beam goes home at its pace", () => {
  const bench = new Bench(true).begin().run(45);
  expect(bench.q.pump).toBeLessThan(-20);
  bench.input.volts = 9.9;
  let last = bench.q.pump;
  bench.run(60, () => {
    expect(Math.abs(bench.q.pump - last)).toBeLessThanOrEqual(1);
    last = bench.q.pump;
  });
  expect([bench.q.pump, bench.q.state, bench.q.stir]).toEqual([0, "watch", false]);
});

test("a quench by hand runs through without an effect", () => {
  const bench = new Bench();
  askQuench(bench.q);
  bench.run(5);
  expect([bench.fed, bench.q.state, bench.q.count]).toEqual([2.5, "hold", 0]);
  bench.run(280);
  expect([bench.q.cut, bench.q.state]).toEqual([1, "watch"]);
});
