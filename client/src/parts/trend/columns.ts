/** The points of a trend: past as buckets, present as samples, joined into columns; a gap is a `null`. Pure. */
import type { HistorySeries } from "@cellhouse/shared";

export interface Points {
  /** Rising, epoch ms. */
  t: number[];
  /** `null`: nothing is known from here to the next point. */
  v: (number | null)[];
}

export const noPoints = (): Points => ({ t: [], v: [] });

/**
 * A series as points. A bucket of more than one sample becomes first, min, max, last inside its width, so that no peak is lost;
 * nothing is put after `end`, for what has not been yet is not known.
 */
export function pointsOf(series: HistorySeries, width: number, end: number): Points {
  const points = noPoints();
  for (let i = 0; i < series.t.length; i++) {
    if (series.v !== undefined) push(points, series.t[i] as number, believed(series.v[i], series.q[i]));
    else pushBucket(points, series, i, Math.max(1, Math.min(width, end - (series.t[i] as number))));
  }
  return withGaps(points, series.gaps);
}

/** Bad is no number, and a stale one is not drawn as if it had been measured. */
function believed(value: number | null | undefined, quality: HistorySeries["q"][number] | undefined): number | null {
  return quality === "bad" || quality === "stale" ? null : (value ?? null);
}

function pushBucket(points: Points, series: HistorySeries, i: number, width: number): void {
  const t = series.t[i] as number;
  const [first, min, max, last] = [series.first?.[i], series.min?.[i], series.max?.[i], series.last?.[i]];
  if ((series.count?.[i] ?? 1) <= 1 || min === max) {
    push(points, t, last ?? series.mean?.[i] ?? null);
    return;
  }
  push(points, t, first ?? null);
  push(points, t + width * 0.25, min ?? null);
  push(points, t + width * 0.5, max ?? null);
  push(points, t + width * 0.75, last ?? null);
}

function push(points: Points, t: number, v: number | null): void {
  points.t.push(t);
  points.v.push(v);
}

/** Puts a `null` into every gap, up to which the value before it holds; points inside a gap stay (they are its edge). */
export function withGaps(points: Points, gaps: readonly [number, number][]): Points {
  if (gaps.length === 0) return points;
  const merged = noPoints();
  const marks = gaps.map(([from, to]) => (from + to) / 2);
  let next = 0;
  const open = (): void => {
    const from = gaps[next]?.[0] ?? 0;
    const last = merged.v.at(-1) ?? null;
    if (last !== null && (merged.t.at(-1) as number) < from) push(merged, from, last);
    push(merged, marks[next] as number, null);
    next++;
  };
  for (let i = 0; i < points.t.length; i++) {
    const t = points.t[i] as number;
    while (next < marks.length && (marks[next] as number) < t) open();
    push(merged, t, points.v[i] ?? null);
  }
  while (next < marks.length) open();
  return merged;
}

/** What a series ended with; undefined for nothing, or nothing to be believed. */
export function lastOf(series: HistorySeries): number | undefined {
  const i = series.t.length - 1;
  return believed(series.last?.[i], series.q[i]) ?? undefined;
}

/**
 * Points that begin with the value that stood at `from`, held until the first of them or until the first gap: what is reported
 * by exception may have its last sample long before the window. In a gap nothing stood.
 */
export function withStanding(points: Points, from: number, value: number, gaps: readonly [number, number][]): Points {
  const known = points.v.findIndex((v) => v !== null);
  const first = known < 0 ? Number.POSITIVE_INFINITY : (points.t[known] as number);
  const until = Math.min(first - 1, gaps[0]?.[0] ?? Number.POSITIVE_INFINITY);
  if (until <= from) return points;
  const held = Number.isFinite(until) ? [from, until] : [from];
  return { t: [...held, ...points.t], v: [...held.map(() => value), ...points.v] };
}

/** Past and present as one: what was heard live counts only after the last point of the past, which holds until the live word that it is lost. */
export function joinLive(past: Points, live: Points): Points {
  const end = past.t.at(-1) ?? Number.NEGATIVE_INFINITY;
  let from = live.t.length;
  while (from > 0 && (live.t[from - 1] as number) > end) from--;
  if (from === live.t.length) return past;
  const [lost, last] = [(live.t[from] as number) - 1, past.v.at(-1) ?? null];
  const held = live.v[from] === null && last !== null && lost > end;
  return {
    t: past.t.concat(held ? lost : [], live.t.slice(from)),
    v: past.v.concat(held ? last : [], live.v.slice(from)),
  };
}

/** A value still valid is drawn up to now; one that is not ends where it was last heard. */
export function extended(points: Points, now: number): Points {
  const last = points.v.at(-1);
  if (last === null || last === undefined || (points.t.at(-1) as number) >= now) return points;
  return { t: [...points.t, now], v: [...points.v, last] };
}

/** The value that held at a time; undefined before the first point, `null` in a gap. */
export function valueAt(points: Points, time: number): number | null | undefined {
  let low = 0;
  let high = points.t.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points.t[middle] as number) <= time) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? undefined : points.v[low - 1];
}
