import { Quality } from "@cellhouse/shared";
import fc from "fast-check";
import { expect, test } from "vitest";
import { literalOf, numberOf, parseMessage, qualityOf, timeOf } from "./values.ts";

const plain = { factor: 1, offset: 0, words: new Map<string, number>() };
const modes = { ...plain, words: new Map(Object.entries({ off: 0, hand: 1 })) };
const fahrenheit = { factor: 5 / 9, offset: -160 / 9, words: new Map<string, number>() };

test.each<[unknown, number | undefined]>([
  [1050, 1050],
  ["1050.5", 1050.5],
  [" -3e2 ", -300],
  [true, 1],
  [false, 0],
  [null, Number.NaN],
  ["", undefined],
  ["0x10", undefined],
  ["ERR", undefined],
  [[1], undefined],
  [{}, undefined],
])("%j as a number is %s", (raw, number) => expect(numberOf(raw, plain)).toBe(number));

test("texts become numbers by the map, measured numbers by factor and offset", () => {
  expect([numberOf("hand", modes), numberOf("auto", modes), numberOf(1, modes)]).toEqual([1, undefined, 1]);
  expect(numberOf(1922, fahrenheit)).toBeCloseTo(1050, 9);
});

test("what is written is read back", () => {
  expect([literalOf(1, modes, false), literalOf(1, plain, true), literalOf(0, plain, true)]).toEqual(['"hand"', "true", "false"]);
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), (value) => {
      expect(numberOf(JSON.parse(literalOf(value, fahrenheit, false)), fahrenheit)).toBeCloseTo(value, 6);
    }),
  );
});

const NOON = Date.UTC(2026, 10, 21, 12);

test.each<[unknown, "iso" | "s" | "ms" | "us" | "ns", number]>([
  ["2026-11-21T12:00:00Z", "iso", NOON],
  ["2026-11-21T20:00:00.250+08:00", "iso", NOON + 250],
  ["2026-11-21 12:00:00Z", "iso", NOON],
  ["2026-11-21T12:00:00", "iso", Number.NaN],
  [NOON, "iso", Number.NaN],
  [NOON / 1000, "s", NOON],
  [String(NOON), "ms", NOON],
  [NOON * 1000, "us", NOON],
  [NOON * 1e6, "ns", NOON],
  ["soon", "ms", Number.NaN],
  [null, "ms", Number.NaN],
  [undefined, "s", Number.NaN],
])("%j as %s is %s", (raw, format, time) => expect(timeOf(raw, format)).toBe(time));

test("qualities without a map: words, OPC's numbers, true and false; with one: what it says and nothing else", () => {
  const said = ["Good", "uncertain", 192, 216, 64, 0, true, false, "fine", {}].map((raw) => qualityOf(raw, undefined));
  const { Good, Uncertain, Bad } = Quality;
  expect(said).toEqual([Good, Uncertain, Good, Good, Uncertain, Bad, Good, Bad, undefined, undefined]);
  const map = new Map<string, Quality>([["0", Good]]);
  expect([qualityOf(0, map), qualityOf(192, map)]).toEqual([Good, undefined]);
});

test("NaN and Infinity of other languages are no number, the message around them stands", () => {
  expect(parseMessage('{"a": NaN, "b": [-Infinity, 1], "c": "NaN or \\" Infinity"}')).toEqual({
    a: null,
    b: [null, 1],
    c: 'NaN or " Infinity',
  });
  expect(() => parseMessage("{NaN}")).toThrow();
});
