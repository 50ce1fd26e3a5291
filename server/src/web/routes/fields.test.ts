import fc from "fast-check";
import { expect, test } from "vitest";
import { parseTime } from "./fields.ts";

const NOW = Date.UTC(2026, 10, 21, 12);

test.each([
  ["1700000000000", 1_700_000_000_000],
  ["now", NOW],
  ["now-90s", NOW - 90_000],
  ["now-1h", NOW - 3_600_000],
  ["now-7d", NOW - 604_800_000],
  ["2026-11-21T20:00:00+08:00", NOW],
  ["2026-11-21T20:00:00 08:00", NOW],
  ["2026-11-21T12:00Z", NOW],
])("%s is a time", (text, time) => {
  expect(parseTime(text, NOW)).toBe(time);
});

test.each(["", "now+1h", "now-1y", "2026-11-21", "2026-11-21T12:00", "-5", "1e12", "99999999999999999", "2026-13-01T00:00Z"])(
  "%s is no time",
  (text) => {
    expect(parseTime(text, NOW)).toBeUndefined();
  },
);

test("whatever is given, a time is a time or nothing", () => {
  fc.assert(fc.property(fc.string(), (text) => parseTime(text, NOW) === undefined || Number.isFinite(parseTime(text, NOW))));
});
