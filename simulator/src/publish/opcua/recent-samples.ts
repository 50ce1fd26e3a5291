/** The last hour of each tag of one PLC in memory, so that a client can read back what it missed (OPC UA HistoryRead, raw). */
import type { Quality } from "@cellhouse/shared";

const FIRST = 16;
/** An hour of a tag scanned each second, made whole to a power of two. */
const MOST = 4096;
const KEPT_MS = 3_600_000;
/** 32 bits of milliseconds: what one ring can span. */
const MOST_MS = 0xffffffff;
/** Beside the quality in one byte: the PLC was off the network. */
const LOST = 128;

export interface RecentSample {
  time: number;
  value: number;
  quality: Quality;
  /** The PLC was off the network: the sender's word, not the sensor's. */
  lost: boolean;
}

/**
 * Samples of one tag in the order of their times. Numbered since the start: `first` is the oldest still held, `end` the next to come.
 * It grows only while the oldest is younger than an hour, so a tag that changes seldom costs little.
 */
export class RecentSamples {
  readonly #single: boolean;
  /** ms since `#base`: 9 bytes per sample of an f32 tag, where doubles would be 17. */
  #time = new Uint32Array(FIRST);
  #value: Float32Array | Float64Array;
  #flags = new Uint8Array(FIRST);
  #base = 0;
  #first = 0;
  #end = 0;

  /** `single`: its values fit f32. */
  constructor(single: boolean) {
    this.#single = single;
    this.#value = this.#values(FIRST);
  }

  get first(): number {
    return this.#first;
  }

  get end(): number {
    return this.#end;
  }

  /** A sample older than the last (the sender's own word comes between two scans, a clock is set) goes to its place; one too far off begins anew. */
  push({ time, value, quality, lost }: RecentSample): void {
    const distance = time - this.#base;
    if (this.#first === this.#end || distance < 0 || distance > MOST_MS) this.#begin(time);
    if (this.#end - this.#first === this.#time.length) this.#makeRoom(time);
    let n = this.#end++;
    for (; n > this.#first && this.#timeAt(n - 1) > time; n--) this.#move(n - 1, n);
    const i = n % this.#time.length;
    this.#time[i] = time - this.#base;
    this.#value[i] = value;
    this.#flags[i] = quality | (lost ? LOST : 0);
  }

  /** Sample number `n`, `first <= n < end`. */
  at(n: number): RecentSample {
    const i = n % this.#time.length;
    const flags = this.#flags[i] as number;
    return { time: this.#timeAt(n), value: this.#value[i] as number, quality: (flags & ~LOST) as Quality, lost: flags >= LOST };
  }

  /** Number of the first sample at or after `time`; `end` where there is none. */
  since(time: number): number {
    let [low, high] = [this.#first, this.#end];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#timeAt(middle) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #timeAt(n: number): number {
    return this.#base + (this.#time[n % this.#time.length] as number);
  }

  /** An hour earlier may still come. */
  #begin(time: number): void {
    this.#base = time - KEPT_MS;
    this.#first = this.#end;
  }

  #move(from: number, to: number): void {
    const size = this.#time.length;
    for (const column of [this.#time, this.#value, this.#flags]) column[to % size] = column[from % size] as number;
  }

  #makeRoom(now: number): void {
    const size = this.#time.length;
    if (size === MOST || now - this.#timeAt(this.#first) > KEPT_MS) {
      this.#first++;
      return;
    }
    const [time, value, flags] = [new Uint32Array(2 * size), this.#values(2 * size), new Uint8Array(2 * size)];
    for (let n = this.#first; n < this.#end; n++) {
      time[n % (2 * size)] = this.#time[n % size] as number;
      value[n % (2 * size)] = this.#value[n % size] as number;
      flags[n % (2 * size)] = this.#flags[n % size] as number;
    }
    [this.#time, this.#value, this.#flags] = [time, value, flags];
  }

  #values(size: number): Float32Array | Float64Array {
    return this.#single ? new Float32Array(size) : new Float64Array(size);
  }
}
