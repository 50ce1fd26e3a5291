/** HistoryRead of raw data (OPC 10000-11, 6.5.3) from what is held in memory. A continuation point carries its own state, so none is kept here. */
import type { TagDefinition } from "@cellhouse/shared";
import { DataValue, HistoryData, HistoryReadResult, ReadRawModifiedDetails, StatusCodes, Variant } from "node-opcua";
import { dataValueOf, statusOf } from "./encoding.ts";
import type { RecentSamples } from "./recent-samples.ts";

/** Values in one answer per node, also where the client sets no limit. */
export const MOST_VALUES = 1000;

/** A walk through numbered samples: from `next` up to but without `end`, each a `step`; then a bound that is missing, if one is. */
interface Walk {
  next: number;
  end: number;
  step: 1 | -1;
  limit: number;
  /** Time of a bound that was asked for and does not exist; NaN: none. */
  missingBound: number;
}

export interface HistoryRequest {
  details: unknown;
  continuationPoint: Buffer | null | undefined;
  release: boolean;
}

/** One node's answer. Modified values, processed values and annotations are not kept: `BadHistoryOperationUnsupported`. */
export function readHistory({ details, continuationPoint, release }: HistoryRequest, definition: TagDefinition, recent: RecentSamples) {
  if (!(details instanceof ReadRawModifiedDetails) || details.isReadModified) return refusal(StatusCodes.BadHistoryOperationUnsupported);
  const resumed = continuationPoint != null && continuationPoint.length > 0;
  const walk = resumed ? unpack(continuationPoint, recent) : undefined;
  if (resumed && walk === undefined) return refusal(StatusCodes.BadContinuationPointInvalid);
  if (release) return answer([], undefined);
  if (walk !== undefined) return go(walk, [], definition, recent);
  const begun = begin(details, recent);
  return begun === undefined
    ? refusal(StatusCodes.BadHistoryOperationInvalid)
    : go(begun.walk, begun.missing === undefined ? [] : [noBound(begun.missing)], definition, recent);
}

function refusal(statusCode: typeof StatusCodes.Good): HistoryReadResult {
  return new HistoryReadResult({ statusCode });
}

function answer(dataValues: DataValue[], continuationPoint: Buffer | undefined): HistoryReadResult {
  const statusCode = dataValues.length === 0 ? StatusCodes.GoodNoData : StatusCodes.Good;
  return new HistoryReadResult({
    statusCode,
    historyData: new HistoryData({ dataValues }),
    ...(continuationPoint && { continuationPoint }),
  });
}

function go(walk: Walk, values: DataValue[], definition: TagDefinition, recent: RecentSamples): HistoryReadResult {
  let { next } = walk;
  while (next !== walk.end && values.length < walk.limit) {
    const { time, value, quality, lost } = recent.at(next);
    values.push(dataValueOf(definition.type, value, statusOf(quality, lost), time));
    next += walk.step;
  }
  if (next !== walk.end) return answer(values, pack({ ...walk, next }));
  if (!Number.isNaN(walk.missingBound)) values.push(noBound(walk.missingBound));
  return answer(values, undefined);
}

/**
 * Two of start, end and number of values must be given. With start first the values go forward in time, with end first (or alone) backward;
 * the first time counts, the second does not (Part 11, 6.5.3.2). Bounds: the value at or just beyond each of the two times.
 */
function begin(details: ReadRawModifiedDetails, recent: RecentSamples): { walk: Walk; missing?: number } | undefined {
  const [start, end] = [timeOf(details.startTime), timeOf(details.endTime)];
  const { numValuesPerNode, returnBounds } = details;
  const given = Math.min(numValuesPerNode || MOST_VALUES, MOST_VALUES);
  const from = start ?? end;
  if (from === undefined || ((start === undefined || end === undefined) && numValuesPerNode === 0)) return undefined;
  const step = start === undefined || (end !== undefined && end < start) ? -1 : 1;
  const to = start === undefined ? undefined : end;
  const span = step === 1 ? forward(from, to, recent, returnBounds) : backward(from, to, recent, returnBounds);
  // Where only one time is given the number of values is the whole of the question: nothing is left to continue.
  const stop = to === undefined ? span.next + step * Math.min(Math.abs(span.end - span.next), numValuesPerNode) : span.end;
  const missing = returnBounds && !span.firstBound ? from : undefined;
  const missingBound = returnBounds && to !== undefined && !span.lastBound ? to : Number.NaN;
  return { walk: { next: span.next, end: stop, step, limit: given, missingBound }, ...(missing !== undefined && { missing }) };
}

interface Span {
  next: number;
  end: number;
  firstBound: boolean;
  lastBound: boolean;
}

function forward(from: number, to: number | undefined, recent: RecentSamples, bounds: boolean): Span {
  const first = recent.since(from);
  const exact = first < recent.end && recent.at(first).time === from;
  const next = bounds && !exact && first > recent.first ? first - 1 : first;
  const end = to === undefined ? recent.end : Math.max(first, recent.since(to === from ? to + 1 : to));
  const last = bounds && to !== undefined && to !== from && end < recent.end ? end + 1 : end;
  return { next, end: last, firstBound: exact || next < first, lastBound: to === from ? exact : last > end };
}

function backward(from: number, to: number | undefined, recent: RecentSamples, bounds: boolean): Span {
  const after = recent.since(from + 1);
  const exact = after > recent.first && recent.at(after - 1).time === from;
  const next = bounds && !exact && after < recent.end ? after : after - 1;
  const end = to === undefined ? recent.first - 1 : Math.min(after - 1, recent.since(to + 1) - 1);
  const last = bounds && to !== undefined && end >= recent.first ? end - 1 : end;
  return { next, end: last, firstBound: exact || next === after, lastBound: last < end };
}

function noBound(time: number): DataValue {
  return new DataValue({ value: new Variant(), statusCode: StatusCodes.BadBoundNotFound, sourceTimestamp: new Date(time) });
}

/** Before 1602 a time means "not given". */
function timeOf(date: Date | null): number | undefined {
  const time = date?.getTime();
  return time === undefined || !(time >= Date.UTC(1602, 0, 1)) ? undefined : time;
}

const SIZE = 29;

function pack({ next, end, step, limit, missingBound }: Walk): Buffer {
  const point = Buffer.alloc(SIZE);
  point.writeDoubleLE(next, 0);
  point.writeDoubleLE(end, 8);
  point.writeDoubleLE(missingBound, 16);
  point.writeUInt32LE(limit, 24);
  point.writeInt8(step, 28);
  return point;
}

/** Undefined for what we did not give out, and for what has been forgotten since. */
function unpack(point: Buffer, recent: RecentSamples): Walk | undefined {
  if (point.length !== SIZE) return undefined;
  const [next, end, step, limit] = [point.readDoubleLE(0), point.readDoubleLE(8), point.readInt8(28), point.readUInt32LE(24)];
  const last = end - step;
  const held = (n: number): boolean => Number.isInteger(n) && n >= recent.first && n < recent.end;
  if ((step !== 1 && step !== -1) || !held(next) || !held(last) || (last - next) * step < 0) return undefined;
  if (limit < 1 || limit > MOST_VALUES) return undefined;
  return { next, end, step, limit, missingBound: point.readDoubleLE(16) };
}
