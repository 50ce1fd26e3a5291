/** What an edge has sent or would have sent: a ring of samples in columns, the source of every historical resend. */
import type { Sample } from "./metrics.ts";

/** Grows by doubling up to `limit`; beyond it the oldest samples go, and those never sent are counted as dropped. */
export class SentLog {
  readonly #limit: number;
  readonly #onDrop: (n: number) => void;
  #capacity: number;
  #owner: Uint8Array;
  #tag: Uint8Array;
  #quality: Uint8Array;
  #sent: Uint8Array;
  #at: Float64Array;
  #time: Float64Array;
  #value: Float64Array;
  /** Sequence numbers of the oldest sample kept and of the next one to come. */
  tail = 0;
  head = 0;

  constructor(limit: number, onDrop: (n: number) => void) {
    this.#limit = limit;
    this.#onDrop = onDrop;
    this.#capacity = Math.min(limit, 4096);
    this.#owner = new Uint8Array(this.#capacity);
    this.#tag = new Uint8Array(this.#capacity);
    this.#quality = new Uint8Array(this.#capacity);
    this.#sent = new Uint8Array(this.#capacity);
    this.#at = new Float64Array(this.#capacity);
    this.#time = new Float64Array(this.#capacity);
    this.#value = new Float64Array(this.#capacity);
  }

  append({ owner, tag, time, value, quality }: Sample, at: number, sent: boolean): void {
    if (this.head - this.tail === this.#capacity) this.#makeRoom();
    const i = this.head++ % this.#capacity;
    this.#owner[i] = owner;
    this.#tag[i] = tag;
    this.#at[i] = at;
    this.#time[i] = time;
    this.#value[i] = value;
    this.#quality[i] = quality;
    this.#sent[i] = sent ? 1 : 0;
  }

  sample(seq: number): Sample {
    const i = seq % this.#capacity;
    return {
      owner: this.#owner[i] as number,
      tag: this.#tag[i] as number,
      time: this.#time[i] as number,
      value: this.#value[i] as number,
      quality: this.#quality[i] as number,
    };
  }

  owner(seq: number): number {
    return this.#owner[seq % this.#capacity] as number;
  }

  /** When it was due, wall clock. */
  at(seq: number): number {
    return this.#at[seq % this.#capacity] as number;
  }

  isSent(seq: number): boolean {
    return this.#sent[seq % this.#capacity] === 1;
  }

  markSent(seq: number): void {
    this.#sent[seq % this.#capacity] = 1;
  }

  /** Forgets from the oldest on what was sent and was due before `before`, but nothing from `keepFrom` on. */
  trim(before: number, keepFrom: number): void {
    while (this.tail < this.head && this.tail < keepFrom && this.isSent(this.tail) && this.at(this.tail) < before) this.tail++;
  }

  #makeRoom(): void {
    if (this.#capacity < this.#limit) this.#grow(Math.min(this.#limit, this.#capacity * 2));
    else {
      if (!this.isSent(this.tail)) this.#onDrop(1);
      this.tail++;
    }
  }

  #grow(capacity: number): void {
    const from = this.#capacity;
    this.#owner = this.#moved(this.#owner, new Uint8Array(capacity), from);
    this.#tag = this.#moved(this.#tag, new Uint8Array(capacity), from);
    this.#quality = this.#moved(this.#quality, new Uint8Array(capacity), from);
    this.#sent = this.#moved(this.#sent, new Uint8Array(capacity), from);
    this.#at = this.#moved(this.#at, new Float64Array(capacity), from);
    this.#time = this.#moved(this.#time, new Float64Array(capacity), from);
    this.#value = this.#moved(this.#value, new Float64Array(capacity), from);
    this.#capacity = capacity;
  }

  #moved<A extends Uint8Array | Float64Array>(from: A, to: A, capacity: number): A {
    for (let seq = this.tail; seq < this.head; seq++) to[seq % to.length] = from[seq % capacity] as number;
    return to;
  }
}
