/** The last minutes of one PLC in memory, so that a client can back-fill what it missed (OPC UA HistoryRead, raw). */
import type { Quality } from "@cellhouse/shared";

/** 4096 samples are 4 minutes of a cell published raw, about 13 by exception. */
const LIMIT = 4096;

export interface RecentSample {
  time: number;
  value: number;
  quality: Quality;
  /** The PLC was off the network: the sender's word, not the sensor's. */
  lost: boolean;
}

export class RecentSamples {
  #tag = new Uint8Array(256);
  /** Quality, and 128 for communication lost. */
  #flags = new Uint8Array(256);
  #time = new Float64Array(256);
  #value = new Float64Array(256);
  #head = 0;
  #count = 0;

  push(tag: number, { time, value, quality, lost }: RecentSample): void {
    if (this.#count === this.#tag.length && this.#count < LIMIT) this.#grow();
    const i = this.#head;
    this.#tag[i] = tag;
    this.#flags[i] = quality | (lost ? 128 : 0);
    this.#time[i] = time;
    this.#value[i] = value;
    this.#head = (i + 1) % this.#tag.length;
    if (this.#count < this.#tag.length) this.#count++;
  }

  /** Samples of one tag with `from <= time <= to`, in order of arrival. */
  read(tag: number, from: number, to: number): RecentSample[] {
    const found: RecentSample[] = [];
    const size = this.#tag.length;
    for (let k = this.#count; k > 0; k--) {
      const i = (this.#head - k + size) % size;
      const time = this.#time[i] as number;
      if (this.#tag[i] !== tag || time < from || time > to) continue;
      const flags = this.#flags[i] as number;
      found.push({ time, value: this.#value[i] as number, quality: (flags & 127) as Quality, lost: flags >= 128 });
    }
    return found;
  }

  /** Only while the ring is full and its head at 0, so that the order stays. */
  #grow(): void {
    const size = this.#tag.length * 2;
    const keep = <A extends Uint8Array | Float64Array>(from: A, to: A): A => {
      to.set(from.subarray(this.#head));
      to.set(from.subarray(0, this.#head), from.length - this.#head);
      return to;
    };
    this.#tag = keep(this.#tag, new Uint8Array(size));
    this.#flags = keep(this.#flags, new Uint8Array(size));
    this.#time = keep(this.#time, new Float64Array(size));
    this.#value = keep(this.#value, new Float64Array(size));
    this.#head = this.#count;
  }
}
