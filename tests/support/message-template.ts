/**
 * Sparkplug data messages by the hundred thousand: an MQTT packet of one cell (PUBLISH, QoS 0) is built once, and each copy of it only gets its
 * times, values and sequence number patched in. Numbers that change are written as varints of fixed width (the wire format allows leading zeros).
 */
import { formatTopic } from "@cellhouse/shared/sparkplug";

export interface TemplateMetric {
  alias: number;
  type: "float" | "u32";
}

/** 42 bits: epoch ms until the year 2109. */
const TIME_BYTES = 6;
const SEQ_BYTES = 2;
const U32_BYTES = 5;
const VARINT = 0;
const FIXED32 = 5;
const BYTES = 2;

export class MessageTemplate {
  readonly size: number;
  readonly metrics: readonly TemplateMetric[];
  readonly #bytes: Uint8Array;
  /** Where times, values and the sequence number stand. */
  readonly #times: number[] = [];
  readonly #values: number[] = [];
  #seq = 0;

  constructor(topic: { group: string; edge: string; device: string }, metrics: readonly TemplateMetric[]) {
    this.metrics = metrics;
    const payload = this.#payload(metrics);
    const name = Buffer.from(formatTopic({ type: "DDATA", ...topic }));
    const rest = [name.length >> 8, name.length & 0xff, ...name];
    const head = [0x30, ...varint(rest.length + payload.length), ...rest];
    this.#bytes = Uint8Array.from([...head, ...payload]);
    this.size = this.#bytes.length;
    this.#times = this.#times.map((at) => at + head.length);
    this.#values = this.#values.map((at) => at + head.length);
    this.#seq += head.length;
  }

  /** Writes one message at `at` and returns where it ends. `time`: epoch ms of message and samples; `values` by metric. */
  write(into: Buffer, at: number, message: { time: number; seq: number; values: Float64Array }): number {
    into.set(this.#bytes, at);
    for (const place of this.#times) writeVarint(into, at + place, message.time, TIME_BYTES);
    for (let i = 0; i < this.#values.length; i++) {
      const place = at + (this.#values[i] as number);
      const value = message.values[i] as number;
      if (this.metrics[i]?.type === "float") into.writeFloatLE(value, place);
      else writeVarint(into, place, value, U32_BYTES);
    }
    writeVarint(into, at + this.#seq, message.seq, SEQ_BYTES);
    return at + this.size;
  }

  #payload(metrics: readonly TemplateMetric[]): number[] {
    const bytes: number[] = [];
    const room = (places: number[], width: number): void => {
      places.push(bytes.length);
      bytes.push(...new Array<number>(width).fill(0));
    };
    bytes.push((1 << 3) | VARINT);
    room(this.#times, TIME_BYTES);
    for (const { alias, type } of metrics) {
      const float = type === "float";
      const key = varint(alias);
      bytes.push((2 << 3) | BYTES, 1 + key.length + 1 + TIME_BYTES + 1 + (float ? 4 : U32_BYTES));
      bytes.push((2 << 3) | VARINT, ...key, (3 << 3) | VARINT);
      room(this.#times, TIME_BYTES);
      bytes.push(float ? (12 << 3) | FIXED32 : (11 << 3) | VARINT);
      room(this.#values, float ? 4 : U32_BYTES);
    }
    bytes.push((3 << 3) | VARINT);
    this.#seq = bytes.length;
    return [...bytes, 0, 0];
  }
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

function writeVarint(into: Uint8Array, at: number, value: number, width: number): void {
  let rest = value;
  for (let i = 0; i < width - 1; i++) {
    into[at + i] = (rest & 0x7f) | 0x80;
    rest = rest < 0x8000_0000 ? rest >>> 7 : Math.floor(rest / 128);
  }
  into[at + width - 1] = rest;
}
