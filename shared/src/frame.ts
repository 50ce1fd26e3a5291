import type { Quality } from "./quality.ts";

/**
 * Values in motion: a borrowed batch of samples in columns, from one link at one moment.
 * Valid only during the call that receives it; who keeps it, copies it (`copyFrame`).
 * Numbers only: booleans are 0/1, enums their code; a Bad sample without a number carries NaN.
 */
export interface Frame {
  /** When the batch entered the pipe, epoch ms by our clock; never goes back within a pipe. */
  receivedAt: number;
  /** Add to a source time to get it on our clock (estimated per edge), ms. */
  clockOffset: number;
  /** Samples that come late by their sender's own word: stored at their own time, never alarmed, never shown as live. */
  historical: boolean;
  count: number;
  /** `TagId` of each sample. */
  tag: Uint32Array;
  /** Source time, epoch ms. */
  time: Float64Array;
  value: Float64Array;
  quality: Uint8Array;
}

/** An empty frame with room for `capacity` samples, to be filled with `pushSample` and reused. */
export function createFrame(capacity: number): Frame {
  return {
    receivedAt: 0,
    clockOffset: 0,
    historical: false,
    count: 0,
    tag: new Uint32Array(capacity),
    time: new Float64Array(capacity),
    value: new Float64Array(capacity),
    quality: new Uint8Array(capacity),
  };
}

/** Appends one sample, growing the columns by doubling. */
export function pushSample(frame: Frame, tag: number, time: number, value: number, quality: number): void {
  const i = frame.count;
  if (i === frame.tag.length) grow(frame);
  frame.tag[i] = tag;
  frame.time[i] = time;
  frame.value[i] = value;
  frame.quality[i] = quality;
  frame.count = i + 1;
}

function grow(frame: Frame): void {
  const size = Math.max(16, frame.tag.length * 2);
  frame.tag = extend(frame.tag, new Uint32Array(size));
  frame.time = extend(frame.time, new Float64Array(size));
  frame.value = extend(frame.value, new Float64Array(size));
  frame.quality = extend(frame.quality, new Uint8Array(size));
}

function extend<A extends { set(from: A): void }>(from: A, to: A): A {
  to.set(from);
  return to;
}

/** A copy that outlives the call, its columns cut to `count`. */
export function copyFrame(frame: Frame): Frame {
  const n = frame.count;
  return {
    ...frame,
    tag: frame.tag.slice(0, n),
    time: frame.time.slice(0, n),
    value: frame.value.slice(0, n),
    quality: frame.quality.slice(0, n),
  };
}

/** The sample's time on our clock, never later than its arrival: the time alarm and control delays run on. */
export function effectiveTime(frame: Frame, i: number): number {
  const time = (frame.time[i] as number) + frame.clockOffset;
  return time < frame.receivedAt ? time : frame.receivedAt;
}

export const WIRE_VERSION = 1;
const HEADER_BYTES = 16;

/** Where the columns of a wire message of `n` samples begin. Every f64 column is 8-aligned. */
function layout(n: number): { time: number; value: number; quality: number; bytes: number } {
  const time = (HEADER_BYTES + 4 * n + 7) & ~7;
  return { time, value: time + 8 * n, quality: time + 16 * n, bytes: time + 17 * n };
}

/**
 * The `values` message, little endian: u8 version, u8 flags, u16 0, u32 n, f64 receivedAt, u32[n] index,
 * padding to 8, f64[n] time, f64[n] value, u8[n] quality. `flags` bit 0: samples were coalesced on the way.
 */
export function encodeValues(frame: Frame, coalesced = false): ArrayBuffer {
  const n = frame.count;
  const at = layout(n);
  const buffer = new ArrayBuffer(at.bytes);
  const head = new DataView(buffer);
  head.setUint8(0, WIRE_VERSION);
  head.setUint8(1, coalesced ? 1 : 0);
  head.setUint32(4, n, true);
  head.setFloat64(8, frame.receivedAt, true);
  new Uint32Array(buffer, HEADER_BYTES, n).set(frame.tag.subarray(0, n));
  new Float64Array(buffer, at.time, n).set(frame.time.subarray(0, n));
  new Float64Array(buffer, at.value, n).set(frame.value.subarray(0, n));
  new Uint8Array(buffer, at.quality, n).set(frame.quality.subarray(0, n));
  return buffer;
}

export interface ValuesMessage extends Frame {
  coalesced: boolean;
}

/** Reads a `values` message as views on the buffer (no copy). Returns undefined for anything that is not one. */
export function decodeValues(buffer: ArrayBuffer): ValuesMessage | undefined {
  if (buffer.byteLength < HEADER_BYTES) return undefined;
  const head = new DataView(buffer);
  const n = head.getUint32(4, true);
  if (head.getUint8(0) !== WIRE_VERSION) return undefined;
  const at = layout(n);
  if (buffer.byteLength !== at.bytes) return undefined;
  return {
    receivedAt: head.getFloat64(8, true),
    clockOffset: 0,
    historical: false,
    coalesced: (head.getUint8(1) & 1) === 1,
    count: n,
    tag: new Uint32Array(buffer, HEADER_BYTES, n),
    time: new Float64Array(buffer, at.time, n),
    value: new Float64Array(buffer, at.value, n),
    quality: new Uint8Array(buffer, at.quality, n),
  };
}

/** Worst of two qualities. */
export function worse(a: Quality, b: Quality): Quality {
  return a > b ? a : b;
}
