/** Samples not yet in a file, in columns and in order of arrival. */
import type { Frame } from "@cellhouse/shared";
import type { RawColumns } from "../../contracts.ts";
import { knownQuality } from "../buckets.ts";

const FIRST_ROOM = 1 << 14;

/** Row numbers in order; those of a tag end before `ends` of its id, and begin where the tag's before it end. */
export interface SortedRows {
  order: Uint32Array;
  ends: Uint32Array;
}

export class HotSamples {
  /** Rows at most. */
  readonly room: number;
  rows = 0;
  tag = new Uint32Array(FIRST_ROOM);
  time = new Float64Array(FIRST_ROOM);
  value = new Float64Array(FIRST_ROOM);
  quality = new Uint8Array(FIRST_ROOM);
  received = new Float64Array(FIRST_ROOM);

  constructor(room: number) {
    this.room = room;
  }

  /** Samples not taken because they are older than what is kept. */
  refused = 0;

  /** Takes a frame's samples from `first` on, as far as there is room; returns the first one left over. `ids` gives the engine's id of a TagId; what is older than `oldest` is refused. */
  take(frame: Frame, first: number, { ids, oldest }: { ids: Uint32Array; oldest: number }): number {
    const end = Math.min(frame.count, first + this.room - this.rows);
    if (this.rows + end - first > this.tag.length) this.#grow(this.rows + end - first);
    const { tag, time, value, quality, received } = this;
    let row = this.rows;
    for (let i = first; i < end; i++) {
      const number = frame.value[i] as number;
      const t = Math.round(frame.time[i] as number);
      if (t < oldest) {
        this.refused++;
        continue;
      }
      tag[row] = ids[frame.tag[i] as number] as number;
      time[row] = t;
      value[row] = Number.isFinite(number) ? number : Number.NaN;
      quality[row] = knownQuality(frame.quality[i] as number);
      received[row] = frame.receivedAt;
      row++;
    }
    this.rows = row;
    return end;
  }

  /** The tag's samples with from <= time < to, in order of arrival. */
  of(id: number, { from, to }: { from: number; to: number }): RawColumns {
    const found: number[] = [];
    const tags = this.tag.subarray(0, this.rows);
    for (let row = tags.indexOf(id); row >= 0; row = tags.indexOf(id, row + 1)) {
      const time = this.time[row] as number;
      if (time >= from && time < to) found.push(row);
    }
    const pick = (column: Float64Array): Float64Array => Float64Array.from(found, (row) => column[row] as number);
    return {
      time: pick(this.time),
      value: pick(this.value),
      quality: Uint8Array.from(found, (row) => this.quality[row] as number),
      received: pick(this.received),
    };
  }

  /** Samples in order of tag, then time; of a time that came twice only the last to arrive. `tags` is one more than the highest id. */
  sorted(tags: number): SortedRows {
    const { rows, tag } = this;
    const ends = new Uint32Array(tags + 1);
    for (let row = 0; row < rows; row++) {
      const next = (tag[row] as number) + 1;
      ends[next] = (ends[next] as number) + 1;
    }
    for (let id = 1; id < tags; id++) ends[id] = (ends[id] as number) + (ends[id - 1] as number);
    const order = new Uint32Array(rows);
    for (let row = 0; row < rows; row++) {
      const id = tag[row] as number;
      const at = ends[id] as number;
      order[at] = row;
      ends[id] = at + 1;
    }
    let kept = 0;
    for (let from = 0, id = 0; id < tags; id++) {
      const to = ends[id] as number;
      kept = this.#settle(order, { from, to }, kept);
      from = to;
      ends[id] = kept;
    }
    return { order: order.subarray(0, kept), ends: ends.subarray(0, tags) };
  }

  clear(): void {
    this.rows = 0;
  }

  /** Puts one tag's rows in order of time behind the `kept` ones, each time once; returns how many are kept then. */
  #settle(order: Uint32Array, { from, to }: { from: number; to: number }, kept: number): number {
    const { time } = this;
    let rising = true;
    for (let i = from + 1; i < to && rising; i++) rising = (time[order[i] as number] as number) > (time[order[i - 1] as number] as number);
    if (rising) {
      if (kept !== from) order.copyWithin(kept, from, to);
      return kept + to - from;
    }
    const run = order.subarray(from, to).sort((a, b) => (time[a] as number) - (time[b] as number) || a - b);
    let end = kept;
    for (let i = 0; i < run.length; i++) {
      const row = run[i] as number;
      if (time[row] !== time[run[i + 1] as number]) order[end++] = row;
    }
    return end;
  }

  #grow(rows: number): void {
    let size = this.tag.length;
    while (size < rows) size = Math.min(size * 2, Math.max(this.room, rows));
    const wider = <T extends Uint32Array | Float64Array | Uint8Array>(made: T, from: T): T => {
      made.set(from);
      return made;
    };
    this.tag = wider(new Uint32Array(size), this.tag);
    this.time = wider(new Float64Array(size), this.time);
    this.value = wider(new Float64Array(size), this.value);
    this.quality = wider(new Uint8Array(size), this.quality);
    this.received = wider(new Float64Array(size), this.received);
  }
}
