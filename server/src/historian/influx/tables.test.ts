import fc from "fast-check";
import { expect, test } from "vitest";
import { groupsIn, rowsOf, samplesOf } from "./tables.ts";

test("samples are the points that have the field's number or its quality; an unknown quality is Bad", () => {
  const table = {
    columns: ["time", "TI-101", "TI-101.q", "EI-201"],
    values: [
      [1, 5, null, 1],
      [2, null, 3, 1],
      [3, null, null, 1],
      [4, 6, 9, null],
    ],
  };
  const { time, value, quality } = samplesOf(table, "TI-101");
  expect([[...time], [...value], [...quality]]).toEqual([
    [1, 2, 4],
    [5, Number.NaN, 6],
    [0, 3, 3],
  ]);
  expect(samplesOf(table, "TI-999").time.length).toBe(0);
});

test("a row whose count is 0 has no numbers, whatever an older one left there", () => {
  const columns = ["time", ...["min", "max", "mean", "first", "last", "count", "q"].map((part) => `TI-101.${part}`)];
  const rows = rowsOf(
    {
      columns,
      values: [
        [0, 1, 3, 2, 1, 3, 2, null],
        [10, 1, 3, 2, 1, 3, 0, 3],
        [20, null, null, null, null, null, null, null],
      ],
    },
    "TI-101",
    "10s",
  );
  expect([...rows.time]).toEqual([0, 10]);
  expect([...rows.mean]).toEqual([2, Number.NaN]);
  expect([...rows.quality]).toEqual([0, 3]);
});

test("rows put together: a bucket of nothing but Bad keeps its quality, the first begins where the question does", () => {
  const tables = {
    counts: {
      columns: ["time", "count", "q"],
      values: [
        [0, 4, null],
        [20, 0, 3],
        [40, null, 1],
      ],
    },
    numbers: { columns: ["time", "min", "max", "first", "last"], values: [[0, 1, 4, 2, 3]] },
    sums: {
      columns: ["time", "sum"],
      values: [
        [0, 10],
        [20, 0],
      ],
    },
  };
  const rows = groupsIn(tables, { source: "1m", width: 20, from: 5 });
  expect([[...rows.time], [...rows.count], [...rows.quality]]).toEqual([
    [5, 20],
    [4, 0],
    [0, 3],
  ]);
  expect([rows.min, rows.max, rows.mean, rows.first, rows.last].map((column) => [...column])).toEqual(
    [1, 4, 2.5, 2, 3].map((value) => [value, Number.NaN]),
  );
});

test("no answer, however odd, breaks the reader", () => {
  const cell = fc.oneof(fc.constant(null), fc.double(), fc.string());
  const columns = fc.array(fc.constantFrom("time", "TI-101", "TI-101.q", "TI-101.count", "TI-101.min", "site", "count", "q", "sum"), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(columns, fc.array(fc.array(cell, { maxLength: 8 }), { maxLength: 6 }), (names, values) => {
      const samples = samplesOf({ columns: names, values }, "TI-101");
      expect(samples.value.length).toBe(samples.time.length);
      const table = { columns: names, values };
      expect(rowsOf(table, "TI-101", "1m").time.length).toBeLessThanOrEqual(values.length);
      const groups = groupsIn({ counts: table, numbers: table, sums: table }, { source: "1m", width: 60_000, from: 0 });
      expect(groups.mean.length).toBe(groups.time.length);
    }),
    { seed: 9 },
  );
});
