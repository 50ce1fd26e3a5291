import fc from "fast-check";
import { expect, test } from "vitest";
import { DataType, decodePayload, encodePayload, MAX_METRICS, type Metric, type Payload, type Value } from "./payload.ts";
import { DecodeError } from "./protobuf.ts";

const valuesOf: [DataType, fc.Arbitrary<Value>][] = [
  [DataType.Int8, fc.integer({ min: -128, max: 127 })],
  [DataType.Int16, fc.integer({ min: -32_768, max: 32_767 })],
  [DataType.Int32, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })],
  [DataType.Int64, fc.maxSafeInteger()],
  [DataType.Int64, fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) })],
  [DataType.Int64, fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n })],
  [DataType.UInt8, fc.integer({ min: 0, max: 255 })],
  [DataType.UInt16, fc.integer({ min: 0, max: 65_535 })],
  [DataType.UInt32, fc.integer({ min: 0, max: 2 ** 32 - 1 })],
  [DataType.UInt64, fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n })],
  [DataType.Float, fc.float()],
  [DataType.Double, fc.double()],
  [DataType.Boolean, fc.boolean()],
  [DataType.String, fc.string({ unit: "binary" })],
  [DataType.DateTime, fc.maxSafeInteger().map(Math.abs)],
  [DataType.Bytes, fc.uint8Array({ maxLength: 300 })],
];
const typedValue = fc.oneof(
  ...valuesOf.map(([datatype, value]) =>
    fc.record({ datatype: fc.constant(datatype), value: fc.oneof({ weight: 9, arbitrary: value }, fc.constant(null)) }),
  ),
);
const property = typedValue
  .filter((p) => p.datatype !== DataType.Bytes)
  .map(({ datatype, value }) => ({ type: datatype as number, value }));
const time = fc.integer({ min: 0, max: 4e12 });
const metric: fc.Arbitrary<Metric> = fc
  .tuple(
    typedValue,
    fc.record(
      {
        name: fc.string({ minLength: 1 }),
        alias: fc.maxSafeInteger().map(Math.abs),
        timestamp: time,
        isHistorical: fc.constant(true),
        properties: fc.dictionary(fc.string(), property, { maxKeys: 4 }),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([value, rest]) => ({ ...rest, ...value }));
const payload: fc.Arbitrary<Payload> = fc
  .tuple(fc.array(metric, { maxLength: 40 }), fc.record({ timestamp: time, seq: fc.integer({ min: 0, max: 255 }) }, { requiredKeys: [] }))
  .map(([metrics, rest]) => ({ ...rest, metrics }));

test("every payload comes back as it was written, whatever its types", () => {
  fc.assert(
    fc.property(payload, (p) => {
      expect(decodePayload(encodePayload(p))).toEqual(p);
    }),
  );
});

test("without datatypes the value stands and the reader needs the birth to read signs", () => {
  const bytes = encodePayload({ metrics: [{ alias: 7, datatype: DataType.Float, value: 1050.5 }] }, { datatypes: false });
  expect(decodePayload(bytes)).toEqual({ metrics: [{ alias: 7, value: 1050.5 }] });
});

test("a UInt32 is read from either field, as the spec and as Tahu have it", () => {
  for (const [field, tag] of [
    ["int", 0x50],
    ["long", 0x58],
  ] as const) {
    const bytes = Uint8Array.of(0x12, 8, 0x20, DataType.UInt32, tag, 0xff, 0xff, 0xff, 0xff, 0x0f);
    expect(decodePayload(bytes).metrics, field).toEqual([{ datatype: DataType.UInt32, value: 0xffffffff }]);
  }
});

test("a data set, a template and unknown fields are passed over and their neighbours survive", () => {
  const strange = [0x8a, 0x01, 2, 8, 1]; // field 17, data set
  const template = [0x92, 0x01, 2, 8, 1]; // field 18
  const unknown = [0xf8, 0x3f, 5]; // field 1023
  const metrics = [...strange, ...template, ...unknown];
  const bytes = Uint8Array.of(0x12, 2 + metrics.length, 0x18, 9, ...metrics, 0x18, 3);
  expect(decodePayload(bytes)).toEqual({ seq: 3, metrics: [{ timestamp: 9, value: null }] });
});

test("hostile bytes give a payload or a DecodeError, never anything else", () => {
  const mutated = fc
    .tuple(payload, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 8 }), fc.nat())
    .map(([p, edits, cut]) => {
      const bytes = encodePayload(p);
      for (const [at, byte] of edits) if (bytes.length > 0) bytes[at % bytes.length] = byte;
      return bytes.subarray(0, bytes.length - (cut % (bytes.length + 1)));
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), mutated), (bytes) => {
      try {
        decodePayload(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
      }
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ["a length beyond the end", [0x12, 0xff, 0xff, 0xff, 0xff, 0x0f], /claims 4294967295 bytes/],
  ["a group", [0x13], /wire type 3/],
  ["a number without end", Array<number>(12).fill(0xff), /longer than 10 bytes/],
  ["a cut float", [0x12, 3, 0x65, 0, 0], /4 bytes needed/],
  ["metrics as a number", [0x10, 1], /wire type 0 where 2 belongs/],
])("%s is refused by name", (_name, bytes, message) => {
  expect(() => decodePayload(Uint8Array.from(bytes))).toThrow(message);
});

test("a payload of nothing but empty metrics is refused before it fills the memory", () => {
  const bytes = new Uint8Array(2 * (MAX_METRICS + 1));
  for (let i = 0; i < bytes.length; i += 2) bytes[i] = 0x12;
  expect(() => decodePayload(bytes)).toThrow(/more than 50000 metrics/);
});

test("a property named __proto__ is a property like any other", () => {
  const properties = JSON.parse('{"__proto__": {"type": 3, "value": 1}}');
  const back = decodePayload(encodePayload({ metrics: [{ value: 1, properties }] })).metrics[0]?.properties;
  expect(Object.keys(back ?? {})).toEqual(["__proto__"]);
});
