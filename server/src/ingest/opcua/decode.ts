/**
 * Notifications and history as columns. The library makes four objects of every value (item, DataValue, Variant, Date with 64-bit
 * arithmetic), which cost ten times the cipher; loading this file teaches its two bulk types to decode into columns instead. Whoever
 * asks such an object for its items as the library has them still gets them: they are then decoded from the same bytes.
 */
import { BinaryStream, DataChangeNotification, HistoryData, Variant } from "node-opcua";

/** Values as they came, one column each. */
export interface Samples {
  readonly count: number;
  /** Client handle of a monitored item; 0 in history. */
  readonly handle: Uint32Array;
  /** NaN for whatever is no number: texts, arrays, structures, nothing. */
  readonly value: Float64Array;
  /** Status code (OPC 10000-4, 7.38), 0 good. */
  readonly status: Uint32Array;
  /** Source time, else server time, else NaN; whole epoch ms. */
  readonly time: Float64Array;
}

/** Bits of a DataValue's mask (OPC 10000-6, 5.2.2.17). */
const VALUE = 1;
const STATUS = 2;
const SOURCE_TIME = 4;
const SERVER_TIME = 8;
const SOURCE_PICOSECONDS = 16;
const SERVER_PICOSECONDS = 32;
const KNOWN_BITS = 63;
/** No value is shorter: its handle and its mask, or its mask alone. */
const LEAST_BYTES = 1;
/** From 1601 to 1970, ms. */
const EPOCH = 11_644_473_600_000;
const NULL_ARRAY = 0xffffffff;

/** Walks the bytes of one message; every read beyond its end throws. */
class Cursor {
  readonly #stream: BinaryStream;
  readonly #view: DataView;
  at: number;

  constructor(stream: BinaryStream) {
    const { buffer } = stream;
    this.#stream = stream;
    this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    this.at = stream.length;
  }

  get left(): number {
    return this.#view.byteLength - this.at;
  }

  u8(): number {
    return this.#view.getUint8(this.at++);
  }

  u32(): number {
    const value = this.#view.getUint32(this.at, true);
    this.at += 4;
    return value;
  }

  /** 100 ns since 1601, cut to whole ms as the library does. 2^32 ticks are 429,496 ms and 7,296 ticks: so no step leaves the exact integers. */
  time(): number {
    const low = this.u32();
    const high = this.u32();
    return high * 429_496 + Math.floor((high * 7_296 + low) / 10_000) - EPOCH;
  }

  /** A variant's number; the library reads over what is none. */
  number(): number {
    const view = this.#view;
    const start = this.at;
    const at = start + 1;
    switch (view.getUint8(start)) {
      case 1:
        this.at = at + 1;
        return view.getUint8(at) === 0 ? 0 : 1;
      case 3:
        this.at = at + 1;
        return view.getUint8(at);
      case 2:
        this.at = at + 1;
        return view.getInt8(at);
      case 4:
        this.at = at + 2;
        return view.getInt16(at, true);
      case 5:
        this.at = at + 2;
        return view.getUint16(at, true);
      case 6:
        this.at = at + 4;
        return view.getInt32(at, true);
      case 7:
        this.at = at + 4;
        return view.getUint32(at, true);
      case 8:
        this.at = at + 8;
        return view.getInt32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true);
      case 9:
        this.at = at + 8;
        return view.getUint32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true);
      case 10:
        this.at = at + 4;
        return view.getFloat32(at, true);
      case 11:
        this.at = at + 8;
        return view.getFloat64(at, true);
      case 13:
        this.at = at;
        return this.time();
      default:
        this.#stream.length = start;
        new Variant(null).decode(this.#stream);
        this.at = this.#stream.length;
        return Number.NaN;
    }
  }
}

/** Reads an array of values (with their handles where they are monitored items), leaving the stream behind it. Throws for what is none. */
function readSamples(stream: BinaryStream, handles: boolean): Samples {
  const cursor = new Cursor(stream);
  const announced = cursor.u32();
  const count = announced === NULL_ARRAY ? 0 : announced;
  // A length nobody has sent the bytes for must not take memory.
  if (count * LEAST_BYTES > cursor.left) throw new RangeError(`${count} values announced in ${cursor.left} bytes`);
  const samples = {
    count,
    handle: new Uint32Array(count),
    value: new Float64Array(count),
    status: new Uint32Array(count),
    time: new Float64Array(count),
  };
  for (let i = 0; i < count; i++) {
    if (handles) samples.handle[i] = cursor.u32();
    readValue(cursor, samples, i);
  }
  stream.length = cursor.at;
  return samples;
}

function readValue(cursor: Cursor, samples: Samples, i: number): void {
  const mask = cursor.u8();
  if (mask > KNOWN_BITS) throw new RangeError(`a value's mask is ${mask}`);
  samples.value[i] = (mask & VALUE) === 0 ? Number.NaN : cursor.number();
  if ((mask & STATUS) !== 0) samples.status[i] = cursor.u32();
  const source = (mask & SOURCE_TIME) === 0 ? Number.NaN : cursor.time();
  if ((mask & SOURCE_PICOSECONDS) !== 0) cursor.at += 2;
  const server = (mask & SERVER_TIME) === 0 ? Number.NaN : cursor.time();
  if ((mask & SERVER_PICOSECONDS) !== 0) cursor.at += 2;
  samples.time[i] = Number.isNaN(source) ? server : source;
}

const decoded = new WeakMap<object, Samples>();

/** The columns of a decoded notification or history; undefined for anything else, and for one that could not be read. */
export function samplesOf(part: object | null | undefined): Samples | undefined {
  return part ? decoded.get(part) : undefined;
}

interface Bulk {
  decode(stream: BinaryStream): void;
}

/** `field`: where the library keeps the array; `rest` reads over what follows it. */
function decodeIntoColumns<T extends Bulk>(type: { prototype: T; new (options: null): T }, field: keyof T, handles: boolean): void {
  const decode = type.prototype.decode;
  type.prototype.decode = function (this: T, stream: BinaryStream): void {
    const { buffer, length } = stream;
    const again = (from: BinaryStream): T => {
      const plain = new type(null);
      from.length = length;
      decode.call(plain, from);
      return plain;
    };
    decoded.set(this, readSamples(stream, handles));
    // Nobody sends the diagnostics that may follow the items; where someone does, the library reads over them.
    if (handles && stream.buffer.readUInt32LE(stream.length) !== 0 && stream.buffer.readUInt32LE(stream.length) !== NULL_ARRAY)
      again(stream);
    else if (handles) stream.length += 4;
    Object.defineProperty(this, field, { configurable: true, enumerable: true, get: () => again(new BinaryStream(buffer))[field] });
  };
}

decodeIntoColumns(DataChangeNotification, "monitoredItems", true);
decodeIntoColumns(HistoryData, "dataValues", false);
