/** Sparkplug data on the hot path: payload bytes and the edge's birth table to frames. Pure; nothing is allocated per metric. */
import { createFrame, type Frame, pushSample, Quality } from "@cellhouse/shared";
import { DataType, Reader } from "@cellhouse/shared/sparkplug";
import { type BirthTable, TEXT, UNKNOWN } from "./birth-table.ts";

const TWO_32 = 0x1_0000_0000;
const QUALITY_KEY = new TextEncoder().encode("Quality");

/** Field tags (number and wire type in one) of a payload, a metric, a property set and a property value. */
const P = { timestamp: 0x08, metric: 0x12, seq: 0x18 } as const;
const M = {
  name: 0x0a,
  alias: 0x10,
  time: 0x18,
  historical: 0x28,
  isNull: 0x38,
  properties: 0x4a,
  int: 0x50,
  long: 0x58,
  float: 0x65,
  double: 0x69,
  boolean: 0x70,
} as const;
const SET = { key: 0x0a, value: 0x12 } as const;
const V = { int: 0x18, long: 0x20 } as const;

/** What a message says of itself: its number (-1 without one) and its time (NaN without one). Throws DecodeError. */
export function readHead(bytes: Uint8Array): { seq: number; timestamp: number } {
  const reader = new Reader(bytes);
  const head = { seq: -1, timestamp: Number.NaN };
  while (reader.position < reader.end) {
    const tag = reader.varint();
    if (tag === P.timestamp) head.timestamp = reader.varint();
    else if (tag === P.seq) head.seq = reader.varint();
    else reader.skip(tag & 7);
  }
  return head;
}

/**
 * Reads one payload after another. The frames belong to the decoder and are overwritten by the next `decode`;
 * values go in as they come (NaN and Bad without a number), ranges are judged later.
 */
export class DataDecoder {
  readonly live: Frame = createFrame(128);
  readonly historical: Frame = createFrame(128);
  /** -1 when the payload has none. */
  seq = -1;
  /** NaN when the payload has none. */
  timestamp = Number.NaN;
  /** Metrics that no birth announced. */
  unknown = 0;
  /** Metrics of a tag that came with something that is no number: a text, bytes, a data set. */
  unusable = 0;
  /** A text metric the birth table asks to be read apart was among them. */
  text = false;
  /** Newest source time among the live samples; -Infinity without any. */
  newest = Number.NEGATIVE_INFINITY;

  #reader = new Reader(new Uint8Array());

  /** `owner`: whose metric names count, for edges that do not use aliases. Throws DecodeError; the frames are then void. */
  decode(bytes: Uint8Array, table: BirthTable, owner: string): void {
    const reader = new Reader(bytes);
    const end = reader.end;
    this.#begin(reader);
    let untimed = false;
    while (reader.position < end) {
      const tag = reader.varint();
      if (tag === P.metric) {
        const stop = reader.enter();
        reader.end = stop;
        if (!this.#metric(reader, table, owner)) untimed = true;
        reader.end = end;
      } else if (tag === P.timestamp) this.timestamp = reader.varint();
      else if (tag === P.seq) this.seq = reader.varint();
      else reader.skip(tag & 7);
    }
    if (untimed) this.#fillTimes();
  }

  #begin(reader: Reader): void {
    this.#reader = reader;
    this.seq = -1;
    this.timestamp = Number.NaN;
    this.unknown = 0;
    this.unusable = 0;
    this.text = false;
    this.newest = Number.NEGATIVE_INFINITY;
    this.live.count = 0;
    this.historical.count = 0;
  }

  /** One metric; false when it has no time of its own. Longer than 40 lines: one flat switch is what makes it fast. */
  #metric(reader: Reader, table: BirthTable, owner: string): boolean {
    let alias = -1;
    let name = "";
    let time = Number.NaN;
    let historical = false;
    let isNull = false;
    let value = Number.NaN;
    let valued = false;
    let low = 0;
    let high = 0;
    let whole = false;
    let quality: number = Quality.Good;
    while (reader.position < reader.end) {
      const tag = reader.varint();
      switch (tag) {
        case M.alias:
          alias = reader.varint();
          break;
        case M.time:
          time = reader.varint();
          break;
        case M.float:
          value = reader.float();
          valued = true;
          break;
        case M.double:
          value = reader.double();
          valued = true;
          break;
        case M.int:
        case M.long:
        case M.boolean:
          value = reader.varint();
          low = reader.low;
          high = reader.high;
          whole = tag !== M.boolean;
          valued = true;
          break;
        case M.historical:
          historical = reader.varint() !== 0;
          break;
        case M.isNull:
          isNull = reader.varint() !== 0;
          break;
        case M.name:
          name = reader.string();
          break;
        case M.properties:
          quality = this.#quality();
          break;
        default:
          reader.skip(tag & 7);
      }
    }
    const entry = alias >= 0 ? table.byAlias(alias) : table.byName(owner, name);
    if (entry < 0) {
      if (entry === UNKNOWN) this.unknown++;
      else if (entry === TEXT) this.text = true;
      return true;
    }
    if (whole) value = wholeNumber(table.type(entry), low, high);
    if (table.isScaled) value = table.scaled(entry, value);
    if (isNull) value = Number.NaN;
    else if (!valued) this.unusable++;
    if (Number.isNaN(value)) quality = Quality.Bad;
    if (!historical && time > this.newest) this.newest = time;
    pushSample(historical ? this.historical : this.live, table.tag(entry), time, value, quality);
    return !Number.isNaN(time);
  }

  /** Metrics without a time have that of the payload. */
  #fillTimes(): void {
    for (const frame of [this.live, this.historical])
      for (let i = 0; i < frame.count; i++) if (Number.isNaN(frame.time[i] as number)) frame.time[i] = this.timestamp;
    if (this.live.count > 0 && this.timestamp > this.newest) this.newest = this.timestamp;
  }

  /** The property `Quality` of a property set; Good when it has none (spec 3.0, 6.4.11). */
  #quality(): number {
    const reader = this.#reader;
    const outer = reader.end;
    let key = 0;
    let value = 0;
    let wanted = -1;
    let quality: number = Quality.Good;
    reader.end = reader.enter();
    while (reader.position < reader.end) {
      const tag = reader.varint();
      if (tag === SET.key) {
        const stop = reader.enter();
        if (reader.matches(QUALITY_KEY, stop)) wanted = key;
        key++;
        reader.position = stop;
      } else if (tag === SET.value) {
        const code = this.#propertyCode();
        if (value++ === wanted) quality = qualityOf(code);
      } else reader.skip(tag & 7);
    }
    reader.end = outer;
    return quality;
  }

  #propertyCode(): number {
    const reader = this.#reader;
    const outer = reader.end;
    let code = 0;
    reader.end = reader.enter();
    while (reader.position < reader.end) {
      const tag = reader.varint();
      if (tag === V.int || tag === V.long) code = reader.varint();
      else reader.skip(tag & 7);
    }
    reader.end = outer;
    return code;
  }
}

/** An integer field as its data type means it. */
function wholeNumber(type: number, low: number, high: number): number {
  if (type === DataType.Int8) return (low << 24) >> 24;
  if (type === DataType.Int16) return (low << 16) >> 16;
  if (type === DataType.Int32) return low | 0;
  return (type === DataType.Int64 ? high | 0 : high) * TWO_32 + low;
}

/** Sparkplug's 0, 192 and 500, OPC's ranges between them, OPC UA's "uncertain"; anything else is not to be believed. */
function qualityOf(code: number): Quality {
  if (code >= 192 && code < 256) return Quality.Good;
  if ((code >= 64 && code < 192) || (code >= 0x4000_0000 && code < 0x8000_0000)) return Quality.Uncertain;
  return code === 500 ? Quality.Stale : Quality.Bad;
}
