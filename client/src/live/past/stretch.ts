/** A stretch of one tag's past as columns: what one answer of history says of it. Pure. */
import { type HistorySeries, QUALITY_NAMES } from "@cellhouse/shared";

/** What the points of an answer were made of. */
export type Resolution = HistorySeries["source"];

export interface Stretch {
  from: number;
  /** Exclusive; what had not happened yet when it was asked for is not in it. */
  to: number;
  source: Resolution;
  /** Width of a bucket, ms; 0: every sample is there. */
  width: number;
  /** Rising, epoch ms. A value holds until the next time. */
  t: Float64Array;
  /** Mean of a bucket; `NaN` for no number to be believed. */
  mean: Float64Array;
  /** What a bucket ended with. */
  last: Float64Array;
  low: Float64Array;
  high: Float64Array;
  q: Uint8Array;
  /** 1 where the sample came long after its time. */
  late: Uint8Array;
  gaps: readonly (readonly [from: number, to: number])[];
  /** What stood at `from` without a sample inside; `NaN`: not known. */
  before: number;
}

/** A sample that came so long after its time was filled in later, ms. */
const LATE_MS = 60_000;
const BAD = QUALITY_NAMES.indexOf("bad");

type Series = HistorySeries;

/** `span`: what was asked for; `bucket`: the width of its buckets where the answer does not tell, ms. */
export function stretchOf(series: Series, span: { from: number; to: number }, bucket: number): Stretch {
  const common = { ...span, source: series.source, gaps: series.gaps, before: Number.NaN };
  return series.v === undefined ? { ...common, ...buckets(series, series.width ?? bucket, span.to) } : { ...common, ...samples(series) };
}

type Columns = Pick<Stretch, "width" | "t" | "mean" | "last" | "low" | "high" | "q" | "late">;

function samples({ t, v = [], q, received }: Series): Columns {
  const value = numbers(v);
  const quality = qualities(q);
  const late = new Uint8Array(t.length);
  for (let i = 0; i < t.length; i++) {
    if (quality[i] === BAD) value[i] = Number.NaN;
    if (received !== undefined && (received[i] as number) - (t[i] as number) > LATE_MS) late[i] = 1;
  }
  return { width: 0, t: Float64Array.from(t), mean: value, last: value, low: value, high: value, q: quality, late };
}

/** After a bucket with none behind it the value holds that it ended with: a point more, at its end. */
function buckets(series: Series, width: number, end: number): Columns {
  const { t, mean = [], min = [], max = [], last = [], gaps } = series;
  const isOpen = (time: number, i: number): boolean => {
    const close = time + width;
    return close < (t[i + 1] ?? end) && !gaps.some(([from, to]) => from < close && close < to);
  };
  const ends = t.filter(isOpen).length;
  const column = (): Float64Array => new Float64Array(t.length + ends);
  const made = { width, t: column(), mean: column(), last: column(), low: column(), high: column(), q: new Uint8Array(t.length + ends) };
  const quality = qualities(series.q);
  let n = 0;
  const put = (time: number, i: number, [m, l, low, high]: readonly (number | null | undefined)[]): void => {
    made.t[n] = time;
    made.mean[n] = m ?? Number.NaN;
    made.last[n] = l ?? Number.NaN;
    made.low[n] = low ?? Number.NaN;
    made.high[n] = high ?? Number.NaN;
    made.q[n++] = quality[i] as number;
  };
  for (let i = 0; i < t.length; i++) {
    const time = t[i] as number;
    put(time, i, [mean[i], last[i], min[i], max[i]]);
    if (isOpen(time, i)) put(time + width, i, [last[i], last[i], last[i], last[i]]);
  }
  return { ...made, late: new Uint8Array(n) };
}

function numbers(values: readonly (number | null)[]): Float64Array {
  const column = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) column[i] = values[i] ?? Number.NaN;
  return column;
}

function qualities(names: Series["q"]): Uint8Array {
  const column = new Uint8Array(names.length);
  for (let i = 0; i < names.length; i++) column[i] = QUALITY_NAMES.indexOf(names[i] as (typeof QUALITY_NAMES)[number]);
  return column;
}

/** The first position whose time is past `time`. */
export function after(times: ArrayLike<number>, time: number, length = times.length): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
