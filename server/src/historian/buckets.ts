/** Equal buckets over raw samples: the arithmetic every engine agrees on. */
import { Quality } from "@cellhouse/shared";
import type { BucketColumns, BucketQuery, RawColumns, Resolution } from "../contracts.ts";

/** Whole milliseconds as the engines store them: a sample at t is in the span when from <= t < to. */
export function wholeMs<Q extends { from: number; to: number }>(query: Q): Q {
  return { ...query, from: Math.ceil(query.from), to: Math.ceil(query.to) };
}

/** Start of bucket `i`: from + i * span / count. A sample at t lies in bucket floor((t - from) * count / span). */
export function bucketStart(query: BucketQuery, i: number): number {
  return query.from + (i * (query.to - query.from)) / query.count;
}

/** Room for `rows` buckets. */
export function bucketColumns(rows: number, source: Resolution): BucketColumns {
  const column = (): Float64Array => new Float64Array(rows).fill(Number.NaN);
  return {
    source,
    time: column(),
    min: column(),
    max: column(),
    mean: column(),
    first: column(),
    last: column(),
    count: new Float64Array(rows),
    quality: new Uint8Array(rows),
  };
}

/** Buckets of samples in order of time, one per time. Only numbers that may be believed count: what is Bad is never part of an average. A bucket without any has count 0 and NaN. */
export function bucketsOf(raw: RawColumns, query: BucketQuery): BucketColumns {
  const span = query.to - query.from;
  const columns = bucketColumns(Math.min(query.count, raw.time.length), "raw");
  let row = -1;
  let bucket = -1;
  for (let i = 0; i < raw.time.length; i++) {
    const at = Math.floor((((raw.time[i] as number) - query.from) * query.count) / span);
    if (at !== bucket) {
      finish(columns, row);
      columns.time[++row] = bucketStart(query, at);
      bucket = at;
    }
    addSample(columns, row, raw.value[i] as number, raw.quality[i] as Quality);
  }
  finish(columns, row);
  return cut(columns, row + 1);
}

/** `mean` holds the sum until `finish`. */
function addSample(columns: BucketColumns, row: number, value: number, quality: number): void {
  if (quality > (columns.quality[row] as number)) columns.quality[row] = quality;
  if (Number.isNaN(value) || quality === Quality.Bad) return;
  const n = columns.count[row] as number;
  columns.count[row] = n + 1;
  columns.last[row] = value;
  if (n === 0) columns.first[row] = columns.min[row] = columns.max[row] = columns.mean[row] = value;
  else {
    columns.mean[row] = (columns.mean[row] as number) + value;
    if (value < (columns.min[row] as number)) columns.min[row] = value;
    if (value > (columns.max[row] as number)) columns.max[row] = value;
  }
}

function finish(columns: BucketColumns, row: number): void {
  if (row >= 0 && (columns.count[row] as number) > 0) columns.mean[row] = (columns.mean[row] as number) / (columns.count[row] as number);
}

function cut(columns: BucketColumns, rows: number): BucketColumns {
  const to = (column: Float64Array): Float64Array => column.subarray(0, rows);
  const { time, min, max, mean, first, last, count } = columns;
  return {
    source: columns.source,
    time: to(time),
    min: to(min),
    max: to(max),
    mean: to(mean),
    first: to(first),
    last: to(last),
    count: to(count),
    quality: columns.quality.subarray(0, rows),
  };
}

/** A quality byte as stored: anything unknown is Bad. */
export function knownQuality(quality: number): Quality {
  return quality <= Quality.Bad ? (quality as Quality) : Quality.Bad;
}
