/**
 * History as Parquet, typed. DuckDB takes so many rows into memory, closes them as a part, and in the end puts the parts
 * together on its own thread: memory stays flat, and what must be done on ours is done in short turns.
 */
import { rm } from "node:fs/promises";
import { scheduler } from "node:timers/promises";
import { QUALITY_NAMES } from "@cellhouse/shared";
import { DOUBLE, type DuckDBConnection, DuckDBDataChunk, DuckDBInstance, type DuckDBValue, UINTEGER, UTINYINT } from "@duckdb/node-api";
import { fieldsOf, PAGE_ROWS, pagesFor, type RowColumns, type RowOptions, type Source, slicesOf, unitOf } from "./rows.ts";

/** DuckDB's vector size, and what is handed over in one turn. */
const CHUNK_ROWS = 2048;
/** Four of DuckDB's row groups. */
const PART_ROWS = 491_520;
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
  const instance = await DuckDBInstance.create(":memory:", { memory_limit: MEMORY, threads: "1" });
  const parts = new Parts(await instance.connect(), { order, file });
  try {
    await parts.begin();
    for (const [n, tag] of order.tags.entries())
      for await (const page of pagesFor(source, tag, { order, size: PAGE_ROWS, signal }))
        for (const part of slicesOf(page, CHUNK_ROWS)) {
          await parts.add(n, part);
          const done = ((part.time.at(-1) as number) - order.from) / (order.to - order.from);
          yield { rows: part.time.length, progress: (n + done) / order.tags.length };
        }
    await parts.join();
  } finally {
    instance.closeSync();
    await parts.remove();
  }
}

/** Rows gathered in memory, and the files they have gone to. */
class Parts {
  readonly #connection: DuckDBConnection;
  readonly #order: RowOptions["order"];
  readonly #file: string;
  readonly #fields: readonly string[];
  readonly #made: string[] = [];
  #rows = 0;

  constructor(connection: DuckDBConnection, { order, file }: { order: RowOptions["order"]; file: string }) {
    this.#connection = connection;
    this.#order = order;
    this.#file = file;
    this.#fields = fieldsOf(order.resolution);
  }

  async begin(): Promise<void> {
    const fields = this.#fields.map((field) => `"${field}" DOUBLE, `).join("");
    await this.#connection.run(`CREATE OR REPLACE TABLE sample (tag UINTEGER, time DOUBLE, ${fields}quality UTINYINT, received DOUBLE)`);
    this.#rows = 0;
  }

  async add(tag: number, page: RowColumns): Promise<void> {
    const appender = await this.#connection.createAppender("sample");
    appender.appendDataChunk(chunkOf(tag, page));
    appender.closeSync();
    this.#rows += page.time.length;
    await scheduler.yield();
    if (this.#rows < PART_ROWS) return;
    await this.#close();
    await this.begin();
  }

  async join(): Promise<void> {
    await this.#close();
    const { tags, resolution } = this.#order;
    const units = JSON.stringify(Object.fromEntries(tags.map((tag) => [tag.path, unitOf(tag)])));
    const notes = `KV_METADATA {resolution: ${literal(resolution)}, units: ${literal(units)}}`;
    await this.#copy(`FROM read_parquet(${list(this.#made)})`, this.#file, `, ${notes}`);
  }

  async remove(): Promise<void> {
    for (const part of this.#made) await rm(part, { force: true });
  }

  async #close(): Promise<void> {
    const { tags, received, resolution } = this.#order;
    const instant = (column: string): string => `make_timestamptz((${column} * 1000)::BIGINT)`;
    const columns = [
      `${list(tags.map((tag) => tag.path))}[tag + 1] AS tag`,
      `${instant("time")} AS time`,
      ...this.#fields.map((field) => `"${field}"`),
      `${list(QUALITY_NAMES)}[quality + 1] AS quality`,
      ...(received && resolution === "raw" ? [`${instant("received")} AS received`] : []),
    ];
    const part = `${this.#file}.${this.#made.length}`;
    this.#made.push(part);
    await this.#copy(`SELECT ${columns.join(", ")} FROM sample`, part);
  }

  /** One thread keeps the rows in their order, so the same rows make the same bytes. */
  async #copy(select: string, file: string, more = ""): Promise<void> {
    await this.#connection.run(`COPY (${select}) TO ${literal(file)} (FORMAT parquet, COMPRESSION zstd${more})`);
  }
}

function chunkOf(tag: number, { time, fields, quality, received }: RowColumns): DuckDBDataChunk {
  const rows = time.length;
  const chunk = DuckDBDataChunk.create([UINTEGER, DOUBLE, ...fields.map(() => DOUBLE), UTINYINT, DOUBLE], rows);
  const column = (values: Iterable<number> | undefined): DuckDBValue[] =>
    values === undefined ? new Array<DuckDBValue>(rows).fill(null) : Array.from(values, (v) => (Number.isNaN(v) ? null : v));
  chunk.setColumns([new Array<DuckDBValue>(rows).fill(tag), ...[time, ...fields, quality, received].map(column)]);
  return chunk;
}

function list(texts: readonly string[]): string {
  return `[${texts.map(literal).join(", ")}]`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
