import { expect, test } from "vitest";
import { stampReader } from "./stamps.ts";
import { Zone } from "./zones.ts";

const read = (text: string, format: string, zone?: string): string | undefined => {
  const time = stampReader({ format, zone })(text);
  return time === undefined ? undefined : new Date(time).toISOString();
};

test.each([
  ["1764000000123", "epoch-ms", undefined, "2025-11-24T16:00:00.123Z"],
  ["1764000000.1234", "epoch-s", undefined, "2025-11-24T16:00:00.123Z"],
  ["2026-11-22T08:00:00.123456+08:00", "iso", undefined, "2026-11-22T00:00:00.123Z"],
  ["2026-11-22 08:00:00.25", "iso", "Asia/Shanghai", "2026-11-22T00:00:00.250Z"],
  ["2026-11-22T08:00Z", "iso", "Asia/Shanghai", "2026-11-22T08:00:00.000Z"],
  ["22.11.2026 08:00", "dd.MM.yyyy HH:mm", "Asia/Shanghai", "2026-11-22T00:00:00.000Z"],
  ["20261122080000007", "yyyyMMddHHmmssSSS", undefined, "2026-11-22T08:00:00.007Z"],
  ["2026-07-01 12:00:00", "iso", "Europe/Berlin", "2026-07-01T10:00:00.000Z"],
  ["2026-10-25 02:30:00", "iso", "Europe/Berlin", "2026-10-25T00:30:00.000Z"],
])("%s as %s in %s is %s", (text, format, zone, wanted) => {
  expect(read(text, format, zone)).toBe(wanted);
});

test.each([
  ["2026-03-29 02:30:00", "iso", "Europe/Berlin"],
  ["2026-02-29 02:30:00", "iso"],
  ["2026-11-22T24:00:00Z", "iso"],
  ["2026-11-22", "iso"],
  ["1e12", "epoch-ms"],
  ["22/11/2026", "dd.MM.yyyy"],
  ["", "iso"],
])("%s as %s in %s is no time", (text, format, zone?: string) => {
  expect(read(text, format, zone)).toBeUndefined();
});

test.each(["sometime", "dd.MM.yy", "yyyy-MM-dd yyyy", "HH:mm"])("%s is no format", (format) => {
  expect(() => stampReader({ format })).toThrow(`format: ${format}`);
});

test("a zone says its own time and offset, over the change of the clocks", () => {
  const berlin = new Zone("Europe/Berlin");
  expect(berlin.text(Date.UTC(2026, 9, 25, 0, 59, 59, 999))).toBe("2026-10-25T02:59:59.999+02:00");
  expect(berlin.text(Date.UTC(2026, 9, 25, 1))).toBe("2026-10-25T02:00:00.000+01:00");
  expect(new Zone("America/St_Johns").text(0)).toBe("1969-12-31T20:30:00.000-03:30");
});
