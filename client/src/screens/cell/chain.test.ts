import { ORDER_RESULTS, STATUS } from "@cellhouse/shared";
import { INTERLOCK_COUNT } from "@cellhouse/shared/blocks";
import { expect, test } from "vitest";
import { en } from "../../i18n/en.ts";
import { zh } from "../../i18n/zh.ts";
import { readChain } from "./chain.ts";

/** `12:first`: everything that is not clear. */
const told = (word: number, first: number): string[] =>
  readChain(word, first)
    .filter(({ mark }) => mark !== "clear")
    .map(({ number, mark }) => `${number}:${mark}`);

test("a calm cell is clear, ordinary work and the lost supervisor show by their own bits", () => {
  expect(told(STATUS.run, 0)).toEqual([]);
  expect(told(STATUS.tapping, 0)).toEqual(["9:acts"]);
  expect(told(STATUS.hopperFill | STATUS.anodeChange | STATUS.commFallback, 0)).toEqual(["8:acts", "9:acts", "11:acts"]);
});

test("while an interlock acts the PLC names the first only; of the others without a bit nothing is claimed", () => {
  expect(told(STATUS.interlock, 2)).toEqual([
    "1:untold",
    "2:first",
    "3:untold",
    "4:untold",
    "5:untold",
    "6:untold",
    "7:untold",
    "12:untold",
  ]);
  expect(told(STATUS.interlock | STATUS.localStop, 6).filter((one) => !one.endsWith("untold"))).toEqual(["6:first", "10:acts"]);
});

test("what has passed stays named as the first until a reset", () => {
  expect(told(STATUS.run, 6)).toEqual(["6:first"]);
});

test("of a cell that says nothing, nothing is claimed; a foreign number stands in no row", () => {
  expect(told(Number.NaN, Number.NaN)).toHaveLength(INTERLOCK_COUNT);
  expect(told(STATUS.run, 42)).toEqual([]);
});

test("every interlock and every refusal of an order has words and a remedy in both languages", () => {
  for (const { interlocks, faults } of [en, zh]) {
    for (let n = 1; n <= INTERLOCK_COUNT; n++) {
      expect(interlocks[n]?.name, `${n}`).toMatch(/.../);
      expect(interlocks[n]?.remedy, `${n}`).toMatch(/.../);
    }
    for (const code of ORDER_RESULTS) if (code !== undefined) expect(faults[code]?.remedy, code).toMatch(/.../);
  }
  expect(Object.keys(en.interlocks)).toHaveLength(INTERLOCK_COUNT);
});
