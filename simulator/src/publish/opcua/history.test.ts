import { CELL_TAGS, Quality, type TagDefinition } from "@cellhouse/shared";
import fc from "fast-check";
import { type HistoryData, ReadProcessedDetails, ReadRawModifiedDetails, StatusCodes } from "node-opcua";
import { expect, test } from "vitest";
import { readHistory } from "./history.ts";
import { RecentSamples } from "./recent-samples.ts";

const definition = CELL_TAGS[0] as TagDefinition;
/** The samples of the standard's own example, in seconds (Part 11, 6.5.3.2). */
const recent = new RecentSamples(true);
const MINUTE = 1_700_000_000_000;
for (const second of [0, 2, 3, 5, 6]) recent.push({ time: MINUTE + second * 1000, value: second, quality: Quality.Good, lost: false });

interface Question {
  from?: number;
  to?: number;
  n?: number;
  bounds?: boolean;
}

function ask({ from, to, n = 0, bounds = false }: Question, continuationPoint?: Buffer) {
  const time = (second: number | undefined): Date | null => (second === undefined ? null : new Date(MINUTE + second * 1000));
  const details = new ReadRawModifiedDetails({
    isReadModified: false,
    startTime: time(from),
    endTime: time(to),
    numValuesPerNode: n,
    returnBounds: bounds,
  });
  const result = readHistory({ details, continuationPoint, release: false }, definition, recent);
  const values = (result.historyData as HistoryData | null)?.dataValues ?? [];
  return { result, got: values.map((v) => (v?.statusCode === StatusCodes.BadBoundNotFound ? "none" : (v?.value.value as number))) };
}

test("without bounds the first time counts and the second does not, forward and backward", () => {
  expect(ask({ from: 0, to: 5 }).got).toEqual([0, 2, 3]);
  expect(ask({ from: 5, to: 0 }).got).toEqual([5, 3, 2]);
  expect(ask({ from: 1, to: 4 }).got).toEqual([2, 3]);
  expect(ask({ from: 4, to: 1 }).got).toEqual([3, 2]);
  expect(ask({ from: 3, to: 3 }).got).toEqual([3]);
});

test("with bounds the values at or just beyond both times belong to it, and one that does not exist is named", () => {
  expect(ask({ from: 0, to: 5, bounds: true }).got).toEqual([0, 2, 3, 5]);
  expect(ask({ from: 5, to: 0, bounds: true }).got).toEqual([5, 3, 2, 0]);
  expect(ask({ from: 1, to: 4, bounds: true }).got).toEqual([0, 2, 3, 5]);
  expect(ask({ from: 4, to: 1, bounds: true }).got).toEqual([5, 3, 2, 0]);
  expect(ask({ from: -1, to: 9, bounds: true }).got).toEqual(["none", 0, 2, 3, 5, 6, "none"]);
  expect(ask({ from: 9, to: -1, bounds: true }).got).toEqual(["none", 6, 5, 3, 2, 0, "none"]);
});

test("one time and a number of values are enough; one time alone is not", () => {
  expect(ask({ from: 1, n: 2 }).got).toEqual([2, 3]);
  expect(ask({ to: 4, n: 2 }).got).toEqual([3, 2]);
  expect(ask({ to: 5, n: 9 }).got).toEqual([5, 3, 2, 0]);
  expect(ask({ from: 1, n: 2 }).result.continuationPoint).toBeFalsy();
  expect(ask({ from: 1 }).result.statusCode).toBe(StatusCodes.BadHistoryOperationInvalid);
  expect(ask({ n: 5 }).result.statusCode).toBe(StatusCodes.BadHistoryOperationInvalid);
});

test("nothing in the span is an answer of its own", () => {
  expect(ask({ from: 3.5, to: 4.5 }).result.statusCode).toBe(StatusCodes.GoodNoData);
});

test("parts put together are the whole, whatever their size, direction and bounds", () => {
  const second = fc.integer({ min: -2, max: 8 });
  fc.assert(
    fc.property(second, second, fc.integer({ min: 1, max: 4 }), fc.boolean(), (from, to, n, bounds) => {
      const whole = ask({ from, to, bounds }).got;
      const parts: unknown[] = [];
      let point: Buffer | undefined;
      do {
        const { result, got } = ask({ from, to, n, bounds }, point);
        expect(result.statusCode.isBad()).toBe(false);
        parts.push(...got);
        point = result.continuationPoint ?? undefined;
      } while (point !== undefined && point.length > 0);
      expect(parts).toEqual(whole);
    }),
  );
});

test("a continuation point that is not ours, or whose samples are forgotten, is refused and nothing breaks", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (bytes) => {
      const { statusCode } = ask({ from: 0, to: 5 }, Buffer.from(bytes)).result;
      expect(statusCode === StatusCodes.BadContinuationPointInvalid || !statusCode.isBad()).toBe(true);
    }),
  );
  const old = new RecentSamples(true);
  for (let k = 0; k < 5; k++) old.push({ time: k, value: k, quality: Quality.Good, lost: false });
  const point = ask({ from: 0, to: 6, n: 2 }).result.continuationPoint as Buffer;
  old.push({ time: 1e12, value: 0, quality: Quality.Good, lost: false });
  const details = new ReadRawModifiedDetails({ startTime: new Date(0), endTime: new Date(9) });
  expect(readHistory({ details, continuationPoint: point, release: false }, definition, old).statusCode).toBe(
    StatusCodes.BadContinuationPointInvalid,
  );
});

test("what is not kept is refused: modified values and aggregates", () => {
  const ask = (details: unknown) => readHistory({ details, continuationPoint: null, release: false }, definition, recent).statusCode;
  expect(ask(new ReadRawModifiedDetails({ isReadModified: true }))).toBe(StatusCodes.BadHistoryOperationUnsupported);
  expect(ask(new ReadProcessedDetails({}))).toBe(StatusCodes.BadHistoryOperationUnsupported);
});
