import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Quality, type TagId } from "@cellhouse/shared";
import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import type { ImportMap } from "../../../contracts.ts";
import { readSamples } from "../samples.ts";
import type { ReaderResult } from "./order.ts";
import { readFile } from "./read.ts";

const folder = mkdtempSync(join(tmpdir(), "reader-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tag = (id: number, path: string) => ({ id: id as TagId, path, short: path.slice(-11), unit: "V", low: 0, high: 30 });
const TAGS = [tag(0, "BT.EL1.L01.C001:EI-201"), tag(1, "BT.EL1.L01.C002:EI-201")];
const T0 = Date.UTC(2026, 10, 22);

async function read(
  format: "csv" | "parquet",
  mapping?: ImportMap,
): Promise<{ report: ReaderResult; samples: [number, number, number, number][] }> {
  const samples = join(folder, "samples");
  const order = { file: join(folder, "file"), format, mapping, tags: TAGS, samples, now: T0, mostSamples: 1e6 };
  const report = await readFile(order, () => undefined);
  const found: [number, number, number, number][] = [];
  for await (const block of readSamples(samples)) for (const s of block) found.push([s.tag, s.time - T0, s.value, s.quality]);
  return { report, samples: found };
}
const csv = (lines: readonly string[], mapping?: ImportMap) => {
  writeFileSync(join(folder, "file"), lines.join("\r\n"));
  return read("csv", mapping);
};

test("a foreign Parquet file with one sample a row, typed times and names of its own", async () => {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(`COPY (SELECT * FROM (VALUES
    (TIMESTAMP '2026-11-22 08:00:00.250', 'one', 9.5::FLOAT, true), (TIMESTAMP '2026-11-22 08:00:01', 'roof', 1::FLOAT, true),
    (TIMESTAMP '2026-11-22 08:00:02', 'C002:EI-201', NULL, false), (TIMESTAMP '2026-11-22 08:00:03', 'one', 31::FLOAT, NULL)
    ) t("when", what, "how much", sure)) TO '${join(folder, "file")}' (FORMAT parquet)`);
  instance.closeSync();
  const { report, samples } = await read("parquet", {
    time: { column: "when", format: "iso", zone: "Asia/Shanghai" },
    long: { tag: "what", value: "how much", quality: "sure" },
    tags: { one: { tag: "C001:EI-201" } },
    words: { true: "good", false: "stale" },
  });
  expect(report).toMatchObject({ rows: 4, samples: 3, from: T0 + 250, to: T0 + 3000, rejected: { tag: 1 } });
  expect(report.paths).toEqual(TAGS.map(({ path }) => path));
  expect(report.rejects).toEqual([{ row: 3, column: "what", reason: "tag", text: "roof" }]);
  expect(samples).toEqual([
    [0, 250, 9.5, Quality.Good],
    [1, 2000, Number.NaN, Quality.Stale],
    [0, 3000, 31, Quality.Bad],
  ]);
});

test("rows keep their numbers among those that could not be made out; a hundred are shown, all are counted", async () => {
  const lines = Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? `C001:EI-201,${T0 + i},x,good` : `${T0 + i},1`));
  const { report } = await csv(["tag,time,value,quality", ...lines, `C001:EI-201,${T0},7,good`]);
  expect(report).toMatchObject({ rows: 401, samples: 1, rejected: { number: 200, "missing columns": 200 } });
  expect(report.rejects.map(({ row }) => row)).toEqual(Array.from({ length: 100 }, (_, i) => i + 2));
});

test("a time before 2000 or far ahead is refused; quotes, bars and line ends within fields are read", async () => {
  const mapping: ImportMap = {
    time: { column: "a|b", format: "epoch-ms" },
    tags: { 'say "U"': { tag: "C001:EI-201" } },
    delimiter: "|",
  };
  const { report, samples } = await csv(
    ['"a|b"|"say ""U"""|note', `${T0}|1.5|"two\r\nlines"`, "0|1|", `${T0 + 2 * 86_400_000}|1|`],
    mapping,
  );
  expect(report.rejects.map(({ row, reason }) => [row, reason])).toEqual([
    [3, "time"],
    [4, "time"],
  ]);
  expect(samples).toEqual([[0, 0, 1.5, Quality.Good]]);
});

test("whatever the text, every row is a sample or is rejected, or the file is refused as a whole with a reason", async () => {
  const field = fc.constantFrom(
    `${T0}`,
    "C001:EI-201",
    "9.5",
    "",
    "good",
    '"',
    '""',
    "\r\n",
    "\n",
    ",",
    "\0",
    "é",
    "\ufeff",
    "'",
    "1e999",
    "nan",
    "-",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(field, { maxLength: 80 }), async (parts) => {
      const read = await csv([`tag,time,value,quality\r\n${parts.join("")}`]).catch((error: Error) => error.message);
      // DuckDB reads no file whose line ends are mixed.
      if (typeof read === "string") return void expect(read).toMatch(/^Invalid Input Error: .*(CSV|line)/);
      const { report, samples } = read;
      expect(samples.length).toBe(report.samples);
      const rejected = Object.values(report.rejected).reduce((sum, n) => sum + n, 0);
      expect(report.samples + rejected).toBe(report.rows);
      expect(samples.every(([id, time, value]) => id === 0 && time === 0 && (Number.isFinite(value) || Number.isNaN(value)))).toBe(true);
    }),
    { numRuns: 60 },
  );
});
