import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tagOf } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { NOTHING_ALLOWED } from "../live/live.ts";
import { demoPlant } from "../testkit.ts";
import { whyNoAcknowledge, whyNoSetpoint } from "./capability.ts";
import { clampOf, nudgeOf, stage } from "./faceplate/command.ts";
import {
  age,
  clockTime,
  count,
  dayTime,
  duration,
  figure,
  fromField,
  near,
  readNumber,
  signed,
  size,
  toField,
  zoneOffset,
} from "./format.ts";
import { inLimits, limitsOf, normalBand } from "./limits.ts";
import { pathOf } from "./trend/spark.tsx";

const ZONE = "Asia/Shanghai";
const NOON = Date.UTC(2026, 10, 21, 4, 33, 41);
const plant = demoPlant();
const cell = plant.cells[0] as NonNullable<(typeof plant.cells)[0]>;

test("figures keep their decimals, write a true minus and never -0", () => {
  expect([figure(1049.85, 1), figure(-3, 0), figure(-0.001, 2), figure(null, 1), figure(Number.NaN, 1)]).toEqual([
    "1049.8",
    "−3",
    "0.00",
    "–",
    "–",
  ]);
  expect([signed(2, 1), signed(-2, 1), signed(0, 1)]).toEqual(["+2.0", "−2.0", "0.0"]);
});

test("reads what people type: point, comma, minus; nothing else is a number", () => {
  expect([readNumber("9.5"), readNumber(" 9,5 "), readNumber("−3"), readNumber(".5")]).toEqual([9.5, 9.5, -3, 0.5]);
  for (const wrong of ["", "9.5.1", "1e3", "abc", "0x10", "--1"]) expect(readNumber(wrong), wrong).toBeNaN();
});

test("times are those of the plant's zone", () => {
  expect(clockTime(NOON, ZONE)).toBe("12:33:41");
  expect(dayTime(NOON, ZONE)).toBe("2026-11-21 12:33:41");
  expect([zoneOffset(NOON, ZONE), zoneOffset(NOON, "Asia/Kolkata"), zoneOffset(NOON, "America/New_York")]).toEqual([
    "+08",
    "+05:30",
    "−05",
  ]);
});

test("a time alone within a day, with its date beyond", () => {
  expect(near(NOON, NOON + 3_600_000, ZONE)).toBe("12:33:41");
  expect(near(NOON, NOON + 48 * 3_600_000, ZONE)).toBe("11-21 12:33:41");
});

test("a field's time survives the way there and back, also across a change of clocks", () => {
  for (const zone of [ZONE, "UTC", "America/New_York", "Europe/Berlin"])
    for (const time of [NOON, Date.UTC(2026, 2, 29, 0, 30), Date.UTC(2026, 2, 29, 2, 30)])
      expect(fromField(toField(time, zone), zone), zone).toBe(time);
  expect(fromField("", ZONE)).toBeNaN();
});

test("ages and durations read in their natural unit", () => {
  expect([age(4000), age(90_000), age(12 * 60_000), age(3 * 3_600_000), age(72 * 3_600_000)]).toEqual([
    "4 s",
    "90 s",
    "12 min",
    "3 h",
    "3 d",
  ]);
  expect([duration(69_000), duration(3_909_000)]).toEqual(["1:09", "1:05:09"]);
});

test("counts stand in threes and sizes in the unit that leaves a whole number", () => {
  expect([count(0), count(999), count(1000), count(12_345_678)]).toEqual(["0", "999", "1\u202f000", "12\u202f345\u202f678"]);
  expect([size(0), size(999), size(1000), size(38_240_000_000), size(5e15)]).toEqual(
    ["0 B", "999 B", "1.0 kB", "38.2 GB", "5000.0 TB"].map((text) => text.replace(" ", "\u00a0")),
  );
});

test("limits that are offsets move with the recipe, the others stand", () => {
  const limits = limitsOf(plant.description.alarms, cell, "TY-100");
  expect(limits.map((l) => l.value)).toEqual([1010, 1030, 1070, 1090, 1120]);
  expect(normalBand(limits)).toEqual({ low: 1030, high: 1070 });
  expect(normalBand(limitsOf(plant.description.alarms, cell, "EI-201"))).toEqual({ low: 7.5, high: 11 });
});

test("a deviation is measured in limits, so that all bars mean the same", () => {
  const band = { low: 1030, high: 1070 };
  expect([
    inLimits(1050, 1050, band),
    inLimits(1070, 1050, band),
    inLimits(1040, 1050, band),
    inLimits(1300, 1050, band),
    inLimits(Number.NaN, 1050, band),
  ]).toEqual([0, 1, -0.5, 1.5, 0]);
});

test("a setpoint is looked at before it is sent: range, sameness, ramp", () => {
  const clamp = { low: 4.88, high: 15.6 };
  const at = { present: 9.75, working: 9.75, clamp, ramp: 5 / 60 };
  expect(stage(Number.NaN, at)).toEqual({ ok: false, why: "notNumber" });
  expect(stage(40, at)).toEqual({ ok: false, why: "outside" });
  expect(stage(9.75, at)).toEqual({ ok: false, why: "same" });
  const good = stage(11.75, at);
  expect(good.ok && [good.delta, Math.round(good.seconds)]).toEqual([2, 24]);
  const instant = stage(11, { ...at, ramp: undefined });
  expect(instant.ok && instant.seconds).toBe(0);
});

test("the allowed range is the cell's: feed by Faraday, current by class, temperature by recipe", () => {
  const range = (tag: string) => clampOf(tagOf(cell, tag).definition, cell);
  expect(range("FIC-303.SP").low).toBeCloseTo(4.88, 1);
  expect(range("FIC-303.SP").high).toBeCloseTo(15.6, 1);
  expect(range("IIC-202.SP")).toEqual({ low: 5100, high: 6300 });
  expect(range("TIC-101.SP")).toEqual({ low: 1035, high: 1065 });
});

test("a nudge is a small round step", () => {
  expect([nudgeOf({ range: [0, 40] }), nudgeOf({ range: [0, 7000] }), nudgeOf({ range: [1000, 1090] })]).toEqual([0.2, 50, 0.5]);
});

test("a disabled control names the first thing that stands against it", () => {
  const free = { connected: true, capabilities: { ...NOTHING_ALLOWED, canCommand: true }, quality: 0, mode: "AUTO" as const };
  expect(whyNoSetpoint(free)).toBeUndefined();
  expect(whyNoSetpoint({ ...free, connected: false })).toBe("lost");
  expect(whyNoSetpoint({ ...free, capabilities: { ...NOTHING_ALLOWED, canSeek: true } })).toBe("replay");
  expect(whyNoSetpoint({ ...free, capabilities: NOTHING_ALLOWED })).toBe("role");
  expect(whyNoSetpoint({ ...free, quality: 2 })).toBe("stale");
  expect(whyNoSetpoint({ ...free, quality: 3 })).toBe("bad");
  expect(whyNoSetpoint({ ...free, mode: "CASCADE" })).toBe("cascade");
  expect(whyNoSetpoint({ ...free, mode: "OFF" })).toBe("off");
  expect(whyNoAcknowledge(true, { ...NOTHING_ALLOWED, canSeek: true })).toBe("replay");
});

/** WCAG 2 relative luminance of `#rrggbb`. */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => {
    const c = Number.parseInt(colour.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

/** The tokens of a theme as the style sheet has them. */
function theme(name: string): Record<string, string> {
  const css = readFileSync(join(import.meta.dirname, "tokens.css"), "utf8");
  const block = new RegExp(`data-theme="${name}"\\] \\{([^}]*)\\}`).exec(css)?.[1] ?? "";
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1] as string, m[2] as string]));
}

for (const name of ["light", "dark"]) {
  test(`${name}: every text on every ground has a contrast of at least 4.5`, () => {
    const c = theme(name);
    const pairs = [
      ...["text", "muted", "act"].flatMap((ink) => ["ground", "panel", "raised"].map((ground) => [ink, ground])),
      ["act-ink", "act"],
      ["replay-ink", "replay"],
      ["replay", "panel"],
      ...[1, 2, 3, 4].map((p) => [`p${p}-ink`, `p${p}`]),
      ["ground", "text"],
      ["text", "faint"],
      ["text", "band"],
    ];
    for (const [ink, ground] of pairs)
      expect(contrast(c[ink as string] as string, c[ground as string] as string), `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5);
  });

  test(`${name}: lines and marks stand out from every ground by at least 3`, () => {
    const c = theme(name);
    for (const ground of ["ground", "panel", "raised"])
      for (const mark of ["line", "fill", "outline"])
        expect(contrast(c[mark] as string, c[ground] as string), `${mark} on ${ground}`).toBeGreaterThanOrEqual(3);
  });
}

test("a spark line has a hole where nothing is known, and a steady figure is a flat line in the middle", () => {
  expect(pathOf([])).toBe("");
  expect(pathOf([null, null])).toBe("");
  expect(pathOf([5, 5, null, 5])).toBe("M0.0 14.0h0.5L40.0 14.0h0.5M120.0 14.0h0.5");
  expect(pathOf([0, 10])).toBe("M0.0 26.0h0.5L120.0 2.0h0.5");
});
