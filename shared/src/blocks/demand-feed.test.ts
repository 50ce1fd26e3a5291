import { expect, test } from "vitest";
import { createRng, gauss, oxidePercent } from "../process/index.ts";
import { steady, tick } from "../process/rig.ts";
import { createDemandFeed, type DemandInput, faradayFeed, stepDemandFeed } from "./index.ts";

const CALM: DemandInput = {
  base: 10,
  resistance: 1330,
  slope: 0.2,
  trusted: true,
  under: 0.75,
  over: 1.3,
  threshold: 0.9,
  dayShare: 1,
};

/** Minutes of the same input. */
function run(d: ReturnType<typeof createDemandFeed>, minutes: number, change: Partial<DemandInput> = {}): void {
  for (let m = 0; m < minutes; m++) stepDemandFeed(d, { ...CALM, ...change });
}

test("on doubt it feeds what Faraday asks for; once the resistance may be judged it underfeeds", () => {
  const d = createDemandFeed();
  run(d, 5, { trusted: false });
  expect([d.state, d.rate]).toEqual(["base", 10]);
  run(d, 1);
  expect([d.state, d.rate]).toEqual(["under", 7.5]);
});

test("a steep slope two minutes running overfeeds for 35 minutes", () => {
  const d = createDemandFeed();
  run(d, 10);
  run(d, 1, { slope: 1 });
  run(d, 1);
  run(d, 1, { slope: 1 });
  expect(d.state).toBe("under");
  run(d, 1, { slope: 1 });
  expect([d.state, d.reason, d.rate]).toEqual(["over", "slope", 13]);
  run(d, 34);
  expect(d.state).toBe("over");
  run(d, 1);
  expect(d.state).toBe("under");
});

test("20 µOhm in four minutes overfeeds without waiting for the slope; four hours without either are enough", () => {
  const fast = createDemandFeed();
  run(fast, 10);
  for (let m = 1; m <= 4; m++) run(fast, 1, { resistance: 1330 + 6 * m });
  expect([fast.state, fast.reason]).toEqual(["over", "fast"]);
  const quiet = createDemandFeed();
  run(quiet, 240);
  expect(quiet.state).toBe("under");
  run(quiet, 1);
  expect([quiet.state, quiet.reason]).toEqual(["over", "probe"]);
});

test("a disturbance takes it to base feed at once, and the rise across it is not judged", () => {
  const d = createDemandFeed();
  run(d, 30);
  run(d, 10, { trusted: false, resistance: 1500 });
  expect(d.rate).toBe(10);
  run(d, 3, { resistance: 1500 });
  expect(d.state).toBe("under");
});

test("a cycle that needed more than Faraday's corrects the feed-forward by a tenth of that at most, within a fifth in all", () => {
  const d = createDemandFeed();
  const cycle = (minutes: number): void => {
    run(d, minutes);
    run(d, 2, { slope: 2 });
    run(d, 35);
  };
  cycle(10);
  expect(d.adapt).toBeGreaterThan(1.02);
  expect(d.adapt).toBeLessThanOrEqual(1.03);
  for (let k = 0; k < 30; k++) cycle(5);
  expect(d.adapt).toBe(1.2);
  for (let k = 0; k < 60; k++) cycle(230);
  expect(d.adapt).toBe(0.8);
});

test("a day's feed 12 % off Faraday's is told, and fed at base", () => {
  const d = createDemandFeed();
  run(d, 5, { dayShare: 1.13 });
  expect([d.deviating, d.state]).toEqual([true, "base"]);
  run(d, 1, { dayShare: 1.11 });
  expect(d.deviating).toBe(false);
});

test("a resistance 60 µOhm from where cycles begin makes the gap suspect", () => {
  const d = createDemandFeed();
  run(d, 10);
  run(d, 2, { slope: 2 });
  run(d, 35);
  run(d, 5, { resistance: 1275 });
  expect(d.gapSuspect).toBe(false);
  run(d, 5, { resistance: 1265 });
  expect(d.gapSuspect).toBe(true);
});

/** The model of the cell under demand feed with a feeder that gives `gain` of what it is told; the oxide of its second day, each minute. */
function secondDay(gain: number): number[] {
  const r = steady(2.2);
  const rng = createRng(3);
  const d = createDemandFeed();
  const line: number[] = [];
  const seen: number[] = [];
  for (let minute = 0; minute < 48 * 60; minute++) {
    const amps = r.cell.current;
    const resistance = ((r.cell.voltage - 1.95) / amps) * 1e6 * (1 + 0.0018 * (r.cell.temperature - 1050)) + gauss(rng);
    line.push(resistance);
    if (line.length > 10) line.shift();
    const base = faradayFeed({ molarMass: 0.143394, oxideRatio: 1.1768, current: amps, efficiency: 0.763 });
    stepDemandFeed(d, { ...CALM, base, resistance, slope: slopeOf(line), trusted: line.length === 10 });
    r.input.feed = (gain * d.rate) / 3600;
    for (let s = 0; s < 60; s++) tick(r);
    expect(r.cell.anodeEffect, `minute ${minute}`).toBe(false);
    if (minute >= 24 * 60) seen.push(oxidePercent(r.cell));
  }
  return seen.sort((a, b) => a - b);
}

function slopeOf(y: readonly number[]): number {
  const middle = (y.length - 1) / 2;
  let up = 0;
  let down = 0;
  for (const [i, value] of y.entries()) {
    up += (i - middle) * value;
    down += (i - middle) ** 2;
  }
  return up / down;
}

test.each([0.95, 1, 1.05])(
  "two days of the cell's model with a feeder of gain %s: no anode effect, the oxide around its target",
  (gain) => {
    const oxide = secondDay(gain);
    const at = (share: number): number => oxide[Math.floor(share * oxide.length)] as number;
    expect(at(0.5)).toBeGreaterThan(1.55);
    expect(at(0.5)).toBeLessThan(1.95);
    expect(at(0.05)).toBeGreaterThan(1.3);
    expect(at(0.95)).toBeLessThan(2.3);
  },
);
