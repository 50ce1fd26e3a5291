import { expect, test } from "vitest";
import { Backlog } from "./backlog.ts";

const HOUR = 3_600_000;

test("what comes within a minute is of now", () => {
  const backlog = new Backlog();
  expect([0, 1_000, 59_000, -5_000].map((lag) => backlog.isLate(1e12 - lag, 1e12))).toEqual([false, false, false, false]);
});

test("a backlog of an hour, sent faster than it was made, is the past to its end", () => {
  const backlog = new Backlog();
  for (let s = 0; s < 3_500; s += 10) expect(backlog.isLate(1e12 - HOUR + s * 1000, 1e12 + s * 10)).toBe(true);
});

test("a value repeated with the old time of its last change stays the past", () => {
  const backlog = new Backlog();
  for (let s = 0; s < 600; s += 10) expect(backlog.isLate(1e12 - HOUR, 1e12 + s * 1000)).toBe(true);
});

test("a clock an hour behind is believed after five seconds, because its lag stays the same", () => {
  const backlog = new Backlog();
  const late = [0, 1, 2, 3, 4, 5, 6].map((s) => backlog.isLate(1e12 - HOUR + s * 1000 + (s % 2) * 300, 1e12 + s * 1000));
  expect(late).toEqual([true, true, true, true, true, false, false]);
});
