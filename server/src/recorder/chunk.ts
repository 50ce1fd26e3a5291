/**
 * One committed chunk as bytes: columns of records, columns of samples, texts; then zstd.
 * Samples are split into byte planes (all first bytes, all second bytes, ...), times and tags as differences to the
 * sample before, so that what hardly changes stands together. Little endian, as every machine Node 24 runs on.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { HISTORICAL, KIND, type Pending } from "./pending.ts";
import { joinPlanes, splitPlanes } from "./planes.ts";

const HEADER = 24;
const RECORD_BYTES = 1 + 8 + 8 + 4;
/** Bit of the header's flags: times do not fit whole 32-bit steps and stand as f64. */
const WIDE_TIME = 1;
const COMPRESS = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
/** A chunk never legitimately unpacks to more: guards the reader against a rotten length. */
const MAX_UNPACKED = 1 << 30;

/** A chunk read back. Sample columns are shared by its records; record i's samples begin at `start[i]`, its text at `textStart[i]`. */
export interface Chunk {
  records: number;
  kind: Uint8Array;
  historical: Uint8Array;
  received: Float64Array;
  offset: Float64Array;
  size: Uint32Array;
  start: Uint32Array;
  textStart: Uint32Array;
  tag: Uint32Array;
  time: Float64Array;
  value: Float64Array;
  quality: Uint8Array;
  text: Buffer;
}

/** Packs everything pending. */
export function encodeChunk(p: Pending): Buffer {
  const { records, samples } = p;
  const steps = timeSteps(p);
  const wide = steps === undefined;
  const timeBytes = wide ? 8 : 4;
  const raw = scratch(HEADER + records * RECORD_BYTES + samples * (4 + timeBytes + 8 + 1) + p.textBytes);
  raw.writeUInt32LE(records, 0);
  raw.writeUInt32LE(samples, 4);
  raw.writeUInt32LE(p.textBytes, 8);
  raw.writeUInt32LE(wide ? WIDE_TIME : 0, 12);
  raw.writeDoubleLE(p.received[0] as number, 16);
  let at = HEADER;
  at = copyBytes(raw, at, p.kind, records);
  at = copyBytes(raw, at, p.received, records * 8);
  at = copyBytes(raw, at, p.offset, records * 8);
  at = copyBytes(raw, at, p.size, records * 4);
  at = splitPlanes(raw, at, tagSteps(p), samples);
  at = splitPlanes(raw, at, steps ?? p.time, samples);
  at = splitPlanes(raw, at, p.value, samples);
  at = copyBytes(raw, at, p.quality, samples);
  for (const text of p.texts) at += text.copy(raw, at);
  return zstdCompressSync(raw, COMPRESS);
}

/** What `decodeChunk` would give back of everything pending, without packing it first. */
export function chunkOf(p: Pending): Chunk {
  const { records, samples, textBytes } = p;
  const kind = p.kind.slice(0, records);
  const historical = kind.map((k) => (k & HISTORICAL ? 1 : 0));
  for (let i = 0; i < records; i++) kind[i] = (kind[i] as number) & ~HISTORICAL;
  const size = p.size.slice(0, records);
  const offset = p.offset.slice(0, records);
  return {
    records,
    kind,
    historical,
    received: p.received.slice(0, records),
    offset,
    size,
    ...starts({ kind, size, offset, samples, textBytes }),
    tag: p.tag.slice(0, samples),
    time: p.time.slice(0, samples),
    value: p.value.slice(0, samples),
    quality: p.quality.slice(0, samples),
    text: Buffer.concat(p.texts),
  };
}

/** Unpacks a chunk. Throws an Error for bytes that are not one. */
export function decodeChunk(data: Uint8Array): Chunk {
  const raw = zstdDecompressSync(data, { maxOutputLength: MAX_UNPACKED });
  if (raw.length < HEADER) throw new Error("chunk is shorter than its header");
  const records = raw.readUInt32LE(0);
  const samples = raw.readUInt32LE(4);
  const textBytes = raw.readUInt32LE(8);
  const wide = (raw.readUInt32LE(12) & WIDE_TIME) !== 0;
  const timeBytes = wide ? 8 : 4;
  if (raw.length !== HEADER + records * RECORD_BYTES + samples * (13 + timeBytes) + textBytes) throw new Error("chunk has a wrong length");
  let at = HEADER;
  const take = (bytes: number): Uint8Array => {
    at += bytes;
    return raw.subarray(at - bytes, at);
  };
  const kind = Uint8Array.from(take(records));
  const received = fill(new Float64Array(records), take(records * 8));
  const offset = fill(new Float64Array(records), take(records * 8));
  const size = fill(new Uint32Array(records), take(records * 4));
  const tag = joinPlanes(new Uint32Array(samples), take(samples * 4));
  for (let i = 1; i < samples; i++) tag[i] = (tag[i] as number) + (tag[i - 1] as number);
  const time = wide ? joinPlanes(new Float64Array(samples), take(samples * 8)) : addSteps(raw, take(samples * 4));
  const value = joinPlanes(new Float64Array(samples), take(samples * 8));
  const quality = Uint8Array.from(take(samples));
  const historical = kind.map((k) => (k & HISTORICAL ? 1 : 0));
  for (let i = 0; i < records; i++) kind[i] = (kind[i] as number) & ~HISTORICAL;
  const begins = starts({ kind, size, offset, samples, textBytes });
  return { records, kind, historical, received, offset, size, ...begins, tag, time, value, quality, text: raw.subarray(at) };
}

type Sizes = Pick<Chunk, "kind" | "size" | "offset"> & { samples: number; textBytes: number };

function starts({ kind, size, offset, samples, textBytes }: Sizes): Pick<Chunk, "start" | "textStart"> {
  const start = new Uint32Array(kind.length);
  const textStart = new Uint32Array(kind.length);
  let sample = 0;
  let text = 0;
  for (let i = 0; i < kind.length; i++) {
    start[i] = sample;
    textStart[i] = text;
    if (kind[i] === KIND.frame || kind[i] === KIND.checkpoint) sample += size[i] as number;
    if (kind[i] !== KIND.frame) text += textSize({ kind, size, offset }, i);
  }
  if (sample !== samples || text !== textBytes) throw new Error("chunk's records do not add up");
  return { start, textStart };
}

/** Bytes of the text of a record that is no frame. */
export function textSize({ kind, size, offset }: Pick<Chunk, "kind" | "size" | "offset">, i: number): number {
  return (kind[i] === KIND.checkpoint ? offset[i] : size[i]) as number;
}

let rawScratch = Buffer.alloc(0);

/** A chunk is packed at once, so its unpacked bytes can stand in the same place each time. */
function scratch(bytes: number): Buffer {
  if (rawScratch.length < bytes) rawScratch = Buffer.allocUnsafeSlow(2 * bytes);
  return rawScratch.subarray(0, bytes);
}

let tagScratch = new Uint32Array(8192);
let timeScratch = new Int32Array(8192);

function tagSteps(p: Pending): Uint32Array {
  if (tagScratch.length < p.samples) tagScratch = new Uint32Array(p.tag.length);
  let before = 0;
  for (let i = 0; i < p.samples; i++) {
    const tag = p.tag[i] as number;
    tagScratch[i] = tag - before;
    before = tag;
  }
  return tagScratch;
}

/** Undefined unless every time is a whole millisecond less than 2^31 from the one before. */
function timeSteps(p: Pending): Int32Array | undefined {
  if (timeScratch.length < p.samples) timeScratch = new Int32Array(p.tag.length);
  let before = p.received[0] as number;
  if (!Number.isInteger(before)) return undefined;
  for (let i = 0; i < p.samples; i++) {
    const time = p.time[i] as number;
    const step = time - before;
    if (step !== (step | 0)) return undefined;
    timeScratch[i] = step;
    before = time;
  }
  return timeScratch;
}

function addSteps(raw: Buffer, planes: Uint8Array): Float64Array {
  const steps = joinPlanes(new Int32Array(planes.length / 4), planes);
  const time = new Float64Array(steps.length);
  let before = raw.readDoubleLE(16);
  for (let i = 0; i < steps.length; i++) {
    before += steps[i] as number;
    time[i] = before;
  }
  return time;
}

type Column = Uint8Array | Uint32Array | Int32Array | Float64Array;

function bytesOf(column: Column): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}

function copyBytes(to: Buffer, at: number, column: Column, bytes: number): number {
  to.set(bytesOf(column).subarray(0, bytes), at);
  return at + bytes;
}

function fill<C extends Column>(column: C, bytes: Uint8Array): C {
  bytesOf(column).set(bytes);
  return column;
}
