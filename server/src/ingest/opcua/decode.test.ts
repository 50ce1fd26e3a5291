/** The library encodes, we decode; what we read must be what the library reads. */
import * as fc from "fast-check";
import {
  BinaryStream,
  DataChangeNotification,
  DataType,
  DataValue,
  HistoryData,
  MonitoredItemNotification,
  StatusCode,
  Variant,
  VariantArrayType,
} from "node-opcua";
import { expect, test } from "vitest";
import { type Samples, samplesOf } from "./decode.ts";

const NOW = Date.UTC(2026, 10, 21, 14, 3, 7, 123);

function sent<T extends { encode(stream: BinaryStream): void; decode(stream: BinaryStream): void }>(
  message: T,
  empty: T,
): { got: T; left: number; samples: Samples } {
  const out = new BinaryStream(10_000_000);
  message.encode(out);
  const bytes = new BinaryStream(Buffer.from(out.buffer.subarray(0, out.length)));
  empty.decode(bytes);
  return { got: empty, left: bytes.buffer.length - bytes.length, samples: samplesOf(empty) as Samples };
}

function notified(values: readonly DataValue[]) {
  const monitoredItems = values.map((value, i) => new MonitoredItemNotification({ clientHandle: 1000 + i, value }));
  return sent(new DataChangeNotification({ monitoredItems }), new DataChangeNotification(null));
}

const value = (dataType: DataType, v: unknown, time: Date | null = new Date(NOW), status = 0): DataValue =>
  new DataValue({
    value: new Variant({ dataType, arrayType: VariantArrayType.Scalar, value: v }),
    sourceTimestamp: time,
    statusCode: StatusCode.makeStatusCode(status as never),
  });

test("numbers of every type, flags and times come as numbers; nothing else is one", () => {
  const { samples, left } = notified([
    value(DataType.Float, 1050.5),
    value(DataType.Double, 1e300),
    value(DataType.Boolean, true),
    value(DataType.SByte, -5),
    value(DataType.Byte, 250),
    value(DataType.Int16, -30_000),
    value(DataType.UInt16, 60_000),
    value(DataType.Int32, -2_000_000_000),
    value(DataType.UInt32, 4_000_000_000),
    value(DataType.Int64, [0xffffffff, 0xfffffffe]),
    value(DataType.UInt64, [1, 2]),
    value(DataType.DateTime, new Date(NOW)),
    value(DataType.String, "7"),
    value(DataType.Null, null),
    new DataValue({ value: new Variant({ dataType: DataType.Float, arrayType: VariantArrayType.Array, value: [1, 2, 3] }) }),
    value(DataType.Float, 1051),
  ]);
  const none = Number.NaN;
  const numbers = [1050.5, 1e300, 1, -5, 250, -30_000, 60_000, -2e9, 4e9, -2, 0x1_0000_0002, NOW, none, none, none, 1051];
  expect([...samples.value]).toEqual(numbers);
  expect([...samples.handle]).toEqual(numbers.map((_, i) => 1000 + i));
  expect(left).toBe(0);
});

test("the source time counts, else the server's, else none; picoseconds are read over", () => {
  const at = (sourceTimestamp: Date | null, serverTimestamp: Date | null): DataValue =>
    new DataValue({ sourceTimestamp, serverTimestamp, sourcePicoseconds: 7000, serverPicoseconds: 7000 });
  const { samples, left } = notified([
    at(new Date(NOW), new Date(NOW + 5)),
    at(null, new Date(NOW + 5)),
    at(null, null),
    at(new Date(-1), null),
  ]);
  expect([...samples.time]).toEqual([NOW, NOW + 5, Number.NaN, -1]);
  expect(left).toBe(0);
});

test("history comes the same way", () => {
  const dataValues = [value(DataType.Float, 1040, new Date(NOW - 60_000)), value(DataType.Float, 1041, new Date(NOW), 0x80050000)];
  const { samples, got } = sent(new HistoryData({ dataValues }), new HistoryData(null));
  expect([...samples.value]).toEqual([1040, 1041]);
  expect([...samples.time]).toEqual([NOW - 60_000, NOW]);
  expect([...samples.status]).toEqual([0, 0x80050000]);
  expect(got.dataValues?.[0]?.value.value, "others in this process still find what the library makes of it").toBe(1040);
});

test("others in this process still find the items as the library has them", () => {
  const { got } = notified([value(DataType.Float, 1050)]);
  expect(got.monitoredItems?.[0]).toMatchObject({ clientHandle: 1000, value: { value: { dataType: DataType.Float, value: 1050 } } });
  expect(notified([]).samples.count).toBe(0);
});

const number = fc.oneof(
  fc.double({ noNaN: false }).map((v) => value(DataType.Double, v)),
  fc.float().map((v) => value(DataType.Float, v)),
  fc.integer({ min: -32_768, max: 32_767 }).map((v) => value(DataType.Int16, v)),
  fc.string().map((v) => value(DataType.String, v)),
  fc.uint8Array({ maxLength: 20 }).map((v) => value(DataType.ByteString, Buffer.from(v))),
  fc
    .array(fc.double())
    .map((v) => new DataValue({ value: new Variant({ dataType: DataType.Double, arrayType: VariantArrayType.Array, value: v }) })),
);

test("whatever is sent, number and time are those the library reads", () => {
  const dated = fc
    .tuple(number, fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }), fc.boolean())
    .map(([one, date, late]) => {
      one.sourceTimestamp = date;
      one.sourcePicoseconds = late ? 900_000_000 : 0;
      return one;
    });
  fc.assert(
    fc.property(fc.array(dated, { maxLength: 30 }), (values) => {
      const { samples, got, left } = notified(values);
      expect(left).toBe(0);
      for (const [i, item] of (got.monitoredItems ?? []).entries()) {
        const theirs: unknown = item.value.value.value;
        expect(samples.value[i]).toBe(typeof theirs === "number" ? theirs : Number.NaN);
        expect(samples.time[i]).toBe(item.value.sourceTimestamp?.getTime());
      }
    }),
    { numRuns: 200 },
  );
});

test("bytes that are no notification throw at once, also where they announce more than there is", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const empty = new DataChangeNotification(null);
      try {
        empty.decode(new BinaryStream(Buffer.from(bytes)));
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        expect(samplesOf(empty)).toBeUndefined();
        return;
      }
      expect(samplesOf(empty)?.count).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns: 2000 },
  );
});

test("a notification damaged anywhere is read or thrown away, and takes no more memory than it has bytes", () => {
  const out = new BinaryStream(10_000);
  const values = [value(DataType.Float, 1), value(DataType.String, "abc"), value(DataType.Int64, [1, 2]), value(DataType.Double, 2)];
  const monitoredItems = values.map((one, i) => new MonitoredItemNotification({ clientHandle: i, value: one }));
  new DataChangeNotification({ monitoredItems }).encode(out);
  const whole = Buffer.from(out.buffer.subarray(0, out.length));
  const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(damage, fc.nat(whole.length), (changes, kept) => {
      const bytes = Buffer.from(whole.subarray(0, kept || whole.length));
      for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte;
      const empty = new DataChangeNotification(null);
      try {
        empty.decode(new BinaryStream(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
      expect(samplesOf(empty)?.count ?? 0).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns: 3000 },
  );
});
