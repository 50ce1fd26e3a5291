/** Sparkplug data on the hot path: payload bytes and the edge's birth table to frames. Pure; nothing is allocated per metric. */
import { createFrame, type Frame, pushSample, Quality } from "@cellhouse/shared";
import { DataType, DecodeError } from "@cellhouse/shared/sparkplug";
import { type BirthTable, IGNORED, TEXT, UNKNOWN } from "./birth-table.ts";

const TWO_32 = 0x1_0000_0000;
const ascii = new TextDecoder();
const QUALITY_KEY = [81, 117, 97, 108, 105, 116, 121]; // "Quality"

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
  /** A text metric the birth table asks to be read apart was among them. */
  text = false;
  /** Newest source time among the live samples; -Infinity without any. */
  newest = Number.NEGATIVE_INFINITY;

  #bytes: Uint8Array = new Uint8Array();
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  #low = 0;
  #high = 0;

  /** `names`: metric names of the device, for edges that do not use aliases. Throws DecodeError; the frames are then void. */
  decode(bytes: Uint8Array, table: BirthTable, owner: string): void {
    this.#begin(bytes);
    const end = bytes.length;
    let untimed = false;
    while (this.#at < end) {
      const tag = this.#varint(end);
      if (tag === P.metric) {
        const stop = this.#enter(end);
        if (!this.#metric(stop, table, owner)) untimed = true;
        this.#at = stop;
      } else if (tag === P.timestamp) this.timestamp = this.#varint(end);
      else if (tag === P.seq) this.seq = this.#varint(end);
      else this.#skip(tag & 7, end);
    }
    if (untimed) this.#fillTimes();
  }

  #begin(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = 0;
    this.seq = -1;
    this.timestamp = Number.NaN;
    this.unknown = 0;
    this.text = false;
    this.newest = Number.NEGATIVE_INFINITY;
    this.live.count = 0;
    this.historical.count = 0;
  }

  /** One metric; false when it has no time of its own. Longer than 40 lines: one flat switch is what makes it fast. */
  #metric(end: number, table: BirthTable, owner: string): boolean {
    let alias = -1;
    let nameAt = -1;
    let nameEnd = 0;
    let time = Number.NaN;
    let historical = false;
    let isNull = false;
    let value = Number.NaN;
    let low = 0;
    let high = 0;
    let whole = false;
    let quality: number = Quality.Good;
    while (this.#at < end) {
      const tag = this.#varint(end);
      switch (tag) {
        case M.alias:
          alias = this.#varint(end);
          break;
        case M.time:
          time = this.#varint(end);
          break;
        case M.float:
          value = this.#float(end);
          break;
        case M.double:
          value = this.#double(end);
          break;
        case M.int:
        case M.long:
        case M.boolean:
          value = this.#varint(end);
          low = this.#low;
          high = this.#high;
          whole = tag !== M.boolean;
          break;
        case M.historical:
          historical = this.#varint(end) !== 0;
          break;
        case M.isNull:
          isNull = this.#varint(end) !== 0;
          break;
        case M.name:
          nameEnd = this.#enter(end);
          nameAt = this.#at;
          this.#at = nameEnd;
          break;
        case M.properties:
          quality = this.#quality(this.#enter(end));
          break;
        default:
          this.#skip(tag & 7, end);
      }
    }
    const entry =
      alias >= 0 ? table.byAlias(alias) : nameAt >= 0 ? table.byName(owner, ascii.decode(this.#bytes.subarray(nameAt, nameEnd))) : UNKNOWN;
    if (entry < 0) {
      this.#special(entry);
      return true;
    }
    if (whole) value = wholeNumber(table.type(entry), low, high);
    if (isNull) value = Number.NaN;
    if (Number.isNaN(value)) quality = Quality.Bad;
    if (!historical && time > this.newest) this.newest = time;
    pushSample(historical ? this.historical : this.live, table.tag(entry), time, value, quality);
    return !Number.isNaN(time);
  }

  #special(entry: number): void {
    if (entry === UNKNOWN) this.unknown++;
    else if (entry === TEXT) this.text = true;
    else if (entry !== IGNORED) this.unknown++;
  }

  /** Metrics without a time have that of the payload. */
  #fillTimes(): void {
    for (const frame of [this.live, this.historical])
      for (let i = 0; i < frame.count; i++) if (Number.isNaN(frame.time[i] as number)) frame.time[i] = this.timestamp;
    if (this.live.count > 0 && this.timestamp > this.newest) this.newest = this.timestamp;
  }

  /** The property `Quality` of a property set; Good when it has none (spec 3.0, 6.4.11). */
  #quality(end: number): number {
    let key = 0;
    let value = 0;
    let wanted = -1;
    let quality: number = Quality.Good;
    while (this.#at < end) {
      const tag = this.#varint(end);
      if (tag === SET.key) {
        const stop = this.#enter(end);
        if (this.#isQualityKey(stop)) wanted = key;
        key++;
        this.#at = stop;
      } else if (tag === SET.value) {
        const stop = this.#enter(end);
        const code = this.#propertyCode(stop);
        if (value++ === wanted) quality = qualityOf(code);
        this.#at = stop;
      } else this.#skip(tag & 7, end);
    }
    return quality;
  }

  #isQualityKey(end: number): boolean {
    if (end - this.#at !== QUALITY_KEY.length) return false;
    for (let i = 0; i < QUALITY_KEY.length; i++) if (this.#bytes[this.#at + i] !== QUALITY_KEY[i]) return false;
    return true;
  }

  #propertyCode(end: number): number {
    let code = 0;
    while (this.#at < end) {
      const tag = this.#varint(end);
      if (tag === V.int || tag === V.long) code = this.#varint(end);
      else this.#skip(tag & 7, end);
    }
    return code;
  }

  #varint(end: number): number {
    const bytes = this.#bytes;
    let at = this.#at;
    if (at >= end) this.#fail("a number runs past the end");
    let byte = bytes[at++] as number;
    if (byte < 0x80) {
      this.#at = at;
      this.#low = byte;
      this.#high = 0;
      return byte;
    }
    let low = byte & 0x7f;
    let high = 0;
    for (let shift = 7; byte >= 0x80; shift += 7) {
      if (at >= end) this.#fail("a number runs past the end");
      if (shift > 63) this.#fail("a number is longer than 10 bytes");
      byte = bytes[at++] as number;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
    }
    this.#at = at;
    this.#low = low >>> 0;
    this.#high = high >>> 0;
    return this.#high * TWO_32 + this.#low;
  }

  #float(end: number): number {
    this.#need(4, end);
    this.#at += 4;
    return this.#view.getFloat32(this.#at - 4, true);
  }

  #double(end: number): number {
    this.#need(8, end);
    this.#at += 8;
    return this.#view.getFloat64(this.#at - 8, true);
  }

  #enter(end: number): number {
    const length = this.#varint(end);
    if (length > end - this.#at) this.#fail(`a part claims ${length} bytes, ${end - this.#at} are left`);
    return this.#at + length;
  }

  #skip(wire: number, end: number): void {
    if (wire === 0) this.#varint(end);
    else if (wire === 2) this.#at = this.#enter(end);
    else if (wire === 1 || wire === 5) {
      this.#need(wire === 1 ? 8 : 4, end);
      this.#at += wire === 1 ? 8 : 4;
    } else this.#fail(`wire type ${wire} is not used by Sparkplug`);
  }

  #need(size: number, end: number): void {
    if (size > end - this.#at) this.#fail(`${size} bytes needed, ${end - this.#at} left`);
  }

  #fail(what: string): never {
    throw new DecodeError(`Sparkplug payload: ${what} (byte ${this.#at})`);
  }
}

/** An integer field as its data type means it. */
function wholeNumber(type: number, low: number, high: number): number {
  if (type === DataType.Int8) return (low << 24) >> 24;
  if (type === DataType.Int16) return (low << 16) >> 16;
  if (type === DataType.Int32) return low | 0;
  return (type === DataType.Int64 ? high | 0 : high) * TWO_32 + low;
}

/** Sparkplug's 0, 192 and 500, and OPC's ranges between them; anything else is not to be believed. */
function qualityOf(code: number): Quality {
  if (code >= 192 && code < 256) return Quality.Good;
  if (code >= 64 && code < 192) return Quality.Uncertain;
  return code === 500 ? Quality.Stale : Quality.Bad;
}
