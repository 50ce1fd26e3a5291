/** Rows over samples and rows over rows: the one arithmetic of every engine and every resolution. */
import { Quality } from "@cellhouse/shared";
import type { BucketColumns, BucketQuery, RawColumns, Resolution, Rollup } from "../contracts.ts";

/** Widths of the rows kept beside raw, finest first. */
export const ROLLUP_MS = { "10s": 10_000, "1m": 60_000, "1h": 3_600_000 } as const satisfies Record<Rollup, number>;
export const ROLLUPS = Object.keys(ROLLUP_MS) as Rollup[];

/** Whole milliseconds as the engines store them: a sample at t is in the span when from <= t < to. */
export function wholeMs<Q extends { from: number; to: number }>(query: Q): Q {
  return { ...query, from: Math.ceil(query.from), to: Math.ceil(query.to) };
}

/** `count` equal buckets of samples in order of time, one per time; a sample at t lies in bucket floor((t - from) * count / span), which starts at from + bucket * span / count. */
export function bucketsOf(raw: RawColumns, { from, to, count }: BucketQuery): BucketColumns {
  const span = to - from;
  const rows = new BucketRows(Math.min(count, raw.time.length), { source: "raw", width: span / count });
  let bucket = -1;
  for (let i = 0; i < raw.time.length; i++) {
    const at = Math.floor((((raw.time[i] as number) - from) * count) / span);
    if (at !== bucket) rows.open(from + (at * span) / count);
    bucket = at;
    rows.sample(raw.value[i] as number, raw.quality[i] as number);
  }
  return rows.columns();
}

/** The rows of one rollup over samples in order of time, one per time; they start at whole multiples of its width. */
export function rollUp(raw: RawColumns, rollup: Rollup): BucketColumns {
  const width = ROLLUP_MS[rollup];
  const rows = new BucketRows(raw.time.length, { source: rollup, width });
  let end = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < raw.time.length; i++) {
    const time = raw.time[i] as number;
    if (time >= end) {
      const start = Math.floor(time / width) * width;
      rows.open(start);
      end = start + width;
    }
    rows.sample(raw.value[i] as number, raw.quality[i] as number);
  }
  return rows.columns();
}

/** Rows put together into buckets whose edges are whole multiples of `width`, ms, a multiple of their own; the first begins at `from`. */
export function widen(finer: BucketColumns, { from, width }: { from: number; width: number }): BucketColumns {
  const rows = new BucketRows(finer.time.length, { source: finer.source, width });
  let bucket = Number.NaN;
  for (let i = 0; i < finer.time.length; i++) {
    const own = Math.floor((finer.time[i] as number) / width) * width;
    if (own !== bucket) rows.open(Math.max(from, own));
    bucket = own;
    rows.row(finer, i);
  }
  return rows.columns();
}

/** Rows being made one after the other, in order of start. Only numbers that may be believed count: what is Bad is never part of an average. A row without any has count 0 and NaN. */
export class BucketRows {
  readonly #made: BucketColumns;
  #row = -1;

  /** Room for at most `most` rows. */
  constructor(most: number, { source, width }: { source: Resolution; width: number }) {
    const column = (): Float64Array => new Float64Array(most).fill(Number.NaN);
    const [time, min, max, mean, first, last] = [column(), column(), column(), column(), column(), column()];
    this.#made = { source, width, time, min, max, mean, first, last, count: new Float64Array(most), quality: new Uint8Array(most) };
  }

  /** Begins the next row; what is added goes there. */
  open(start: number): void {
    this.#close();
    this.#made.time[++this.#row] = start;
  }

  sample(value: number, quality: number): void {
    const { count, min, max, mean, first, last } = this.#made;
    const row = this.#row;
    this.#worst(quality);
    if (Number.isNaN(value) || quality === Quality.Bad) return;
    const n = count[row] as number;
    count[row] = n + 1;
    last[row] = value;
    if (n === 0) first[row] = min[row] = max[row] = mean[row] = value;
    else {
      mean[row] = (mean[row] as number) + value;
      if (value < (min[row] as number)) min[row] = value;
      if (value > (max[row] as number)) max[row] = value;
    }
  }

  /** All that stands in row `i` of finer ones. */
  row(finer: BucketColumns, i: number): void {
    const { count, min, max, mean, first, last } = this.#made;
    const row = this.#row;
    this.#worst(finer.quality[i] as number);
    const more = finer.count[i] as number;
    if (more === 0) return;
    const n = count[row] as number;
    const sum = (finer.mean[i] as number) * more;
    count[row] = n + more;
    last[row] = finer.last[i] as number;
    mean[row] = n === 0 ? sum : (mean[row] as number) + sum;
    if (n === 0) first[row] = finer.first[i] as number;
    if (n === 0 || (finer.min[i] as number) < (min[row] as number)) min[row] = finer.min[i] as number;
    if (n === 0 || (finer.max[i] as number) > (max[row] as number)) max[row] = finer.max[i] as number;
  }

  columns(): BucketColumns {
    this.#close();
    const cut = (column: Float64Array): Float64Array => column.subarray(0, this.#row + 1);
    const { source, width, time, min, max, mean, first, last, count, quality } = this.#made;
    return {
      source,
      width,
      time: cut(time),
      min: cut(min),
      max: cut(max),
      mean: cut(mean),
      first: cut(first),
      last: cut(last),
      count: cut(count),
      quality: quality.subarray(0, this.#row + 1),
    };
  }

  #worst(quality: number): void {
    if (quality > (this.#made.quality[this.#row] as number)) this.#made.quality[this.#row] = quality;
  }

  /** `mean` holds the sum until now. */
  #close(): void {
    const n = this.#made.count[this.#row] ?? 0;
    if (n > 0) this.#made.mean[this.#row] = (this.#made.mean[this.#row] as number) / n;
  }
}

/** A quality byte as stored: anything unknown is Bad. */
export function knownQuality(quality: number): Quality {
  return quality <= Quality.Bad ? (quality as Quality) : Quality.Bad;
}
