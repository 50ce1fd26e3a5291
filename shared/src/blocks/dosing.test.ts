import { expect, test } from "vitest";
import { createDosing, type Dosing, type DosingInput, stepDosing } from "./index.ts";

const DT = 0.1;

/** A feeder of `grams` per revolution under the dosing block; `motor` overrides the free screw's current. */
class Bench {
  readonly dosing: Dosing = createDosing();
  readonly input: DosingInput = { rate: 9.75, ready: true, weight: 50, motor: 0, refilling: false };
  fed = 0;
  reversals = 0;
  jammed = false;
  bridged = false;
  readonly grams: number;

  constructor(grams = 5) {
    this.grams = grams;
  }

  run(seconds: number): this {
    for (let i = 0; i < Math.round(seconds / DT); i++) this.scan();
    return this;
  }

  scan(): void {
    const before = this.dosing.order;
    const order = stepDosing(this.dosing, this.input, DT);
    if (order === "reverse" && before !== "reverse") this.reversals++;
    this.input.motor = order === "stop" ? 0 : this.jammed && order === "forward" ? 3 : 1.2;
    if (order !== "forward" || this.jammed || this.bridged) return;
    const mass = (this.dosing.speed / 60) * DT * this.grams;
    this.fed += mass;
    this.input.weight -= mass / 1000;
  }
}

test("9.75 kg/h is one shot of 50 g every 18.5 s", () => {
  const bench = new Bench().run(3600);
  expect(bench.fed / 1000).toBeCloseTo(9.75, 1);
  expect(bench.dosing.interval).toBeCloseTo(18.5, 0);
  expect(bench.dosing.shots).toBe(195);
});

test.each([4.5, 5.5])("a screw that gives %s g per turn is found out by the hopper's weight", (grams) => {
  const bench = new Bench(grams).run(6 * 3600);
  expect(bench.dosing.gramsPerRev).toBeCloseTo(grams, 1);
  const before = bench.fed;
  bench.run(3600);
  expect((bench.fed - before) / 1000).toBeCloseTo(9.75, 0);
});

test("a stop is not followed by a flood", () => {
  const bench = new Bench().run(600);
  bench.input.ready = false;
  bench.run(3600);
  const before = bench.fed;
  bench.input.ready = true;
  bench.run(20);
  expect(bench.fed - before).toBeLessThanOrEqual(100);
});

test("more than the screw can give is owed for three shots at most", () => {
  const bench = new Bench();
  bench.input.rate = 100;
  bench.run(60);
  expect(bench.dosing.owed).toBeLessThanOrEqual(150);
  expect(bench.fed).toBeGreaterThan(570);
  expect(bench.fed).toBeLessThanOrEqual(600);
});

test("a stuck screw is reversed twice, then it is a jam, within a minute", () => {
  const bench = new Bench().run(60);
  bench.jammed = true;
  bench.run(60);
  expect(bench.reversals).toBe(2);
  expect(bench.dosing.fault).toBe("jam");
});

test("a jam ends by itself when a trial finds the screw free, and the lost feed is not repaid", () => {
  const bench = new Bench().run(60);
  bench.jammed = true;
  bench.run(1800);
  expect(bench.dosing.fault).toBe("jam");
  bench.jammed = false;
  const before = bench.fed;
  bench.run(90);
  expect(bench.dosing.fault).toBe("none");
  expect(bench.fed - before).toBeLessThan(400);
});

test("a screw that turns without losing weight is a bridge: vibrate, then a jam", () => {
  const bench = new Bench().run(60);
  bench.bridged = true;
  bench.run(180);
  expect(bench.dosing.fault).toBe("bridge");
  expect(bench.dosing.vibrate).toBe(true);
  bench.run(130);
  expect(bench.dosing.fault).toBe("jam");
  bench.bridged = false;
  bench.run(260);
  expect(bench.dosing.fault).toBe("none");
});

test("a refill neither calibrates nor alarms", () => {
  const bench = new Bench().run(600);
  const grams = bench.dosing.gramsPerRev;
  bench.input.refilling = true;
  for (let s = 0; s < 60; s++) {
    bench.input.weight += 40 / 60;
    bench.run(1);
  }
  bench.input.refilling = false;
  bench.run(600);
  expect(bench.dosing.fault).toBe("none");
  expect(bench.dosing.gramsPerRev).toBeCloseTo(grams, 1);
});
