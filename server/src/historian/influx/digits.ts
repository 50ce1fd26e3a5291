/**
 * Numbers as text, written straight into bytes. Nearly all samples were 32-bit floats once: their digits come by exact
 * arithmetic, several times faster than `String(value)`, which does the rest.
 */

const ZERO = 48;
const MINUS = 45;
const POINT = 46;
/** Eight digits at a time are exact in 32 bits. */
const EIGHT = 1e8;
const MOST_WHOLE = 2 ** 53;
const MOST_SPLIT = 2 ** 31;
/** Room that one number takes at most. */
export const LONGEST = 32;

/** Writes a finite number that reads back to the last bit; returns where it ends. */
export function putNumber(bytes: Uint8Array, at: number, value: number): number {
  const size = Math.abs(value);
  const whole = Math.floor(size);
  if (whole === size && size < MOST_WHOLE) return putWhole(bytes, sign(bytes, at, value), size);
  if (whole < 1 || size >= MOST_SPLIT || Math.fround(size) !== size) return putText(bytes, at, value);
  // At most 23 bits stand behind the point: each product below is exact. Seventeen digits tell any double.
  const scaled = (size - whole) * EIGHT;
  const high = Math.floor(scaled);
  const low = Math.round((scaled - high) * EIGHT);
  return low === EIGHT ? putText(bytes, at, value) : putParts(bytes, sign(bytes, at, value), { whole, high, low });
}

/** Writes a finite number to ten digits behind the point: enough for a mean, whose own rounding is coarser. */
export function putMean(bytes: Uint8Array, at: number, value: number): number {
  const size = Math.abs(value);
  const whole = Math.floor(size);
  if (whole < 1 || size >= MOST_SPLIT || Math.fround(size) === size) return putNumber(bytes, at, value);
  const scaled = (size - whole) * EIGHT;
  const high = Math.floor(scaled);
  const low = Math.round((scaled - high) * 100) * 1e6;
  return low === EIGHT ? putText(bytes, at, value) : putParts(bytes, sign(bytes, at, value), { whole, high, low });
}

function sign(bytes: Uint8Array, at: number, value: number): number {
  if (value >= 0) return at;
  bytes[at] = MINUS;
  return at + 1;
}

/** Whole part, and the eight digits and eight more behind the point, without the zeros at the end. */
function putParts(bytes: Uint8Array, at: number, { whole, high, low }: { whole: number; high: number; low: number }): number {
  const point = putWhole(bytes, at, whole);
  bytes[point] = POINT;
  let end = putEight(bytes, point + 1, high);
  if (low > 0) end = putEight(bytes, end, low);
  while (bytes[end - 1] === ZERO) end--;
  return end - 1 === point ? point : end;
}

function putWhole(bytes: Uint8Array, at: number, whole: number): number {
  if (whole < EIGHT) return putShort(bytes, at, whole);
  const high = Math.floor(whole / EIGHT);
  return putEight(bytes, putWhole(bytes, at, high), whole - high * EIGHT);
}

function putShort(bytes: Uint8Array, at: number, whole: number): number {
  let end = at + 1;
  for (let rest = whole; rest >= 10; rest /= 10) end++;
  let left = whole | 0;
  for (let i = end - 1; i >= at; i--) {
    const tens = (left / 10) | 0;
    bytes[i] = ZERO + left - tens * 10;
    left = tens;
  }
  return end;
}

function putEight(bytes: Uint8Array, at: number, digits: number): number {
  let left = digits | 0;
  for (let i = at + 7; i >= at; i--) {
    const tens = (left / 10) | 0;
    bytes[i] = ZERO + left - tens * 10;
    left = tens;
  }
  return at + 8;
}

function putText(bytes: Uint8Array, at: number, value: number): number {
  const text = String(value);
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  return at + text.length;
}
