/**
 * Columns as byte planes and back: all first bytes, all second bytes, ... so that what hardly changes stands together.
 * Four words at a time: byte by byte this was most of what the recorder did.
 */

/** The planes of one word, four bytes to a word. */
let scratch = new Uint32Array(8192);

/** Appends the planes of the first `n` elements of a column of 4-byte or 8-byte elements at `at`; returns the place after them. */
export function splitPlanes(to: Uint8Array, at: number, column: Uint32Array | Int32Array | Float64Array, n: number): number {
  const words = wordsOf(column);
  const stride = column.BYTES_PER_ELEMENT / 4;
  for (let first = 0; first < stride; first++) splitWords(words, { first, stride, n }, to.subarray(at + 4 * first * n));
  return at + 4 * stride * n;
}

/** Fills a column of 4-byte or 8-byte elements from its planes. */
export function joinPlanes<C extends Uint32Array | Int32Array | Float64Array>(column: C, planes: Uint8Array): C {
  const words = wordsOf(column);
  const n = column.length;
  const stride = column.BYTES_PER_ELEMENT / 4;
  for (let first = 0; first < stride; first++) joinWords(words, { first, stride, n }, planes.subarray(4 * first * n));
  return column;
}

/** Every `stride`-th word from the one at `first` on, `n` of them. */
interface Words {
  first: number;
  stride: number;
  n: number;
}

function wordsOf(column: Uint32Array | Int32Array | Float64Array): Uint32Array {
  return new Uint32Array(column.buffer, column.byteOffset, column.byteLength / 4);
}

/** Transposes four words into a word of each plane; planes of another length than a multiple of four are cut afterwards. */
function splitWords(words: Uint32Array, { first, stride, n }: Words, to: Uint8Array): void {
  const quads = (n + 3) >>> 2;
  if (scratch.length < 4 * quads) scratch = new Uint32Array(8 * quads);
  const out = scratch;
  for (let i = 0, at = first; i < quads; i++, at += 4 * stride) {
    const a = words[at] as number;
    const b = words[at + stride] as number;
    const c = words[at + 2 * stride] as number;
    const d = words[at + 3 * stride] as number;
    const evenAb = (a & 0x00ff00ff) | ((b & 0x00ff00ff) << 8);
    const oddAb = ((a >>> 8) & 0x00ff00ff) | (b & 0xff00ff00);
    const evenCd = (c & 0x00ff00ff) | ((d & 0x00ff00ff) << 8);
    const oddCd = ((c >>> 8) & 0x00ff00ff) | (d & 0xff00ff00);
    out[i] = (evenAb & 0xffff) | (evenCd << 16);
    out[quads + i] = (oddAb & 0xffff) | (oddCd << 16);
    out[2 * quads + i] = (evenAb >>> 16) | (evenCd & 0xffff0000);
    out[3 * quads + i] = (oddAb >>> 16) | (oddCd & 0xffff0000);
  }
  const bytes = new Uint8Array(out.buffer);
  for (let plane = 0; plane < 4; plane++) to.set(bytes.subarray(4 * quads * plane, 4 * quads * plane + n), n * plane);
}

function joinWords(words: Uint32Array, { first, stride, n }: Words, planes: Uint8Array): void {
  const [b, c, d] = [planes.subarray(n), planes.subarray(2 * n), planes.subarray(3 * n)];
  for (let i = 0, at = first; i < n; i++, at += stride)
    words[at] = (planes[i] as number) | ((b[i] as number) << 8) | ((c[i] as number) << 16) | ((d[i] as number) << 24);
}
