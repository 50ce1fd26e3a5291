/**
 * Rows of 10 s, 1 min and 1 h in the making: each sample is added to its row of 10 s, each row that closes to the next coarser one.
 * What does not come in order of time, and what this process has not seen from its beginning, is left to `Doubts`.
 */
import { Quality } from "@cellhouse/shared";
import { type Doubts, LEVELS, type Level, WIDTHS } from "./doubts.ts";
import type { Place } from "./places.ts";

/** Sweeps come every so many ms of arrival time. */
const SWEEP_MS = 10_000;
/** A row closes when nothing was added for so many sweeps, though nothing newer has come; rows of 1 h wait for the next hour. */
const IDLE_SWEEPS: Readonly<Record<Level, number>> = { 0: 1, 1: 7, 2: Number.POSITIVE_INFINITY };
/** A row of 1 h is stored as it stands every so many sweeps (5 min), cells in turn. */
const TURN_SWEEPS = 30;

const OPEN = 1;
const SPOILT = 2;

/** A row as it is given away; borrowed for the call. */
export interface RowParts {
  count: number;
  min: number;
  max: number;
  sum: number;
  first: number;
  last: number;
  quality: number;
}

/** Takes a row to be stored. */
export type RowSink = (level: Level, tag: number, start: number, row: RowParts) => void;

/** The open rows of one width, by TagId. */
class OpenRows {
  readonly start: Float64Array;
  readonly state: Uint8Array;
  readonly count: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly sum: Float64Array;
  readonly first: Float64Array;
  readonly last: Float64Array;
  readonly quality: Uint8Array;
  /** The write whose samples wait in the row to be stored; 0 for none. */
  readonly since: Float64Array;
  /** The sweep before which it was last added to. */
  readonly sweep: Uint32Array;

  constructor(tags: number) {
    const column = (): Float64Array => new Float64Array(tags);
    this.start = column().fill(Number.NEGATIVE_INFINITY);
    this.state = new Uint8Array(tags);
    this.count = column();
    this.min = column();
    this.max = column();
    this.sum = column();
    this.first = column();
    this.last = column();
    this.since = column();
    this.quality = new Uint8Array(tags);
    this.sweep = new Uint32Array(tags);
  }

  open(tag: number, start: number): void {
    this.start[tag] = start;
    this.state[tag] = OPEN;
    this.count[tag] = 0;
    this.sum[tag] = 0;
    this.quality[tag] = Quality.Good;
  }

  parts(tag: number): RowParts {
    const at = (column: Float64Array): number => column[tag] as number;
    return {
      count: at(this.count),
      min: at(this.min),
      max: at(this.max),
      sum: at(this.sum),
      first: at(this.first),
      last: at(this.last),
      quality: this.quality[tag] as number,
    };
  }

  add(tag: number, { count, min, max, sum, first, last, quality }: RowParts): void {
    if (quality > (this.quality[tag] as number)) this.quality[tag] = quality;
    if (count === 0) return;
    const n = this.count[tag] as number;
    if (n === 0) this.first[tag] = first;
    this.min[tag] = n === 0 ? min : Math.min(min, this.min[tag] as number);
    this.max[tag] = n === 0 ? max : Math.max(max, this.max[tag] as number);
    this.sum[tag] = (this.sum[tag] as number) + sum;
    this.last[tag] = last;
    this.count[tag] = n + count;
  }

  touch(tag: number, since: number, sweep: number): void {
    this.sweep[tag] = sweep;
    const before = this.since[tag] as number;
    if (before === 0 || since < before) this.since[tag] = since;
  }
}

export class Rows {
  readonly #places: readonly Place[];
  readonly #levels: readonly [OpenRows, OpenRows, OpenRows];
  readonly #doubts: Doubts;
  readonly #sink: RowSink;
  #write = 0;
  #sweep = 1;
  #nextSweep = Number.NEGATIVE_INFINITY;
  #horizon: number | undefined;

  constructor({ places, doubts, sink }: { places: readonly Place[]; doubts: Doubts; sink: RowSink }) {
    this.#places = places;
    this.#doubts = doubts;
    this.#sink = sink;
    this.#levels = [new OpenRows(places.length), new OpenRows(places.length), new OpenRows(places.length)];
  }

  /** Number of writes so far; the doubts' sweep. */
  get writes(): number {
    return this.#write;
  }

  get sweeps(): number {
    return this.#sweep;
  }

  /** Another write begins. */
  begin(): void {
    this.#write++;
  }

  /** One sample, column by column (once per sample); `late` when it is not newer than the newest of its tag. A missing number is NaN. */
  add(tag: number, time: number, value: number, quality: number, late: boolean): void {
    const rows = this.#levels[0];
    const start = rows.start[tag] as number;
    if (time >= start + WIDTHS[0]) this.#next(0, tag, Math.floor(time / WIDTHS[0]) * WIDTHS[0]);
    else if (time < start || rows.state[tag] === 0) {
      this.#feed(0, tag, Math.floor(time / WIDTHS[0]) * WIDTHS[0]);
      return;
    } else if (late) this.#spoil(0, tag);
    rows.touch(tag, this.#write, this.#sweep);
    if (quality > (rows.quality[tag] as number)) rows.quality[tag] = quality;
    if (quality === Quality.Bad || Number.isNaN(value)) return;
    const n = (rows.count[tag] as number) + 1;
    rows.count[tag] = n;
    rows.last[tag] = value;
    if (n === 1) rows.first[tag] = rows.min[tag] = rows.max[tag] = rows.sum[tag] = value;
    else {
      rows.sum[tag] = (rows.sum[tag] as number) + value;
      if (value < (rows.min[tag] as number)) rows.min[tag] = value;
      if (value > (rows.max[tag] as number)) rows.max[tag] = value;
    }
  }

  /** A number was taken back: whatever rows it was in must be made again. */
  takenBack(tag: number, time: number): void {
    for (const level of LEVELS) this.#mark(level, tag, { start: Math.floor(time / WIDTHS[level]) * WIDTHS[level], anew: true });
  }

  /** Moves on to an arrival time: closes what is idle, gives the hours that are in turn as they stand. */
  advance(receivedAt: number): void {
    this.#horizon ??= receivedAt;
    if (receivedAt < this.#nextSweep) return;
    this.#nextSweep = (Math.floor(receivedAt / SWEEP_MS) + 1) * SWEEP_MS;
    this.#sweep++;
    for (const level of LEVELS) {
      const { state, sweep } = this.#levels[level];
      const before = this.#sweep - IDLE_SWEEPS[level];
      for (let tag = 0; tag < state.length; tag++) if (state[tag] !== 0 && (sweep[tag] as number) < before) this.#close(level, tag);
    }
    for (let tag = 0; tag < this.#places.length; tag++)
      if (((this.#places[tag] as Place).series.index + this.#sweep) % TURN_SWEEPS === 0) this.#give(2, tag);
  }

  /** Gives everything away as it stands. */
  flush(): void {
    this.#sweep++;
    for (let tag = 0; tag < this.#places.length; tag++) for (const level of LEVELS) this.#close(level, tag);
  }

  /** The oldest write of which something waits; Infinity for none. */
  oldest(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (const { since } of this.#levels) for (const write of since) if (write !== 0 && write < oldest) oldest = write;
    return oldest;
  }

  /** Starts of the rows of a tag that are not stored as they should be. */
  unsettled(level: Level, tag: number): Set<number> {
    const starts = new Set(this.#doubts.starts(level, (this.#places[tag] as Place).series.index));
    for (const finer of LEVELS.slice(0, level + 1)) {
      const { start, since } = this.#levels[finer];
      if (since[tag] !== 0) starts.add(Math.floor((start[tag] as number) / WIDTHS[level]) * WIDTHS[level]);
    }
    return starts;
  }

  /** The start of the row that is being added to; undefined when there is none. */
  openStart(level: Level, tag: number): number | undefined {
    const { state, start } = this.#levels[level];
    return state[tag] === 0 ? undefined : start[tag];
  }

  /** A row made from what is stored: where it is the open one and unknown, it goes on from there. */
  resume(level: Level, tag: number, start: number, row: RowParts): void {
    const rows = this.#levels[level];
    if (rows.start[tag] !== start || rows.state[tag] !== (OPEN | SPOILT)) return;
    rows.open(tag, start);
    rows.add(tag, row);
    if (level === 2) rows.since[tag] = 0;
  }

  /** Closes the open row and begins one at `start`. The first of a tag, and what begins before our first frame came, may have been begun by a process before us. */
  #next(level: Level, tag: number, start: number): void {
    const rows = this.#levels[level];
    const unknown = rows.start[tag] === Number.NEGATIVE_INFINITY || start <= (this.#horizon as number);
    this.#close(level, tag);
    rows.open(tag, start);
    if (unknown) this.#spoil(level, tag);
  }

  /** A closed row into the next coarser one; without its parts, as something unknown. */
  #feed(level: Level, tag: number, start: number, row?: RowParts, since = this.#write): void {
    const rows = this.#levels[level];
    const own = Math.floor(start / WIDTHS[level]) * WIDTHS[level];
    if (own > (rows.start[tag] as number)) this.#next(level, tag, own);
    else if (own < (rows.start[tag] as number) || rows.state[tag] === 0) {
      this.#mark(level, tag, { start: own, since });
      if (level < 2) this.#feed((level + 1) as Level, tag, own, undefined, since);
      return;
    }
    rows.touch(tag, since, this.#sweep);
    if (row === undefined) this.#spoil(level, tag);
    else rows.add(tag, row);
  }

  #close(level: Level, tag: number): void {
    const rows = this.#levels[level];
    if (rows.state[tag] === 0) return;
    const spoilt = rows.state[tag] !== OPEN;
    const since = rows.since[tag] || this.#write;
    this.#give(level, tag);
    rows.state[tag] = 0;
    if (level < 2) this.#feed((level + 1) as Level, tag, rows.start[tag] as number, spoilt ? undefined : rows.parts(tag), since);
  }

  /** What waits in the row goes to be stored, or to be made again. */
  #give(level: Level, tag: number): void {
    const rows = this.#levels[level];
    const since = rows.since[tag] as number;
    if (since === 0) return;
    const start = rows.start[tag] as number;
    if (rows.state[tag] !== OPEN) this.#mark(level, tag, { start, since });
    else this.#sink(level, tag, start, rows.parts(tag));
    rows.since[tag] = 0;
  }

  #spoil(level: Level, tag: number): void {
    const rows = this.#levels[level];
    rows.state[tag] = OPEN | SPOILT;
    this.#mark(level, tag, { start: rows.start[tag] as number });
  }

  #mark(level: Level, tag: number, { start, since = this.#write, anew = false }: { start: number; since?: number; anew?: boolean }): void {
    const { index } = (this.#places[tag] as Place).series;
    this.#doubts.mark(level, { series: index, start }, { since, sweep: this.#sweep, anew });
  }
}
