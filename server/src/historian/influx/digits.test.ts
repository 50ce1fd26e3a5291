import fc from "fast-check";
import { expect, test } from "vitest";
import { LONGEST, putMean, putNumber } from "./digits.ts";

const bytes = new Uint8Array(LONGEST + 8);
const text = (put: typeof putNumber, value: number): string => new TextDecoder().decode(bytes.subarray(0, put(bytes, 0, value)));

const floats = fc.float({ noNaN: true, noDefaultInfinity: true });
const doubles = fc.double({ noNaN: true, noDefaultInfinity: true });
const values = fc.oneof(floats, doubles, fc.double({ min: -100_000, max: 100_000, noNaN: true }).map(Math.fround), fc.maxSafeInteger());

test("every number reads back to the last bit", () => {
  fc.assert(
    fc.property(values, (value) => {
      expect(Number(text(putNumber, value))).toBe(value + 0);
      expect(text(putNumber, value).length).toBeLessThanOrEqual(LONGEST);
    }),
    { numRuns: 20_000, seed: 3 },
  );
});

test.each([
  [0, "0"],
  [-0, "0"],
  [100_000_000, "100000000"],
  [1_760_000_000_000, "1760000000000"],
  [Number.MAX_SAFE_INTEGER, "9007199254740991"],
  [-6000.5, "-6000.5"],
  [Math.fround(9.9), "9.8999996185302734"],
  [1e300, "1e+300"],
  [128.00390625, "128.00390625"],
])("%d is written as %s", (value, wanted) => {
  expect(text(putNumber, value)).toBe(wanted);
});

test("a mean is exact to ten digits behind the point, and to the last bit below one", () => {
  fc.assert(
    fc.property(values, (value) => {
      const error = Math.abs(Number(text(putMean, value)) - value);
      expect(error).toBeLessThanOrEqual(Math.abs(value) < 1 ? 0 : Math.max(1e-10, Math.abs(value) * Number.EPSILON));
    }),
    { numRuns: 20_000, seed: 4 },
  );
});
