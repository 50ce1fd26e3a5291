/** Our Sparkplug codec and the host's decoder against the Tahu-derived `sparkplug-payload`, both ways, every type. */
import { type Cell, metricName } from "@cellhouse/shared";
import { DataType, decodePayload, encodePayload, type Metric } from "@cellhouse/shared/sparkplug";
import { get } from "sparkplug-payload";
import type { TypeStr, UMetric } from "sparkplug-payload/lib/sparkplugbpayload.js";
import { expect, test } from "vitest";
import { BirthTable } from "../../server/src/ingest/sparkplug/birth-table.ts";
import { DataDecoder } from "../../server/src/ingest/sparkplug/decode.ts";
import { plantFile } from "./ingest-support.ts";

const tahu = get("spBv1.0");
if (tahu === null) throw new Error("sparkplug-payload has no spBv1.0");

const NOW = 1_795_000_000_000;
const cell = plantFile("single").cells[0] as Cell;

const scalars: [type: TypeStr & keyof typeof DataType, value: Metric["value"]][] = [
  ["Int8", -5],
  ["Int16", -3000],
  ["Int32", -123_456],
  ["Int64", -9_000_000_000],
  ["UInt8", 250],
  ["UInt16", 65_000],
  ["UInt32", 4_000_000_000],
  ["UInt64", 8_000_000_000_000],
  ["Float", 1050.5],
  ["Double", 123456.789],
  ["Boolean", true],
  ["DateTime", NOW],
];
const others: [type: TypeStr & keyof typeof DataType, value: UMetric["value"]][] = [
  ["String", "Zelle 1 °C"],
  ["Text", "多行"],
  ["UUID", "6f5902ac-237b-4d5d-8b2f-1d1d6a5f4f53"],
  ["Bytes", Uint8Array.of(1, 2, 255)],
  ["File", Uint8Array.of(3, 4)],
  ["DataSet", { numOfColumns: 2, columns: ["a", "b"], types: ["Int32", "String"], rows: [[1, "x"]] }],
  ["Template", { isDefinition: false, templateRef: "T", metrics: [{ name: "m", type: "Int32", value: 3 }], parameters: [] }],
];
const theirs = [...scalars, ...others].map(
  ([type, value], i): UMetric => ({
    name: metricName([...cell.tags.keys()][i] as string),
    alias: i,
    timestamp: NOW + i,
    type,
    value: value as number,
    properties: { Quality: { type: "Int32", value: 192 } },
  }),
);

test("we read what sparkplug-payload writes, data sets and templates as nothing", () => {
  const back = decodePayload(tahu.encodePayload({ timestamp: NOW, seq: 17, metrics: theirs }));
  expect(back).toMatchObject({ timestamp: NOW, seq: 17 });
  expect(back.metrics.map((m) => [m.name, m.alias, m.datatype, plain(m.value)])).toEqual(
    theirs.map(({ name, alias, type, value }) => {
      const isStructure = type === "DataSet" || type === "Template";
      return [name, alias, DataType[type as keyof typeof DataType], isStructure ? null : plain(value)];
    }),
  );
  expect(back.metrics[0]?.properties).toEqual({ Quality: { type: DataType.Int32, value: 192 } });
});

test("the host takes every scalar of it into frames, leaves the rest out by name, and reads null, historical and transient", () => {
  const table = new BirthTable();
  const birth = tahu.encodePayload({ timestamp: NOW, seq: 0, metrics: theirs });
  expect(table.learn(cell, decodePayload(birth).metrics).unusable).toHaveLength(others.length);
  const decoder = new DataDecoder();
  decoder.decode(birth, table, cell.id);
  expect([...decoder.live.value.subarray(0, decoder.live.count)]).toEqual(scalars.map(([, value]) => Number(value)));
  const flags: UMetric[] = [
    { alias: 0, timestamp: NOW, type: "Int8", value: null, isNull: true },
    { alias: 1, timestamp: NOW, type: "Int16", value: 7, isHistorical: true },
    { alias: 2, timestamp: NOW, type: "Int32", value: 8, isTransient: true },
    { alias: 16, timestamp: NOW, type: "File", value: Uint8Array.of(1) },
  ];
  decoder.decode(tahu.encodePayload({ timestamp: NOW, seq: 1, metrics: flags }), table, cell.id);
  expect([...decoder.live.value.subarray(0, decoder.live.count)]).toEqual([Number.NaN, 8]);
  expect([...decoder.historical.value.subarray(0, decoder.historical.count)]).toEqual([7]);
  expect(decoder).toMatchObject({ unknown: 0, unusable: 0, seq: 1 });
});

// sparkplug-payload 1.0.3 reads a negative Int64 as unsigned, so that one case is ours alone.
test("sparkplug-payload reads what we write", () => {
  const readable = [...scalars, ...others.slice(0, 5)].filter(([type]) => type !== "Int64");
  const metrics = readable.map(
    ([type, value], alias): Metric => ({ name: `m${alias}`, alias, timestamp: 5, datatype: DataType[type], value: value as number }),
  );
  const back = tahu.decodePayload(encodePayload({ timestamp: 1, seq: 2, metrics }));
  expect(back.metrics?.map((m) => [m.name, m.type, plain(m.value)])).toEqual(
    readable.map(([type, value], i) => [`m${i}`, type, plain(value)]),
  );
});

test("sparkplug-payload reads our orders: time, sequence, user and token beside the value", () => {
  const properties = {
    seq: { type: DataType.UInt32, value: 3_000_000_000 },
    user: { type: DataType.String, value: "olga" },
    token: { type: DataType.UInt32, value: 2 },
  };
  const metric: Metric = { alias: 7, timestamp: NOW, datatype: DataType.Float, value: 9.5, properties };
  const [back] = tahu.decodePayload(encodePayload({ timestamp: NOW, metrics: [metric] })).metrics ?? [];
  const read = Object.fromEntries(Object.entries(back?.properties ?? {}).map(([key, { value }]) => [key, plain(value)]));
  expect(read).toEqual({ seq: 3_000_000_000, user: "olga", token: 2 });
  expect([plain(back?.alias), plain(back?.timestamp), back?.value]).toEqual([7, NOW, 9.5]);
});

/** Long and Buffer as number and array. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  return typeof value === "object" && value !== null && "toNumber" in value ? (value as { toNumber(): number }).toNumber() : value;
}
