/** Sparkplug B payloads (spec 3.0, section 6.4) to and from plain objects: for births, commands and tools; the server's DDATA path has a decoder of its own. */
import { Reader, WIRE, Writer } from "./protobuf.ts";

export const DataType = {
  Int8: 1,
  Int16: 2,
  Int32: 3,
  Int64: 4,
  UInt8: 5,
  UInt16: 6,
  UInt32: 7,
  UInt64: 8,
  Float: 9,
  Double: 10,
  Boolean: 11,
  String: 12,
  DateTime: 13,
  Text: 14,
  UUID: 15,
  DataSet: 16,
  Bytes: 17,
  File: 18,
  Template: 19,
} as const;
export type DataType = (typeof DataType)[keyof typeof DataType];

/** Integers come as bigint only beyond 2^53; data sets, templates and extensions come as null. */
export type Value = number | bigint | string | boolean | Uint8Array | null;

export interface Property {
  type: number;
  value: Value;
}

export interface Metric {
  name?: string;
  alias?: number;
  /** Epoch ms, UTC. */
  timestamp?: number;
  datatype?: number;
  value: Value;
  isHistorical?: boolean;
  properties?: Record<string, Property>;
}

export interface Payload {
  timestamp?: number;
  /** 0 to 255. */
  seq?: number;
  metrics: Metric[];
}

/** More metrics than this in one payload are refused: no edge has them, and each costs memory. */
export const MAX_METRICS = 50_000;

const PAYLOAD = { timestamp: 1, metrics: 2, seq: 3 } as const;
const METRIC = { name: 1, alias: 2, timestamp: 3, datatype: 4, historical: 5, isNull: 7, properties: 9 } as const;
const PROPERTY = { type: 1, isNull: 2 } as const;
/** Field numbers of the value, in the order int, long, float, double, boolean, string, bytes; a property has them from 3 on, a metric from 10 on. */
const METRIC_VALUE = 10;
const PROPERTY_VALUE = 3;
const VALUE = { int: 0, long: 1, float: 2, double: 3, boolean: 4, string: 5, bytes: 6 } as const;

/**
 * Encodes a payload. A value without `datatype` goes out as the nearest type: number as Double, bigint as Int64.
 * `datatypes: false` leaves the datatype off the wire, as DATA messages should (the birth has said it).
 */
export function encodePayload(payload: Payload, options: { datatypes?: boolean } = {}): Uint8Array {
  const writer = new Writer(64 + payload.metrics.length * 32);
  if (payload.timestamp !== undefined) writer.tag(PAYLOAD.timestamp, WIRE.varint).varint(payload.timestamp);
  for (const metric of payload.metrics) writeMetric(writer, metric, options.datatypes ?? true);
  if (payload.seq !== undefined) writer.tag(PAYLOAD.seq, WIRE.varint).varint(payload.seq);
  return writer.finish();
}

function writeMetric(writer: Writer, metric: Metric, withType: boolean): void {
  const mark = writer.begin(PAYLOAD.metrics);
  if (metric.name !== undefined) writer.tag(METRIC.name, WIRE.bytes).string(metric.name);
  if (metric.alias !== undefined) writer.tag(METRIC.alias, WIRE.varint).varint(metric.alias);
  if (metric.timestamp !== undefined) writer.tag(METRIC.timestamp, WIRE.varint).varint(metric.timestamp);
  const type = metric.datatype ?? typeOf(metric.value);
  if (withType) writer.tag(METRIC.datatype, WIRE.varint).varint(type);
  if (metric.isHistorical) writer.tag(METRIC.historical, WIRE.varint).varint(1);
  if (metric.value === null) writer.tag(METRIC.isNull, WIRE.varint).varint(1);
  if (metric.properties !== undefined) writeProperties(writer, metric.properties);
  if (metric.value !== null) writeValue(writer, METRIC_VALUE, type, metric.value);
  writer.end(mark);
}

function writeProperties(writer: Writer, properties: Record<string, Property>): void {
  const set = writer.begin(METRIC.properties);
  for (const key of Object.keys(properties)) writer.tag(1, WIRE.bytes).string(key);
  for (const { type, value } of Object.values(properties)) {
    const mark = writer.begin(2);
    writer.tag(PROPERTY.type, WIRE.varint).varint(type);
    if (value === null) writer.tag(PROPERTY.isNull, WIRE.varint).varint(1);
    else writeValue(writer, PROPERTY_VALUE, type, value);
    writer.end(mark);
  }
  writer.end(set);
}

function typeOf(value: Value): DataType {
  if (typeof value === "boolean") return DataType.Boolean;
  if (typeof value === "string") return DataType.String;
  if (typeof value === "bigint") return DataType.Int64;
  return value instanceof Uint8Array ? DataType.Bytes : DataType.Double;
}

/** The field a data type travels in. UInt32 in the long field, as every Tahu encoder and decoder has it; both are read. */
function fieldOf(type: number): number {
  if (type === DataType.Float) return VALUE.float;
  if (type === DataType.Double) return VALUE.double;
  if (type === DataType.Boolean) return VALUE.boolean;
  if (type === DataType.Bytes || type === DataType.File) return VALUE.bytes;
  if (type === DataType.String || type === DataType.Text || type === DataType.UUID) return VALUE.string;
  const long = type === DataType.Int64 || type === DataType.UInt32 || type === DataType.UInt64 || type === DataType.DateTime;
  if (long) return VALUE.long;
  if (type >= DataType.Int8 && type <= DataType.UInt16) return VALUE.int;
  throw new RangeError(`Sparkplug data type ${type} cannot be encoded`);
}

function writeValue(writer: Writer, base: number, type: number, value: Exclude<Value, null>): void {
  const field = fieldOf(type);
  const number = base + field;
  if (field === VALUE.string) writer.tag(number, WIRE.bytes).string(String(value));
  else if (field === VALUE.bytes) writer.tag(number, WIRE.bytes).bytes(value instanceof Uint8Array ? value : new Uint8Array());
  else if (field === VALUE.float) writer.tag(number, WIRE.fixed32).float(Number(value));
  else if (field === VALUE.double) writer.tag(number, WIRE.fixed64).double(Number(value));
  else if (field === VALUE.boolean) writer.tag(number, WIRE.varint).varint(value ? 1 : 0);
  else if (field === VALUE.int) writer.tag(number, WIRE.varint).varint(Number(value) >>> 0);
  else if (typeof value === "bigint") writer.tag(number, WIRE.varint).bigVarint(value);
  else writer.tag(number, WIRE.varint).varint(type === DataType.UInt32 ? Number(value) >>> 0 : Math.round(Number(value)));
}

/** Decodes a payload, or throws `DecodeError` saying what is wrong at which byte. Bytes values are views on `bytes`; unknown fields are passed over. */
export function decodePayload(bytes: Uint8Array): Payload {
  const reader = new Reader(bytes);
  const payload: Payload = { metrics: [] };
  while (reader.position < reader.end) {
    const tag = reader.varint();
    const field = Math.floor(tag / 8);
    const wire = tag % 8;
    if (field === PAYLOAD.timestamp) payload.timestamp = unsigned(reader, wire);
    else if (field === PAYLOAD.seq) payload.seq = unsigned(reader, wire);
    else if (field === PAYLOAD.metrics) {
      if (payload.metrics.length === MAX_METRICS) reader.fail(`more than ${MAX_METRICS} metrics`);
      reader.expect(wire, WIRE.bytes);
      payload.metrics.push(nested(reader, readMetric));
    } else reader.skip(wire);
  }
  return payload;
}

/** Reads a nested message inside its own bounds. */
function nested<T>(reader: Reader, read: (reader: Reader) => T): T {
  const outer = reader.end;
  reader.end = reader.enter();
  const result = read(reader);
  reader.end = outer;
  return result;
}

function unsigned(reader: Reader, wire: number): number {
  reader.expect(wire, WIRE.varint);
  return reader.varint();
}

function readMetric(reader: Reader): Metric {
  const metric: Metric = { value: null };
  let isNull = false;
  while (reader.position < reader.end) {
    const tag = reader.varint();
    const field = Math.floor(tag / 8);
    const wire = tag % 8;
    if (field === METRIC.alias) metric.alias = unsigned(reader, wire);
    else if (field === METRIC.timestamp) metric.timestamp = unsigned(reader, wire);
    else if (field === METRIC.datatype) metric.datatype = unsigned(reader, wire);
    else if (field === METRIC.historical) metric.isHistorical = unsigned(reader, wire) !== 0;
    else if (field === METRIC.isNull) isNull = unsigned(reader, wire) !== 0;
    else if (field === METRIC.name) {
      reader.expect(wire, WIRE.bytes);
      metric.name = reader.string();
    } else if (field === METRIC.properties) {
      reader.expect(wire, WIRE.bytes);
      metric.properties = nested(reader, readProperties);
    } else metric.value = readValue(reader, field - METRIC_VALUE, wire, metric.value);
  }
  metric.value = isNull ? null : typed(metric.value, metric.datatype);
  return metric;
}

/** The value of one field; a field that is no value is passed over and leaves `before`. */
function readValue(reader: Reader, kind: number, wire: number, before: Value): Value {
  if (kind === VALUE.int || kind === VALUE.boolean) {
    const value = unsigned(reader, wire);
    return kind === VALUE.int ? value : value !== 0;
  }
  if (kind === VALUE.long) {
    const value = unsigned(reader, wire);
    return Number.isSafeInteger(value) ? value : reader.bigint;
  }
  if (kind === VALUE.float || kind === VALUE.double) {
    reader.expect(wire, kind === VALUE.float ? WIRE.fixed32 : WIRE.fixed64);
    return kind === VALUE.float ? reader.float() : reader.double();
  }
  if (kind === VALUE.string || kind === VALUE.bytes) {
    reader.expect(wire, WIRE.bytes);
    return kind === VALUE.string ? reader.string() : reader.bytes();
  }
  reader.skip(wire);
  return before;
}

function readProperties(reader: Reader): Record<string, Property> {
  const keys: string[] = [];
  const values: Property[] = [];
  while (reader.position < reader.end) {
    const tag = reader.varint();
    const field = Math.floor(tag / 8);
    if (field !== 1 && field !== 2) reader.skip(tag % 8);
    else {
      reader.expect(tag % 8, WIRE.bytes);
      if (field === 1) keys.push(reader.string());
      else values.push(nested(reader, readProperty));
    }
  }
  if (keys.length !== values.length) reader.fail(`${keys.length} property keys for ${values.length} values`);
  // Without a prototype: a key named __proto__ is then a key like any other.
  const properties: Record<string, Property> = Object.create(null);
  for (const [i, key] of keys.entries()) properties[key] = values[i] as Property;
  return properties;
}

function readProperty(reader: Reader): Property {
  const property: Property = { type: 0, value: null };
  let isNull = false;
  while (reader.position < reader.end) {
    const tag = reader.varint();
    const field = Math.floor(tag / 8);
    const wire = tag % 8;
    if (field === PROPERTY.type) property.type = unsigned(reader, wire);
    else if (field === PROPERTY.isNull) isNull = unsigned(reader, wire) !== 0;
    else if (field - PROPERTY_VALUE > VALUE.string) reader.skip(wire);
    else property.value = readValue(reader, field - PROPERTY_VALUE, wire, property.value);
  }
  property.value = isNull ? null : typed(property.value, property.type);
  return property;
}

/** A raw unsigned value as its data type means it: the sign of Int8 to Int64, the width of the small ones. For metrics whose type only the birth said. */
export function typed(value: Value, datatype: number | undefined): Value {
  if (typeof value === "bigint") {
    if (datatype !== DataType.Int64) return value;
    const signed = BigInt.asIntN(64, value);
    return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
  }
  if (typeof value !== "number") return value;
  if (datatype === DataType.Int8) return (value << 24) >> 24;
  if (datatype === DataType.Int16) return (value << 16) >> 16;
  if (datatype === DataType.Int32) return value | 0;
  if (datatype === DataType.UInt8) return value & 0xff;
  if (datatype === DataType.UInt16) return value & 0xffff;
  return value;
}

export { DecodeError } from "./protobuf.ts";
