/**
 * Gaps of a record: spans of ten seconds or more (the time after which a silent cell counts as lost) in which neither the
 * tag nor its PLC's heartbeat was stored. A quiet tag of a live cell has no gap: it reports by exception.
 */
export const GAP_MS = 10_000;

/** What is known to be there: the start of each stored stretch and how long one stretch is, ms. */
export interface Presence {
  time: ArrayLike<number>;
  width: number;
}

/** Spans of [from, to) that no presence covers. */
export function gapsOf(range: { from: number; to: number }, presences: readonly Presence[]): [number, number][] {
  const stretches = presences.flatMap(({ time, width }) => Array.from(time, (t) => [t, t + width] as const)).sort((a, b) => a[0] - b[0]);
  const gaps: [number, number][] = [];
  let covered = range.from;
  for (const [start, end] of stretches) {
    if (start - covered >= GAP_MS) gaps.push([covered, start]);
    if (end > covered) covered = end;
  }
  if (range.to - covered >= GAP_MS) gaps.push([covered, range.to]);
  return gaps;
}
