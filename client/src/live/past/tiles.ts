/** The tiles that are kept, and which of them must be asked for again. */

import type { Piece } from "./curve.ts";
import { type Grid, gridKey } from "./grid.ts";
import type { Stretch } from "./stretch.ts";

/** Stretches kept; one of 2,000 points takes about 90 kB. */
const MOST = 400;
/** The present goes on, and what comes late lands in the past: a tile is asked for again after this time, ms. */
const EDGE_MS = 10_000;
const AGE_MS = 60_000;

interface Kept {
  tag: number;
  step: number;
  stretch: Stretch;
  asked: number;
  doubted: boolean;
}

export interface TileQuery {
  tag: number;
  grid: Grid;
  tile: number;
  /** Where the pipe's time stands, and the clock. */
  now: number;
  clock: number;
}

export class Tiles {
  /** In order of last use. */
  readonly #kept = new Map<string, Kept>();

  get(tag: number, grid: string, tile: number): Stretch | undefined {
    return this.#use(keyOf(tag, grid, tile))?.stretch;
  }

  put(tag: number, grid: string, { tile, stretch }: { tile: number; stretch: Stretch }, asked: number): void {
    const key = keyOf(tag, grid, tile);
    this.#kept.delete(key);
    this.#kept.set(key, { tag, step: Number.parseInt(grid, 10), stretch, asked, doubted: false });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST) break;
      this.#kept.delete(oldest);
    }
  }

  /** True for one that is not there, in doubt, cut short or old; the longer it is, the less a few seconds matter. */
  isDue({ tag, grid, tile, now, clock }: TileQuery): boolean {
    const kept = this.#kept.get(keyOf(tag, gridKey(grid), tile));
    if (kept === undefined || kept.doubted) return true;
    const end = (tile + 1) * grid.length;
    const { to } = kept.stretch;
    if (to < end && end <= now) return true;
    return to < Math.min(end, now)
      ? clock - kept.asked > Math.max(EDGE_MS, grid.length / 256)
      : clock - kept.asked > Math.max(AGE_MS, grid.length / 256);
  }

  doubt(): void {
    for (const kept of this.#kept.values()) kept.doubted = true;
  }

  /** What other zooms have of a span, the nearest in time and the finest first; time of which there is none stays open. */
  instead(tag: number, span: { from: number; to: number }): Piece[] {
    const others = [...this.#kept.values()]
      .filter(({ tag: own, stretch }) => own === tag && stretch.from < span.to && stretch.to > span.from)
      .sort((a, b) => a.step - b.step);
    const pieces: Piece[] = [];
    let at = span.from;
    while (at < span.to) {
      const here = others.find(({ stretch }) => stretch.from <= at && stretch.to > at)?.stretch;
      const next = Math.min(span.to, ...others.filter(({ stretch }) => stretch.from > at).map(({ stretch }) => stretch.from));
      const to = here === undefined ? next : Math.min(span.to, here.to);
      pieces.push({ from: at, to, stretch: here });
      at = to;
    }
    return pieces;
  }

  #use(key: string): Kept | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept;
  }
}

function keyOf(tag: number, grid: string, tile: number): string {
  return `${tag}|${grid}|${tile}`;
}
