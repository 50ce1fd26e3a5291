/** What is known to be there, and what is not: the gaps of a record. */
import { type Cell, GAP_MS, type Plant, type Tag, type TagId } from "@cellhouse/shared";
import type { BucketColumns, HistoryService } from "../../../contracts.ts";

/** Buckets a heartbeat is asked for at most: gaps are no finer than what is drawn. */
const MOST_BUCKETS = 2000;

export interface Span {
  from: number;
  to: number;
}

/** Stored stretches: where each begins, and where it ends. */
export interface Presence {
  time: ArrayLike<number>;
  end(start: number): number;
}

/** Samples have no length. */
export function samplesPresence(time: ArrayLike<number>): Presence {
  return { time, end: (start) => start };
}

/** Buckets made of rollups end at whole multiples of their width, wherever the first began. */
export function bucketsPresence({ time, source, width }: BucketColumns): Presence {
  return { time, end: source === "raw" ? (start) => start + width : (start) => (Math.floor(start / width) + 1) * width };
}

/**
 * Spans of ten seconds or more that no presence covers: neither the tag nor its PLC's heartbeat was stored.
 * A quiet tag of a live cell has no gap: it reports by exception.
 */
export function gapsOf(range: Span, presences: readonly Presence[]): [number, number][] {
  const stretches = presences.flatMap(({ time, end }) => Array.from(time, (t) => [t, end(t)] as const)).sort((a, b) => a[0] - b[0]);
  const gaps: [number, number][] = [];
  let covered = range.from;
  for (const [start, end] of stretches) {
    if (start - covered >= GAP_MS) gaps.push([covered, start]);
    if (end > covered) covered = end;
  }
  if (range.to - covered >= GAP_MS) gaps.push([covered, range.to]);
  return gaps;
}

/** The heartbeat that proves a tag's owner was heard. A line has none of its own: its first cell's stands for it; the system's tags stand for themselves. */
export function beatOf(plant: Plant, tag: Tag): TagId {
  const cell: Cell | undefined = plant.cell(tag.owner) ?? plant.line(tag.owner)?.cells[0];
  return cell?.tags.get("YC-905")?.id ?? tag.id;
}

/** Presence of each owner's heartbeat, asked once per owner. */
export function heartbeats(
  { plant, history }: { plant: Plant; history: HistoryService },
  span: Span,
  signal: AbortSignal,
): (tag: Tag) => Promise<Presence> {
  const known = new Map<TagId, Promise<Presence>>();
  const count = Math.min(MOST_BUCKETS, Math.max(1, Math.ceil((span.to - span.from) / (GAP_MS / 2))));
  return (tag) => {
    const beat = beatOf(plant, tag);
    const asked = known.get(beat) ?? history.buckets({ tag: beat, ...span, count, signal }).then(bucketsPresence);
    known.set(beat, asked);
    return asked;
  };
}
