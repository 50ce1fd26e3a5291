/** Samples of one edge in columns, and as bytes: times as differences, numbers split into byte planes, so that what hardly changes stands together. */

/** In the order they were due; the n-th has the sequence number `first + n`. */
export interface Samples {
  first: number;
  count: number;
  /** Number in the buffer's own list of names. */
  readonly tag: Uint16Array;
  readonly quality: Uint8Array;
  /** 1: it went out live when it was due. */
  readonly sent: Uint8Array;
  /** Source time, whole epoch ms. */
  readonly time: Float64Array;
  readonly value: Float64Array;
}

export const SAMPLE_BYTES = 20;

export function makeSamples(first: number, capacity: number): Samples {
  return {
    first,
    count: 0,
    tag: new Uint16Array(capacity),
    quality: new Uint8Array(capacity),
    sent: new Uint8Array(capacity),
    time: new Float64Array(capacity),
    value: new Float64Array(capacity),
  };
}

/** The samples from index `from` on as bytes. */
export function packSamples(samples: Samples, from = 0): Buffer {
  const { count, tag, quality, sent, time, value } = samples;
  const n = count - from;
  const raw = Buffer.allocUnsafe(n * SAMPLE_BYTES);
  const steps = Float64Array.from({ length: n }, (_, i) => (time[from + i] as number) - (i === 0 ? 0 : (time[from + i - 1] as number)));
  let at = splitPlanes(raw, 0, steps, 8);
  at = splitPlanes(raw, at, value.subarray(from, count), 8);
  at = splitPlanes(raw, at, tag.subarray(from, count), 2);
  raw.set(quality.subarray(from, count), at);
  raw.set(sent.subarray(from, count), at + n);
  return raw;
}

/** The inverse of `packSamples`, appended to `into`. Throws a RangeError for bytes that are no samples or too many. */
export function unpackSamples(raw: Uint8Array, into: Samples): void {
  const n = raw.length / SAMPLE_BYTES;
  const from = into.count;
  if (!Number.isInteger(n) || from + n > into.time.length) throw new RangeError(`${raw.length} bytes are no samples of this buffer`);
  const steps = new Float64Array(n);
  let at = joinPlanes(raw, 0, steps, 8);
  at = joinPlanes(raw, at, into.value.subarray(from, from + n), 8);
  at = joinPlanes(raw, at, into.tag.subarray(from, from + n), 2);
  into.quality.set(raw.subarray(at, at + n), from);
  into.sent.set(raw.subarray(at + n, at + 2 * n), from);
  for (let i = 0, time = 0; i < n; i++) {
    time += steps[i] as number;
    into.time[from + i] = time;
  }
  into.count = from + n;
}

/** How many went not out when they were due. */
export function countUnsent({ sent, count }: Samples): number {
  let n = 0;
  for (let i = 0; i < count; i++) if (sent[i] === 0) n++;
  return n;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array | Uint16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function splitPlanes(raw: Uint8Array, at: number, column: Float64Array | Uint16Array, width: number): number {
  const bytes = bytesOf(column);
  let to = at;
  for (let plane = 0; plane < width; plane++) for (let i = plane; i < bytes.length; i += width) raw[to++] = bytes[i] as number;
  return to;
}

function joinPlanes(raw: Uint8Array, at: number, column: Float64Array | Uint16Array, width: number): number {
  const bytes = bytesOf(column);
  let from = at;
  for (let plane = 0; plane < width; plane++) for (let i = plane; i < bytes.length; i += width) bytes[i] = raw[from++] as number;
  return from;
}
