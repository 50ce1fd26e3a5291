/** Our Sparkplug codec against the Tahu-derived `sparkplug-payload`, both ways. */
import { DataType, decodePayload, encodePayload, type Metric } from "@cellhouse/shared/sparkplug";
import { get } from "sparkplug-payload";
import { expect, test } from "vitest";

const tahu = get("spBv1.0");
if (tahu === null) throw new Error("sparkplug-payload has no spBv1.0");

const cases: [
  name: string,
  theirs: "Int8" | "Int32" | "Int64" | "UInt32" | "UInt64" | "Float" | "Double" | "Boolean" | "String" | "DateTime" | "Bytes",
  ours: Metric["value"],
][] = [
  ["small", "Int8", -5],
  ["negative", "Int32", -123_456],
  ["long", "Int64", -9_000_000_000],
  ["word", "UInt32", 4_000_000_000],
  ["large", "UInt64", 8_000_000_000_000],
  ["temperature", "Float", 1050.5],
  ["energy", "Double", 123456.789],
  ["flag", "Boolean", true],
  ["text", "String", "Zelle 1 °C"],
  ["clock", "DateTime", 1_795_000_000_000],
  ["bytes", "Bytes", Uint8Array.of(1, 2, 255)],
];

test("we read what sparkplug-payload writes", () => {
  const bytes = tahu.encodePayload({
    timestamp: 1_795_000_000_000,
    seq: 17,
    metrics: cases.map(([name, type, value], i) => ({
      name,
      alias: i,
      timestamp: 1_795_000_000_000 + i,
      type,
      value: value as number,
      properties: { Quality: { type: "Int32", value: 192 } },
    })),
  });
  const back = decodePayload(bytes);
  expect(back).toMatchObject({ timestamp: 1_795_000_000_000, seq: 17 });
  expect(back.metrics.map((m) => [m.name, m.alias, m.datatype, plain(m.value)])).toEqual(
    cases.map(([name, type, value], i) => [name, i, DataType[type], plain(value)]),
  );
  expect(back.metrics[0]?.properties).toEqual({ Quality: { type: DataType.Int32, value: 192 } });
});

// sparkplug-payload 1.0.3 reads a negative Int64 as unsigned, so that one case is ours alone.
test("sparkplug-payload reads what we write", () => {
  const readable = cases.filter(([name]) => name !== "long");
  const metrics = readable.map(([name, type, value], alias): Metric => ({ name, alias, timestamp: 5, datatype: DataType[type], value }));
  const back = tahu.decodePayload(encodePayload({ timestamp: 1, seq: 2, metrics }));
  expect(back.metrics?.map((m) => [m.name, m.type, plain(m.value)])).toEqual(
    readable.map(([name, type, value]) => [name, type, plain(value)]),
  );
});

/** Long and Buffer as number and array. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  return typeof value === "object" && value !== null && "toNumber" in value ? (value as { toNumber(): number }).toNumber() : value;
}
