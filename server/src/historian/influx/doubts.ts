/** Rows that must be made again from what is stored: something came late, or this process does not know how they began. */
import { ROLLUP_MS, ROLLUPS } from "../buckets.ts";

/** Seconds, minutes, hours: places in `ROLLUPS`. */
export type Level = 0 | 1 | 2;
export const LEVELS: readonly Level[] = [0, 1, 2];
export const WIDTHS: readonly [number, number, number] = [ROLLUP_MS[ROLLUPS[0] as "10s"], ROLLUP_MS["1m"], ROLLUP_MS["1h"]];

export interface Doubt {
  /** The write that brought the oldest sample concerned. */
  since: number;
  /** The sweep before which it was last touched. */
  sweep: number;
  /** A number was taken back: the stored row must go before the new one comes. */
  anew: boolean;
}

/** Rows in a row: of one series, one after the other. */
export interface DoubtSpan {
  series: number;
  from: number;
  to: number;
  anew: boolean;
}

/** Rows read back at once, per level: some thousand values per tag. */
const MOST_ROWS: readonly [number, number, number] = [60, 60, 24];

/** By level, series and start of the row; all tags of a series are made again together. */
export class Doubts {
  readonly #rows: readonly Map<number, Map<number, Doubt>>[] = LEVELS.map(() => new Map());
  #size = 0;

  get size(): number {
    return this.#size;
  }

  mark(level: Level, { series, start }: { series: number; start: number }, { since, sweep, anew }: Doubt): void {
    const all = this.#rows[level] as Map<number, Map<number, Doubt>>;
    const rows = all.get(series) ?? new Map<number, Doubt>();
    all.set(series, rows);
    const known = rows.get(start);
    if (known === undefined) this.#size++;
    rows.set(start, { since: Math.min(since, known?.since ?? since), sweep, anew: anew || known?.anew === true });
  }

  /** Starts of a series' rows, in no order. */
  starts(level: Level, series: number): Iterable<number> {
    return this.#rows[level]?.get(series)?.keys() ?? [];
  }

  /** The oldest write that waits for a row; Infinity for none. */
  oldest(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (const level of this.#rows)
      for (const rows of level.values()) for (const { since } of rows.values()) if (since < oldest) oldest = since;
    return oldest;
  }

  /** Rows untouched since the sweep before `sweep` whose own parts are in no doubt, in spans. */
  due(level: Level, sweep: number): DoubtSpan[] {
    const spans: DoubtSpan[] = [];
    for (const [series, rows] of this.#rows[level] ?? []) {
      const finer = level === 0 ? new Set<number>() : this.#spoilt((level - 1) as Level, series, WIDTHS[level]);
      const ready = [...rows].filter(([start, doubt]) => doubt.sweep < sweep && !finer.has(start)).sort(([a], [b]) => a - b);
      for (const [start, { anew }] of ready) join(spans, { series, from: start, to: start + WIDTHS[level], anew }, MOST_ROWS[level]);
    }
    return spans;
  }

  clear(level: Level, { series, from, to }: DoubtSpan): void {
    const rows = this.#rows[level]?.get(series);
    for (let start = from; start < to; start += WIDTHS[level]) if (rows?.delete(start)) this.#size--;
  }

  /** Rows of `width` that hold one in doubt. */
  #spoilt(level: Level, series: number, width: number): Set<number> {
    return new Set([...this.starts(level, series)].map((start) => Math.floor(start / width) * width));
  }
}

function join(spans: DoubtSpan[], next: DoubtSpan, most: number): void {
  const last = spans.at(-1);
  const width = next.to - next.from;
  if (last?.series === next.series && last.to === next.from && last.anew === next.anew && last.to - last.from < most * width)
    last.to = next.to;
  else spans.push(next);
}
