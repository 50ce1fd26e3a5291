import fc from "fast-check";
import { expect, test } from "vitest";
import {
  antiWindup,
  closeLoop,
  createLimiter,
  faradayFeed,
  limit,
  type ModeConditions,
  metalPerKiloampereHour,
  requestMode,
} from "./index.ts";

const PRND = { molarMass: 0.143394, oxideRatio: 1.1768 };
const ALL_WELL: ModeConditions = { heartbeatAge: 1, valueGood: true, faulted: false, remoteInside: true, granted: true };

test("Faraday's law asks 9.72 kg/h of a 6 kA PrNd cell at 76 %, and nothing without current", () => {
  expect(faradayFeed({ ...PRND, current: 6000, efficiency: 0.76 })).toBeCloseTo(9.72, 2);
  expect(faradayFeed({ ...PRND, current: 6000, efficiency: 1, utilisation: 1 }) / 6).toBeCloseTo(2.099, 3);
  expect(faradayFeed({ ...PRND, current: 0, efficiency: 0.76 })).toBe(0);
  expect(faradayFeed({ ...PRND, current: -50, efficiency: 0.76 })).toBe(0);
});

test("what was learnt corrects the feed by a fifth at most", () => {
  const feed = (adapt: number): number => faradayFeed({ ...PRND, current: 6000, efficiency: 0.76, adapt });
  expect(feed(1.1) / feed(1)).toBeCloseTo(1.1, 6);
  expect(feed(5)).toBe(feed(1.2));
  expect(feed(0)).toBe(feed(0.8));
});

test.each([
  ["PrNd", 0.143394, 1.7834],
  ["Nd", 0.144242, 1.794],
  ["LaCe", 0.13969, 1.7373],
  ["Gd", 0.15725, 1.9557],
])("%s makes its grams per ampere hour", (_metal, molarMass, wanted) => {
  expect(metalPerKiloampereHour(molarMass)).toBeCloseTo(wanted, 3);
});

test("a limiter reports what holds the value back", () => {
  const l = createLimiter(10, 5, 16, 1);
  expect([limit(l, 12, 1), l.acting]).toEqual([11, "rate"]);
  expect([limit(l, 12, 1), l.acting]).toEqual([12, "none"]);
  expect([limit(l, 99, 10), l.acting]).toEqual([16, "high"]);
  expect([limit(l, 0, 20), l.acting]).toEqual([5, "low"]);
  expect([limit(l, Number.NaN, 1), l.acting]).toEqual([5, "low"]);
});

test("a limited value never leaves its range nor moves faster than its rate, whatever is asked", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.double(), fc.double({ min: 0, max: 100, noNaN: true }))), (asked) => {
      const l = createLimiter(50, 0, 100, 2);
      for (const [x, dt] of asked) {
        const before = l.value;
        limit(l, x, dt);
        expect(l.value).toBeGreaterThanOrEqual(0);
        expect(l.value).toBeLessThanOrEqual(100);
        expect(Math.abs(l.value - before)).toBeLessThanOrEqual(2 * dt + 1e-9);
      }
    }),
  );
});

test("an output at its limit draws the integrator back", () => {
  expect(antiWindup(120, 100, 10, 1)).toBe(-2);
  expect(antiWindup(90, 90, 10, 1)).toBe(0);
});

test("OFF and MAN are always granted", () => {
  const nothing: ModeConditions = { heartbeatAge: 99, valueGood: false, faulted: true, remoteInside: false, granted: false };
  expect(requestMode("OFF", nothing).ok).toBe(true);
  expect(requestMode("MAN", nothing).ok).toBe(true);
  expect(requestMode("AUTO", nothing).ok).toBe(false);
});

test.each([
  ["the heartbeat", { heartbeatAge: 3 }],
  ["a good temperature", { valueGood: false }],
  ["no fault", { faulted: true }],
  ["a remote setpoint inside its clamps", { remoteInside: false }],
  ["the operator's grant", { granted: false }],
])("CASCADE needs %s", (_what, lacking) => {
  expect(requestMode("CASCADE", ALL_WELL).ok).toBe(true);
  expect(requestMode("CASCADE", { ...ALL_WELL, ...lacking })).toMatchObject({ ok: false, code: "E_FIELD_REFUSED" });
});

test("closing a loop leaves its output where it was", () => {
  const loop = { setpoint: 1060, output: 6030, integral: 0, gain: 3.6, forward: 6000 };
  closeLoop(loop, 1051, false);
  expect(loop.gain * (loop.setpoint - 1051) + loop.integral + loop.forward).toBeCloseTo(6030, 9);
  closeLoop(loop, 1051, true);
  expect(loop.setpoint).toBe(1051);
  expect(loop.integral + loop.forward).toBeCloseTo(6030, 9);
});
