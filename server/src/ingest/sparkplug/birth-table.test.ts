import { metricName, type SparkplugMap, sparkplugMap } from "@cellhouse/shared";
import { DataType, encodePayload, type Metric } from "@cellhouse/shared/sparkplug";
import { expect, test } from "vitest";
import { cell } from "../testing.ts";
import { BirthTable } from "./birth-table.ts";
import { writeMetric } from "./commands.ts";
import { DataDecoder } from "./decode.ts";

const bath = (extra: Partial<Metric> = {}): Metric => ({ name: "TI-101", alias: 1, datatype: DataType.Float, value: 1050, ...extra });
const text = (value: string) => ({ type: DataType.String, value });
const double = (value: number) => ({ type: DataType.Double, value });
const mapOf = (map: object): SparkplugMap => sparkplugMap.parse(map);

test("a birth that says what the plant says fits; another unit or range is named", () => {
  const table = new BirthTable();
  const said = (properties: Metric["properties"]) => table.learn(cell, [bath({ properties: properties ?? {} })]).unlike;
  expect(said({ engUnit: text("°C"), engLow: double(600), engHigh: double(1300) })).toEqual([]);
  expect(said({ Documentation: text("°F") })).toEqual([]);
  expect(said({ engUnit: text("°F") })).toEqual(['TI-101 in "°F", the plant has "°C"']);
  expect(said({ engUnit: text("°C"), engHigh: double(1200) })).toEqual(["TI-101 up to 1200, the plant has 1300"]);
});

test("what the plant does not have, and what is no number, is named and left out", () => {
  const table = new BirthTable();
  const misfits = table.learn(cell, [bath({ datatype: DataType.String, value: "hot" }), { name: "Vendor/X", alias: 2, value: 1 }]);
  expect(misfits).toMatchObject({ unknown: ["Vendor/X"], unusable: ["TI-101 has type 12"] });
  expect(table.announcedTag(cell.tags.get("TI-101")?.path ?? "")).toBeUndefined();
});

test("every type of the spec is read or passed over, and its neighbours survive", () => {
  const scalars = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13];
  const names = [...cell.tags.keys()];
  const types = Array.from({ length: 34 }, (_, i) => i + 1);
  const raw = (type: number): Partial<Metric> => {
    if (scalars.includes(type)) return { datatype: type, value: type === DataType.Boolean ? true : 7 };
    return type === DataType.String || type === DataType.Text || type === DataType.UUID
      ? { datatype: type, value: "7" }
      : { datatype: DataType.Bytes, value: Uint8Array.of(7, 0, 0, 0) };
  };
  const births = types.map((type, i): Metric => ({ name: metricName(names[i] as string), alias: i, datatype: type, value: null }));
  const table = new BirthTable();
  const { unusable } = table.learn(cell, births);
  const decoder = new DataDecoder();
  const metrics = types.map((type, i): Metric => ({ alias: i, timestamp: 5, value: null, ...raw(type) }));
  decoder.decode(encodePayload({ timestamp: 1, seq: 3, metrics }, { datatypes: false }), table, cell.id);
  expect(unusable).toHaveLength(types.length - scalars.length);
  const read = Array.from({ length: decoder.live.count }, (_, i) => decoder.live.value[i]);
  expect(read).toEqual(scalars.map((type) => (type === DataType.Boolean ? 1 : 7)));
  expect(decoder).toMatchObject({ unknown: 0, unusable: 0, seq: 3 });
});

test("a number that comes as a text is counted and Bad", () => {
  const table = new BirthTable();
  table.learn(cell, [bath()]);
  const decoder = new DataDecoder();
  decoder.decode(encodePayload({ metrics: [{ alias: 1, datatype: DataType.String, value: "1050" }] }), table, cell.id);
  expect(decoder).toMatchObject({ unusable: 1, live: { count: 1 } });
  expect(decoder.live.quality[0]).toBe(3);
});

test("a map gives tags other metric names and scales them, both ways", () => {
  const map = mapOf({
    metrics: { "TI-101": "Pot/Temp F", "FIC-303.SP": "Feed" },
    scale: { "TI-101": { factor: 5 / 9, offset: -160 / 9 } },
  });
  const table = new BirthTable(map);
  const misfits = table.learn(cell, [
    bath({ name: "Pot/Temp F", properties: { engUnit: text("°F") } }),
    bath({ name: "TI-101", alias: 9 }),
  ]);
  expect(misfits, "its own name no longer stands for the tag").toEqual({
    unknown: ["TI-101"],
    unusable: [],
    unlike: [],
    absent: ['FIC-303.SP as "Feed"'],
  });
  const decoder = new DataDecoder();
  decoder.decode(encodePayload({ metrics: [{ alias: 1, datatype: DataType.Float, value: 1922 }] }), table, cell.id);
  expect(decoder.live.value[0]).toBeCloseTo(1050, 9);
  const announced = table.announcedTag(cell.tags.get("TI-101")?.path ?? "");
  expect(announced && writeMetric(announced, 1050, 5)).toEqual({ alias: 1, timestamp: 5, datatype: DataType.Float, value: 1922 });
});

test("a write is named and typed as the birth has it, and carries its order", () => {
  const table = new BirthTable();
  const path = cell.tags.get("FIC-303.SP")?.path ?? "";
  table.learn(cell, [{ name: "FIC-303/SP", datatype: DataType.Int16, value: 9 }]);
  const order = { seq: 7, user: "olga", at: 1234, token: 3 };
  const announced = table.announcedTag(path);
  expect(announced && writeMetric(announced, 9.6, 5000, order)).toEqual({
    name: "FIC-303/SP",
    timestamp: 1234,
    datatype: DataType.Int16,
    value: 10,
    properties: {
      seq: { type: DataType.UInt32, value: 7 },
      user: { type: DataType.String, value: "olga" },
      token: { type: DataType.UInt32, value: 3 },
    },
  });
});

test.each([
  [{ group: "a/b" }, /without \/ \+ #/],
  [{ group: "STATE" }, /not STATE/],
  [{ metrics: { "TI-999": "x" } }, /TI-999/],
  [{ scale: { "TI-101": { factor: 0 } } }, /not 0/],
  [{ edges: "x" }, /edges/],
])("a wrong map is refused by field: %j", (map, message) => {
  expect(() => mapOf(map)).toThrow(message);
});
