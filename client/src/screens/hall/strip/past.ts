/** The last hours of a sum over lines: what each reported by exception is held, and a sum is only what all parts are known for. Pure. */
import type { HistorySeries } from "@cellhouse/shared";

export interface Buckets {
  from: number;
  /** Width of a bucket, ms. */
  width: number;
  count: number;
}

/** One figure per bucket; `null` where any of the series is not known. */
export function sumOf(series: readonly HistorySeries[], buckets: Buckets): (number | null)[] {
  const columns = series.map((one) => heldOf(one, buckets));
  return Array.from({ length: buckets.count }, (_, i) => {
    let sum = 0;
    for (const column of columns) {
      const value = column[i] ?? null;
      if (value === null) return null;
      sum += value;
    }
    return columns.length === 0 ? null : sum;
  });
}

/** A value holds until the next one, but through no gap. */
function heldOf({ t, mean, gaps }: HistorySeries, { from, width, count }: Buckets): (number | null)[] {
  const own = new Map(t.map((time, i) => [Math.floor((time - from) / width), mean?.[i] ?? null]));
  let held: number | null = null;
  return Array.from({ length: count }, (_, i) => {
    const [begin, end] = [from + i * width, from + (i + 1) * width];
    if (own.has(i)) held = own.get(i) ?? null;
    else if (gaps.some(([a, b]) => a < end && b > begin)) held = null;
    return held;
  });
}
