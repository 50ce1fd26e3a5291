import { expect, test } from "vitest";
import { ClockOffset } from "./clock-offset.ts";

/** A sender whose clock is `skew` ms ahead and whose messages take `delays` ms, one each 500 ms; the offset after each. */
function run(offset: ClockOffset, from: number, skew: number, delays: readonly number[]): number[] {
  return delays.map((delay, i) => {
    const received = from + i * 500;
    offset.add(received - delay + skew, received);
    return offset.value;
  });
}
const steady = (n: number, delay = 30): number[] => Array<number>(n).fill(delay);

test("delay is no offset: up to a scan and a publishing interval it stays 0", () => {
  expect(run(new ClockOffset(), 0, 0, [30, 900, 1200, 40])).toEqual([0, 0, 0, 0]);
  expect(run(new ClockOffset(), 0, 0, steady(5, 1100)).at(-1)).toBe(0);
});

test("a clock ahead by 5 s is known from the first message", () => {
  expect(run(new ClockOffset(), 0, 5_000, [30])).toEqual([-4_970]);
});

test("a clock behind by an hour is known, the shortest delay counts", () => {
  expect(run(new ClockOffset(), 0, -3_600_000, [400, 30, 900])).toEqual([3_600_400, 3_600_030, 3_600_030]);
});

test("a burst after a stall does not look like a clock set back", () => {
  const offset = new ClockOffset();
  run(offset, 0, 0, steady(20));
  for (let i = 0; i < 50; i++) {
    const received = 15_000 + i * 10;
    offset.add(10_000 + i * 100, received);
    expect(offset.value).toBe(0);
  }
});

test("a clock set back by a minute is believed after 1 s", () => {
  const offset = new ClockOffset();
  run(offset, 0, 0, steady(20));
  expect(run(offset, 10_000, -60_000, steady(4))).toEqual([0, 0, 60_030, 60_030]);
});

test("a clock put right again is believed within a minute", () => {
  const offset = new ClockOffset();
  run(offset, 0, 10_000, steady(20));
  expect(run(offset, 10_000, 0, steady(20)).at(-1)).toBe(0);
});
