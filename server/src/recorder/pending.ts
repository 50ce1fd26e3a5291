/** What has been heard but not yet committed, in preallocated columns: one row per record, one per sample. */
import type { Frame } from "@cellhouse/shared";
import type { TagStates } from "../contracts.ts";

/** Kinds of record as they stand in a chunk. Never renumber: old logs carry them. */
export const KIND = { frame: 0, link: 1, action: 2, note: 3, checkpoint: 4 } as const;
export type TextKind = "link" | "action" | "note";
/** Bit of the kind byte: the frame is historical. */
export const HISTORICAL = 0x80;

/**
 * Columns of the waiting records; `size` is samples for a frame, bytes of UTF-8 JSON for a text. A checkpoint has both:
 * `size` samples (first value and source time of each tag, then once more each tag with its arrival as time and effective
 * less source time as value), and as many bytes of text as `offset` says.
 */
export class Pending {
  records = 0;
  samples = 0;
  /** Samples less those of checkpoints. */
  heard = 0;
  textBytes = 0;
  kind = new Uint8Array(1024);
  received = new Float64Array(1024);
  offset = new Float64Array(1024);
  size = new Uint32Array(1024);
  tag = new Uint32Array(8192);
  time = new Float64Array(8192);
  value = new Float64Array(8192);
  quality = new Uint8Array(8192);
  readonly texts: Buffer[] = [];
  readonly #maxRecords: number;
  readonly #maxSamples: number;
  readonly #maxText: number;

  constructor(limits: { records: number; samples: number; text: number }) {
    this.#maxRecords = limits.records;
    this.#maxSamples = limits.samples;
    this.#maxText = limits.text;
  }

  /** Copies the frame; false when there is no room left (a frame alone always fits). */
  frame(frame: Frame): boolean {
    const n = frame.count;
    if (this.samples > 0 && this.samples + n > this.#maxSamples) return false;
    if (!this.#record(KIND.frame | (frame.historical ? HISTORICAL : 0), frame.receivedAt, frame.clockOffset, n)) return false;
    if (this.samples + n > this.tag.length) this.#growSamples(this.samples + n);
    const { tag, time, value, quality } = this;
    for (let i = 0, to = this.samples; i < n; i++, to++) {
      tag[to] = frame.tag[i] as number;
      time[to] = frame.time[i] as number;
      value[to] = frame.value[i] as number;
      quality[to] = frame.quality[i] as number;
    }
    this.samples += n;
    this.heard += n;
    return true;
  }

  /** Takes one JSON text; false when there is no room left. */
  text(kind: TextKind, receivedAt: number, json: string): boolean {
    const bytes = Buffer.from(json);
    if (this.textBytes > 0 && this.textBytes + bytes.length > this.#maxText) return false;
    if (!this.#record(KIND[kind], receivedAt, 0, bytes.length)) return false;
    this.texts.push(bytes);
    this.textBytes += bytes.length;
    return true;
  }

  /** Copies the columns and the JSON text of the rest; false when there is no room left. */
  checkpoint(receivedAt: number, values: TagStates, json: string): boolean {
    const bytes = Buffer.from(json);
    const n = values.tag.length;
    const [first, second] = [this.samples, this.samples + n];
    if (first > 0 && second + n > this.#maxSamples) return false;
    if (this.textBytes > 0 && this.textBytes + bytes.length > this.#maxText) return false;
    if (!this.#record(KIND.checkpoint, receivedAt, bytes.length, 2 * n)) return false;
    if (second + n > this.tag.length) this.#growSamples(second + n);
    for (const at of [first, second]) {
      this.tag.set(values.tag, at);
      this.quality.set(values.quality, at);
    }
    this.time.set(values.time, first);
    this.time.set(values.received, second);
    this.value.set(values.value, first);
    for (let i = 0; i < n; i++) this.value[second + i] = (values.effective[i] as number) - (values.time[i] as number);
    this.samples += 2 * n;
    this.texts.push(bytes);
    this.textBytes += bytes.length;
    return true;
  }

  clear(): void {
    this.records = 0;
    this.samples = 0;
    this.heard = 0;
    this.textBytes = 0;
    this.texts.length = 0;
  }

  #record(kind: number, received: number, offset: number, size: number): boolean {
    const i = this.records;
    if (i >= this.#maxRecords) return false;
    if (i === this.kind.length) this.#growRecords();
    this.kind[i] = kind;
    this.received[i] = received;
    this.offset[i] = offset;
    this.size[i] = size;
    this.records = i + 1;
    return true;
  }

  #growRecords(): void {
    const to = this.kind.length * 2;
    this.kind = grown(this.kind, new Uint8Array(to));
    this.received = grown(this.received, new Float64Array(to));
    this.offset = grown(this.offset, new Float64Array(to));
    this.size = grown(this.size, new Uint32Array(to));
  }

  #growSamples(needed: number): void {
    let to = this.tag.length;
    while (to < needed) to *= 2;
    this.tag = grown(this.tag, new Uint32Array(to));
    this.time = grown(this.time, new Float64Array(to));
    this.value = grown(this.value, new Float64Array(to));
    this.quality = grown(this.quality, new Uint8Array(to));
  }
}

function grown<A extends { set(from: A): void }>(from: A, to: A): A {
  to.set(from);
  return to;
}
