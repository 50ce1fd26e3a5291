import { expect, test } from "vitest";
import { Thinning } from "./thinning.ts";

/** `each` says whether the n-th message, 40 ms after the one before, leaves values out. */
function hear(thinning: Thinning, from: number, messages: number, each: (n: number) => boolean): boolean[] {
  return Array.from({ length: messages }, (_, n) => thinning.heard(each(n), from + 40 * n));
}

test("a value that came twice now and then is not thinning", () => {
  expect(hear(new Thinning(0), 0, 500, (n) => n % 5 === 0).every((stands) => !stands)).toBe(true);
});

test("when message after message leaves values out it is said within two seconds, and ends within four of the last", () => {
  const thinning = new Thinning(0);
  const begun = hear(thinning, 0, 100, () => true).indexOf(true);
  expect(begun * 40).toBeGreaterThan(500);
  expect(begun * 40).toBeLessThan(2000);
  const over = hear(thinning, 4000, 200, () => false).indexOf(false);
  expect(over * 40).toBeLessThan(4000);
});

test("after a silence the first whole message ends it", () => {
  const thinning = new Thinning(0);
  hear(thinning, 0, 100, () => true);
  expect(thinning.heard(false, 20_000)).toBe(false);
});

test("where nothing comes any more it ends by itself", () => {
  const thinning = new Thinning(0);
  hear(thinning, 0, 100, () => true);
  expect([4000, 5900, 6000].map((now) => thinning.stands(now))).toEqual([true, true, false]);
});
