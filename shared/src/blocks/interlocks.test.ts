import fc from "fast-check";
import { expect, test } from "vitest";
import {
  acting,
  createInterlocks,
  currentShare,
  feedStopped,
  handsOff,
  type InterlockInput,
  powerOff,
  resetInterlocks,
  stepInterlocks,
  tripped,
} from "./index.ts";

const SOUND: InterlockInput = {
  trip: 1120,
  immersed: 1050,
  pyrometer: 1051,
  wall: 1049,
  blind: 0,
  flow: 20,
  waterOut: 40,
  shell: 180,
  volts: 9.9,
  amps: 6000,
  demand: 6000,
  nominal: 6000,
  effectFor: 0,
  draft: -115,
  stalled: false,
  gateOpen: false,
  busy: false,
  alone: false,
  stopped: false,
};

/** Interlocks after `seconds` of `change`. */
function after(seconds: number, change: Partial<InterlockInput>, s = createInterlocks()) {
  for (let i = 0; i < seconds; i++) stepInterlocks(s, { ...SOUND, ...change });
  return s;
}

test.each<[number, number, string, Partial<InterlockInput>]>([
  [1, 10, "two of three readings at the trip", { immersed: 1121, wall: 1120 }],
  [1, 10, "the last reading to be believed at the trip", { immersed: Number.NaN, pyrometer: Number.NaN, wall: 1125 }],
  [1, 10, "no thermocouple and no pyrometer for two minutes", { immersed: Number.NaN, pyrometer: Number.NaN, blind: 121 }],
  [2, 5, "cooling flow", { flow: 7.9 }],
  [2, 5, "cooling outlet", { waterOut: 65 }],
  [3, 1, "shell", { shell: 350 }],
  [4, 3, "short", { volts: 4.9 }],
  [5, 1, "over-voltage", { volts: 45.1 }],
  [5, 1, "long effect", { effectFor: 181 }],
  [6, 30, "draft", { draft: -19 }],
  [7, 1, "feeder motor", { stalled: true }],
  [10, 1, "stop button", { stopped: true }],
  [12, 2, "over-current", { amps: 6700 }],
])("interlock %s acts after %s s: %s", (number, seconds, _what, change) => {
  expect(acting(after(seconds - 1, change))).toBe(0);
  const s = after(seconds, change);
  expect(acting(s)).toBe(1 << number);
  expect(s.firstOut).toBe(number);
  expect(tripped(s)).toBe(true);
});

test.each<[string, Partial<InterlockInput>]>([
  ["one reading of three", { immersed: 1300 }],
  ["a short at little current", { volts: 4, amps: 2900, demand: 2900 }],
  ["readings that are no numbers", { flow: Number.NaN, waterOut: Number.NaN, shell: Number.NaN, volts: Number.NaN, draft: Number.NaN }],
])("%s trips nothing", (_what, change) => {
  expect(acting(after(600, change))).toBe(0);
});

test("a shell that rises by more than 15 K a minute for half a minute trips, at 10 K a minute never", () => {
  const rising = (perMinute: number, seconds: number): number => {
    const s = createInterlocks();
    for (let i = 0; i < seconds; i++) stepInterlocks(s, { ...SOUND, shell: 180 + (perMinute * i) / 60 });
    return acting(s);
  };
  expect(rising(20, 30)).toBe(0);
  expect(rising(20, 75)).toBe(1 << 3);
  expect(rising(10, 900)).toBe(0);
});

test("a hold acts while it stands and leaves no trace", () => {
  for (const [number, change] of [
    [8, { gateOpen: true }],
    [9, { busy: true }],
    [11, { alone: true }],
  ] as const) {
    const s = after(5, change);
    expect([acting(s), s.firstOut, tripped(s)]).toEqual([1 << number, 0, false]);
    after(1, {}, s);
    expect(acting(s)).toBe(0);
  }
});

test("the first that acted is named until the reset, whatever follows", () => {
  const s = after(40, { draft: 0 });
  after(6, { draft: 0, flow: 0 }, s);
  expect(s.firstOut).toBe(6);
  after(1, {}, s);
  expect([s.firstOut, acting(s)]).toEqual([6, 1 << 2]);
  expect(resetInterlocks(s)).toBe(0);
  expect([s.firstOut, acting(s)]).toEqual([0, 0]);
});

test("of two in one second the lower number is the first", () => {
  expect(after(1, { stopped: true, shell: 400 }).firstOut).toBe(3);
});

test("a trip stays when its cause goes, and a reset is refused while it stands", () => {
  const s = after(5, { flow: 0 });
  expect(resetInterlocks(s)).toBe(2);
  expect(powerOff(s)).toBe(true);
  after(1, {}, s);
  expect([powerOff(s), s.firstOut]).toEqual([true, 2]);
  expect(resetInterlocks(s)).toBe(0);
  expect(powerOff(s)).toBe(false);
});

test("what each orders", () => {
  const hot = after(10, { immersed: 1130, pyrometer: 1130 });
  expect([currentShare(hot), feedStopped(hot), powerOff(hot)]).toEqual([0.5, true, false]);
  const long = after(1, { effectFor: 200 });
  expect([currentShare(long), feedStopped(long), powerOff(long)]).toEqual([0.3, false, false]);
  after(599, {}, long);
  expect(powerOff(long)).toBe(false);
  after(1, {}, long);
  expect(powerOff(long)).toBe(true);
  const smoke = after(30, { draft: -5 });
  expect([currentShare(smoke), feedStopped(smoke)]).toEqual([1, true]);
  expect(handsOff(after(1, { busy: true }))).toBe(true);
  expect(currentShare(after(2, { amps: 7000 }))).toBe(0.9);
});

test("a bypass silences draft, hands and current for its time, and never a trip", () => {
  const s = createInterlocks();
  s.bypass = 60;
  after(40, { draft: 0, busy: true, amps: 7000, stopped: true }, s);
  expect([feedStopped(s), handsOff(s), currentShare(s), powerOff(s)]).toEqual([false, false, 1, true]);
  expect(s.firstOut).toBe(10);
  after(20, { draft: 0, busy: true, amps: 7000, stopped: true }, s);
  expect([feedStopped(s), handsOff(s), currentShare(s)]).toEqual([true, true, 0.9]);
});

test("whatever is measured, a trip never leaves by itself and a first-out never without one acting", () => {
  const number = fc.oneof(fc.double({ min: -200, max: 7000 }), fc.constant(Number.NaN));
  const input = fc.record({
    immersed: number,
    flow: number,
    volts: number,
    amps: number,
    draft: number,
    shell: number,
    stopped: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(input, fc.nat(40))), (story) => {
      const s = createInterlocks();
      let latched = 0;
      for (const [change, seconds] of story) {
        after(seconds, change, s);
        expect(s.latched & latched).toBe(latched);
        expect(s.latched === 0 || s.firstOut !== 0).toBe(true);
        latched = s.latched;
      }
    }),
  );
});
