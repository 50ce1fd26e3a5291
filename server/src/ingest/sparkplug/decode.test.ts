import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Cell, type Frame, Quality, tagOf } from "@cellhouse/shared";
import { loadPlant } from "@cellhouse/shared/plant-file";
import { DataType, DecodeError, decodePayload, encodePayload, type Metric } from "@cellhouse/shared/sparkplug";
import fc from "fast-check";
import { expect, test } from "vitest";
import { BirthTable } from "./birth-table.ts";
import { DataDecoder } from "./decode.ts";

const plants = join(import.meta.dirname, "../../../../shared/plants");
const plant = loadPlant(
  join(plants, "single.yaml"),
  (file) => readFileSync(file, "utf8"),
  (from, to) => join(dirname(from), to),
);
const cell = plant.cells[0] as Cell;
const cases = join(import.meta.dirname, "cases");
const bytesOf = (name: string, file: string): Buffer =>
  Buffer.from(readFileSync(join(cases, name, file), "utf8").replace(/\s/g, ""), "hex");
const rows = (frame: Frame): unknown[] =>
  Array.from({ length: frame.count }, (_, i) => {
    const value = frame.value[i] as number;
    return [plant.tags[frame.tag[i] as number]?.definition.name, frame.time[i], Number.isNaN(value) ? null : value, frame.quality[i]];
  });

test.each(readdirSync(cases))("golden case %s", (name) => {
  const { story: _story, ...expected } = JSON.parse(readFileSync(join(cases, name, "expected.json"), "utf8"));
  const table = new BirthTable();
  table.learn(cell, decodePayload(bytesOf(name, "birth.hex")).metrics);
  const decoder = new DataDecoder();
  decoder.decode(bytesOf(name, "input.hex"), table, cell.id);
  const { seq, timestamp, unknown, text, live, historical } = decoder;
  expect({ seq, timestamp, unknown, text, live: rows(live), historical: rows(historical) }).toEqual(expected);
});

const numeric: [DataType, fc.Arbitrary<number | boolean>][] = [
  [DataType.Int8, fc.integer({ min: -128, max: 127 })],
  [DataType.Int16, fc.integer({ min: -32_768, max: 32_767 })],
  [DataType.Int32, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })],
  [DataType.Int64, fc.maxSafeInteger()],
  [DataType.UInt32, fc.integer({ min: 0, max: 2 ** 32 - 1 })],
  [DataType.Float, fc.float({ noNaN: true })],
  [DataType.Double, fc.double({ noNaN: true })],
  [DataType.Boolean, fc.boolean()],
];
const names = [...cell.tags.keys()];
const metrics = fc.array(
  fc
    .tuple(fc.nat(names.length - 1), fc.nat({ max: 4e12 }), fc.boolean(), fc.nat(numeric.length - 1))
    .chain(([i, timestamp, isHistorical, k]) =>
      (numeric[k] as (typeof numeric)[number])[1].map((value) => ({
        i,
        timestamp,
        isHistorical,
        datatype: (numeric[k] as (typeof numeric)[number])[0],
        value,
      })),
    ),
  { maxLength: 30 },
);

test("agrees with the general codec on every number, sign, size and order", () => {
  fc.assert(
    fc.property(metrics, fc.boolean(), (list, byName) => {
      // A later metric of the same tag may have another type here, so each gets an alias of its own.
      const born = list.map(
        ({ i, datatype }, alias): Metric => ({ name: (names[i] as string).replace(".", "/"), alias, datatype, value: 0 }),
      );
      const table = new BirthTable();
      const decoder = new DataDecoder();
      if (byName && new Set(list.map((m) => m.i)).size < list.length) return;
      table.learn(cell, byName ? born.map(({ alias: _alias, ...rest }) => rest) : [...new Map(born.map((m) => [m.name, m])).values()]);
      const known = list.flatMap((m, alias) => (byName || table.byAlias(alias) >= 0 ? [{ ...m, alias }] : []));
      const sent = known.map(
        ({ i, alias, isHistorical, timestamp, datatype, value }): Metric => ({
          ...(byName ? { name: (names[i] as string).replace(".", "/") } : { alias }),
          timestamp,
          datatype,
          value,
          ...(isHistorical && { isHistorical }),
        }),
      );
      decoder.decode(encodePayload({ timestamp: 1, seq: 9, metrics: sent }), table, cell.id);
      const expected = (historical: boolean) =>
        known.filter((m) => m.isHistorical === historical).map((m) => [names[m.i], m.timestamp, Number(m.value), Quality.Good]);
      expect([rows(decoder.live), rows(decoder.historical), decoder.seq, decoder.unknown]).toEqual([expected(false), expected(true), 9, 0]);
    }),
  );
});

test("hostile bytes give samples or a DecodeError, never anything else, and no sample of a tag nobody announced", () => {
  const table = new BirthTable();
  table.learn(cell, [{ name: "TI-101", alias: 1, datatype: DataType.Float, value: 0 }]);
  const good = encodePayload({
    timestamp: 1,
    seq: 1,
    metrics: [{ alias: 1, datatype: DataType.Float, value: 1, timestamp: 5, properties: { Quality: { type: 3, value: 192 } } }],
  });
  const decoder = new DataDecoder();
  const mutated = fc
    .tuple(fc.array(fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }), fc.nat(good.length))
    .map(([edits, cut]) => {
      const bytes = good.slice(0, good.length - cut);
      for (const [at, byte] of edits) if (at < bytes.length) bytes[at] = byte;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (bytes) => {
      try {
        decoder.decode(bytes, table, cell.id);
        const bath = tagOf(cell, "TI-101").id;
        for (const frame of [decoder.live, decoder.historical]) for (let i = 0; i < frame.count; i++) expect(frame.tag[i]).toBe(bath);
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
      }
    }),
    { numRuns: 3000 },
  );
});

test("births without end take no more memory than one", () => {
  const table = new BirthTable();
  const metric = [{ name: "TI-101", alias: 1, datatype: DataType.Float, value: 0 }];
  table.learn(cell, metric);
  const entry = table.byAlias(1);
  for (let i = 0; i < 100; i++) table.learn(cell, metric);
  expect(table.byAlias(1)).toBe(entry);
  expect(table.learn(cell, [{ name: "Vendor/X", value: 1 }]).unknown).toEqual(["Vendor/X"]);
  expect(table.announced(cell.id, "TI-101")).toBeUndefined();
});
