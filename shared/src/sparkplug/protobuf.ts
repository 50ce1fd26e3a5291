/** The protobuf wire format, as much as Sparkplug B needs: a bounds-checked reader and a growing writer. */

/** The bytes are not what they claim to be; `message` says what and at which byte. */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
}

export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const TWO_32 = 0x1_0000_0000;
/** Bytes of the longest number. */
const LONGEST = 10;
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const utf8Encoder = new TextEncoder();

/** Reads fields one after another inside `[position, end)`. Every method throws DecodeError rather than read past `end`; nothing is allocated by a claimed length. */
export class Reader {
  readonly #bytes: Uint8Array;
  /** Made with the first float: who only looks for fields needs none. */
  #view: DataView | undefined;
  position = 0;
  end: number;
  /** The two halves of the last varint, for values beyond 2^53. */
  low = 0;
  high = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.end = bytes.length;
  }

  /** Unsigned; exact up to 2^53, the halves are always exact. */
  varint(): number {
    if (this.position >= this.end) this.fail("a number runs past the end");
    const first = this.#bytes[this.position] as number;
    if (first >= 0x80) return this.#long();
    this.position++;
    this.low = first;
    this.high = 0;
    return first;
  }

  /** More than one byte. Where ten are there, none needs to be looked for. */
  #long(): number {
    const bytes = this.#bytes;
    let at = this.position;
    if (this.end - at < LONGEST) return this.#short();
    let byte = bytes[at++] as number;
    let low = byte & 0x7f;
    let shift = 7;
    do {
      byte = bytes[at++] as number;
      low |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte >= 0x80 && shift < 35);
    let high = shift === 35 ? (byte & 0x7f) >>> 4 : 0;
    for (shift = 3; byte >= 0x80 && shift < 38; shift += 7) {
      byte = bytes[at++] as number;
      high |= (byte & 0x7f) << shift;
    }
    if (byte >= 0x80) this.fail("a number is longer than 10 bytes");
    this.position = at;
    this.low = low >>> 0;
    this.high = high >>> 0;
    return this.high * TWO_32 + this.low;
  }

  /** Near the end: byte by byte. */
  #short(): number {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.position >= this.end) this.fail("a number runs past the end");
      const byte = this.#bytes[this.position++] as number;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else if (shift < 63) high |= bits << (shift - 32);
      else high |= (bits & 1) << 31;
      if (byte < 0x80) {
        this.low = low >>> 0;
        this.high = high >>> 0;
        return this.high * TWO_32 + this.low;
      }
    }
    return this.fail("a number is longer than 10 bytes");
  }

  /** The last varint, exact. */
  get bigint(): bigint {
    return (BigInt(this.high) << 32n) | BigInt(this.low);
  }

  float(): number {
    this.need(4);
    this.position += 4;
    return this.#floats().getFloat32(this.position - 4, true);
  }

  double(): number {
    this.need(8);
    this.position += 8;
    return this.#floats().getFloat64(this.position - 8, true);
  }

  #floats(): DataView {
    this.#view ??= new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
    return this.#view;
  }

  /** A view on the bytes, not a copy. */
  bytes(): Uint8Array {
    const to = this.enter();
    const from = this.position;
    this.position = to;
    return this.#bytes.subarray(from, to);
  }

  string(): string {
    return utf8.decode(this.bytes());
  }

  /** Reads the length of a nested message and returns where it ends. */
  enter(): number {
    const length = this.varint();
    if (length > this.end - this.position) this.fail(`a part claims ${length} bytes, ${this.end - this.position} are left`);
    return this.position + length;
  }

  /** Passes over a field not wanted. */
  skip(wire: number): void {
    if (wire === WIRE.varint) this.varint();
    else if (wire === WIRE.bytes) this.position = this.enter();
    else if (wire === WIRE.fixed32 || wire === WIRE.fixed64) {
      const size = wire === WIRE.fixed32 ? 4 : 8;
      this.need(size);
      this.position += size;
    } else this.fail(`wire type ${wire} is not used by Sparkplug`);
  }

  /** True when what follows is `wanted`; the position stays. */
  matches(wanted: Uint8Array, end: number): boolean {
    if (end - this.position !== wanted.length) return false;
    for (let i = 0; i < wanted.length; i++) if (this.#bytes[this.position + i] !== wanted[i]) return false;
    return true;
  }

  /** Throws unless the field came with the wire type its type needs. */
  expect(wire: number, wanted: number): void {
    if (wire !== wanted) this.fail(`wire type ${wire} where ${wanted} belongs`);
  }

  need(size: number): void {
    if (size > this.end - this.position) this.fail(`${size} bytes needed, ${this.end - this.position} left`);
  }

  fail(what: string): never {
    throw new DecodeError(`Sparkplug payload: ${what} (byte ${this.position})`);
  }
}

/** Writes fields into a buffer that grows by doubling. */
export class Writer {
  #bytes: Uint8Array;
  #view: DataView;
  #size = 0;

  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  tag(field: number, wire: number): this {
    return this.varint((field << 3) | wire);
  }

  /** A safe integer; negative ones as 64-bit two's complement. */
  varint(value: number): this {
    if (value < 0 || !Number.isSafeInteger(value)) return this.bigVarint(BigInt.asUintN(64, BigInt(Math.trunc(value))));
    this.#room(10);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#size++] = (rest & 0x7f) | 0x80;
      rest = rest < 0x8000_0000 ? rest >>> 7 : Math.floor(rest / 128);
    }
    this.#bytes[this.#size++] = rest;
    return this;
  }

  bigVarint(value: bigint): this {
    this.#room(10);
    let rest = BigInt.asUintN(64, value);
    while (rest >= 0x80n) {
      this.#bytes[this.#size++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#size++] = Number(rest);
    return this;
  }

  float(value: number): this {
    this.#room(4);
    this.#view.setFloat32(this.#size, value, true);
    this.#size += 4;
    return this;
  }

  double(value: number): this {
    this.#room(8);
    this.#view.setFloat64(this.#size, value, true);
    this.#size += 8;
    return this;
  }

  bytes(value: Uint8Array): this {
    this.varint(value.length);
    this.#room(value.length);
    this.#bytes.set(value, this.#size);
    this.#size += value.length;
    return this;
  }

  string(value: string): this {
    return this.bytes(utf8Encoder.encode(value));
  }

  /** Opens a nested message; give the mark to `end`. */
  begin(field: number): number {
    this.tag(field, WIRE.bytes).#room(1);
    return ++this.#size;
  }

  /** Closes a nested message: its length is written in the byte kept for it, the content moves when it needs more. */
  end(mark: number): void {
    const length = this.#size - mark;
    if (length < 0x80) {
      this.#bytes[mark - 1] = length;
      return;
    }
    let extra = 0;
    for (let rest = length >>> 7; rest > 0; rest >>>= 7) extra++;
    this.#room(extra);
    this.#bytes.copyWithin(mark + extra, mark, this.#size);
    this.#size = mark - 1;
    this.varint(length);
    this.#size += length;
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#size);
  }

  #room(size: number): void {
    const needed = this.#size + size;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
