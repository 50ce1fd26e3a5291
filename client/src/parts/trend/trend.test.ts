import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lookOf, PEN_INKS } from "./looks.ts";
import { marksOf, priorityIn } from "./marks.ts";
import { between, follow, LONGEST, pan, readSpan, writeSpan, zoom } from "./window.ts";

test("panning into the past stands, panning to the present follows it again", () => {
  const past = pan(follow(100, 1000), -50, 1000);
  expect(past).toEqual({ from: 850, to: 950, following: false });
  expect(pan(past, 80, 1000)).toEqual({ from: 900, to: 1000, following: true });
});

test("zooming keeps the time under the pointer in its place", () => {
  const window = { from: 100_000, to: 200_000, following: false };
  const closer = zoom(window, 0.5, 150_000, 1e9);
  expect(closer).toEqual({ from: 125_000, to: 175_000, following: false });
  expect(zoom(follow(100_000, 1e9), 2, 0, 1e9)).toEqual(follow(200_000, 1e9));
  expect(zoom(follow(LONGEST, 1e15), 2, 0, 1e15)).toEqual(follow(LONGEST, 1e15));
});

test("a stretch by its ends: only times in order, and one that reaches the present follows it", () => {
  expect(between(100_000, 200_000, 9e9)).toEqual({ from: 100_000, to: 200_000, following: false });
  expect(between(100_000, 300_000, 200_000)).toEqual(follow(100_000, 200_000));
  for (const [from, to] of [
    [2, 1],
    [Number.NaN, 5],
    [100_000, 100_500],
    [0, LONGEST + 1],
  ] as const)
    expect(between(from, to, 9e13)).toBeUndefined();
});

test("an address restores the stretch of time seen", () => {
  const past = { from: 400_000, to: 1_000_000, following: false };
  expect(readSpan(writeSpan(past, new URLSearchParams("replay=r")), 9e9, 5)).toEqual(past);
  expect(writeSpan(past, new URLSearchParams("replay=r")).get("replay")).toBe("r");
  expect(readSpan(writeSpan(follow(600_000, 9e9), new URLSearchParams()), 9e9, 5)).toEqual(follow(600_000, 9e9));
  expect(readSpan(new URLSearchParams("at=1000000&span=60000"), 9e9, 5)).toEqual({ from: 970_000, to: 1_030_000, following: false });
  expect(readSpan(new URLSearchParams("span=abc&end=-4"), 9e9, 7_200_000)).toEqual(follow(7_200_000, 9e9));
});

test("marks are raised alarms with their priority and commands, in order of time", () => {
  const events = [
    { seq: 1, time: 20, kind: "alarm" as const, alarm: "C001:EI-201.HI", event: "raise" },
    { seq: 2, time: 25, kind: "alarm" as const, alarm: "C001:EI-201.HI", event: "ack" },
  ];
  const commands = [{ id: "c", tag: "BT.EL1.L01.C001:FIC-303.SP", value: 9, by: "op", at: 10, state: "verified" as const }];
  const priority = priorityIn([]);
  expect(marksOf(events, commands, priority)).toEqual([
    { time: 10, text: "FIC-303.SP 9 (op)" },
    { time: 20, priority: 4, alarm: "C001:EI-201.HI", text: "EI-201.HI" },
  ]);
});

/** WCAG contrast of two `#rrggbb`. */
function contrast(a: string, b: string): number {
  const light = (colour: string): number => {
    const [r = 0, g = 0, blue = 0] = [1, 3, 5].map((i) => {
      const c = Number.parseInt(colour.slice(i, i + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * blue;
  };
  const [dark = 0, bright = 0] = [light(a), light(b)].sort((x, y) => x - y);
  return (bright + 0.05) / (dark + 0.05);
}

test.each(["light", "dark"])(
  "every pen is seen on its ground, is none of the colours that mean something, and differs by more than ink: %s",
  (theme) => {
    const css = readFileSync(join(import.meta.dirname, "../tokens.css"), "utf8");
    const block = css.slice(css.indexOf(`[data-theme="${theme}"]`)).split("}")[0] ?? "";
    const token = (name: string): string => new RegExp(`--${name}: (#[0-9a-f]{6})`).exec(block)?.[1] ?? "";
    const meant = ["p1", "p2", "p3", "p4", "act", "replay"].map(token);
    const pens = Array.from({ length: PEN_INKS }, (_, i) => token(`pen${i + 1}`));
    for (const pen of pens) {
      expect(contrast(pen, token("panel")), pen).toBeGreaterThan(4);
      expect(meant).not.toContain(pen);
    }
    const looks = pens.map((_, i) => `${lookOf(i).dash.join()}/${lookOf(i).width}`);
    expect(new Set(looks).size).toBe(PEN_INKS);
  },
);
