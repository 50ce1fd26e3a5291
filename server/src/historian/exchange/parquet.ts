/** History as Parquet, typed: DuckDB gathers the rows in a file beside the one it then writes, so that memory stays flat. */
import { rm } from "node:fs/promises";
import { scheduler } from "node:timers/promises";
import { QUALITY_NAMES } from "@cellhouse/shared";
import { DOUBLE, type DuckDBAppender, DuckDBDataChunk, DuckDBInstance, type DuckDBValue, UINTEGER, UTINYINT } from "@duckdb/node-api";
import { fieldsOf, pagesFor, type RowColumns, type RowOptions, type Source, unitOf } from "./rows.ts";

/** DuckDB's vector size, and at the same time what is handed over before others have a turn. */
const CHUNK_ROWS = 2048;
const MEMORY = "128MB";

export interface ParquetPart {
  rows: number;
  progress: number;
}

/** Writes `file`, telling after each page how far it is; nothing but `file` is left behind. */
export async function* writeParquet(
  source: Source,
  { order, signal, file }: Omit<RowOptions, "size"> & { file: string },
): AsyncGenerator<ParquetPart, void> {
  const gathered = `${file}.rows`;
  try {
    const instance = await DuckDBInstance.create(gathered, { memory_limit: MEMORY, threads: "1" });
    try {
      const connection = await instance.connect();
      const fields = fieldsOf(order.resolution);
      await connection.run(`CREATE TABLE sample (tag UINTEGER, time DOUBLE, ${fields.map((f) => `"${f}" DOUBLE, `).join("")}
        quality UTINYINT, received DOUBLE)`);
      const appender = await connection.createAppender("sample");
      const options: RowOptions = { order, size: CHUNK_ROWS, signal };
      for (const [n, tag] of order.tags.entries())
        for await (const page of pagesFor(source, tag, options)) {
          append(appender, n, page);
          await scheduler.yield();
          const done = ((page.time.at(-1) as number) - order.from) / (order.to - order.from);
          yield { rows: page.time.length, progress: (n + done) / order.tags.length };
        }
      appender.closeSync();
      await connection.run(copySql(order, file));
      connection.closeSync();
    } finally {
      instance.closeSync();
    }
  } finally {
    for (const left of [gathered, `${gathered}.wal`]) await rm(left, { force: true });
  }
}

function append(appender: DuckDBAppender, tag: number, { time, fields, quality, received }: RowColumns): void {
  const rows = time.length;
  const types = [UINTEGER, DOUBLE, ...fields.map(() => DOUBLE), UTINYINT, DOUBLE];
  const chunk = DuckDBDataChunk.create(types, rows);
  const column = (values: Iterable<number> | undefined): DuckDBValue[] =>
    values === undefined ? new Array<DuckDBValue>(rows).fill(null) : Array.from(values, (v) => (Number.isNaN(v) ? null : v));
  const numbers = [time, ...fields, quality, received].map(column);
  chunk.setColumns([new Array<DuckDBValue>(rows).fill(tag), ...numbers]);
  appender.appendDataChunk(chunk);
}

/** Rows stay in the order they came, so the same rows make the same bytes. Units stand in the file's own notes. */
function copySql({ tags, resolution, received }: RowOptions["order"], file: string): string {
  const texts = (list: readonly string[]): string => `[${list.map(literal).join(", ")}]`;
  const instant = (column: string): string => `make_timestamptz((${column} * 1000)::BIGINT)`;
  const columns = [
    `${texts(tags.map((tag) => tag.path))}[tag + 1] AS tag`,
    `${instant("time")} AS time`,
    ...fieldsOf(resolution).map((field) => `"${field}"`),
    `${texts(QUALITY_NAMES)}[quality + 1] AS quality`,
    ...(received && resolution === "raw" ? [`${instant("received")} AS received`] : []),
  ];
  const units = JSON.stringify(Object.fromEntries(tags.map((tag) => [tag.path, unitOf(tag)])));
  return `COPY (SELECT ${columns.join(", ")} FROM sample) TO ${literal(file)}
    (FORMAT parquet, COMPRESSION zstd, KV_METADATA {resolution: ${literal(resolution)}, units: ${literal(units)}})`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
