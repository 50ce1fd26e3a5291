/** Rows of a CSV or Parquet file as text, by DuckDB; what it cannot make out comes back with its row and reason. */
import { open } from "node:fs/promises";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { ImportJob } from "../../../contracts.ts";
import { wrong } from "./layout.ts";

const MEMORY = "256MB";
/** The head must end within. */
const HEAD_BYTES = 1 << 20;
const MOST_COLUMNS = 5000;
const LINE_BYTES = 1 << 20;
const MOST_UNREAD = 1000;

export interface RowFile {
  head: readonly string[];
  /** Columns that hold instants: their text is epoch ms whatever the mapping says. */
  instants: ReadonlySet<string>;
  /** Cells of the columns asked for, chunk after chunk. */
  rows(columns: readonly string[]): AsyncGenerator<(string | null)[][], void>;
  /** Rows left out, known after the last: how many, by reason, and the first of them; `row` counts the head as 1. */
  unread(): Promise<{ counts: Record<string, number>; first: Unread[] }>;
  close(): void;
}

type Unread = ImportJob["rejects"][number];

interface Options {
  file: string;
  format: "csv" | "parquet";
  delimiter: string;
}

/** Throws E_QUERY where the file is none of its format. */
export async function openRows({ file, format, delimiter }: Options): Promise<RowFile> {
  const instance = await DuckDBInstance.create(":memory:", { memory_limit: MEMORY, threads: "1" });
  const connection = await instance.connect();
  await connection.run(`SET TimeZone = 'UTC'; SET allowed_paths = [${literal(file)}]; SET enable_external_access = false`);
  const opened = format === "csv" ? await openCsv(connection, file, delimiter) : await openParquet(connection, file);
  const close = (): void => {
    connection.closeSync();
    instance.closeSync();
  };
  return { ...opened, close };
}

async function openCsv(connection: DuckDBConnection, file: string, delimiter: string): Promise<Omit<RowFile, "close">> {
  const head = await headOf(file, delimiter);
  if (head.length > MOST_COLUMNS) throw wrong(`file: ${head.length} columns; at most ${MOST_COLUMNS}`);
  const types = head.map((_, i) => `c${i}: 'VARCHAR'`).join(", ");
  const source = `read_csv(${literal(file)}, columns = {${types}}, auto_detect = false, header = true, delim = ${literal(delimiter)},
    quote = '"', escape = '"', max_line_size = ${LINE_BYTES}, store_rejects = true)`;
  return {
    head,
    instants: new Set(),
    rows: (columns) => textRows(connection, `SELECT ${columns.map((name) => `c${head.indexOf(name)}`).join(", ")} FROM ${source}`),
    unread: () => unreadRows(connection, head),
  };
}

/** One of each line: a line may be wrong in several ways. */
const UNREAD = `SELECT DISTINCT ON (line) line::DOUBLE AS line, coalesce(column_idx, 0)::DOUBLE AS place, lower(error_type::VARCHAR) AS reason,
  coalesce(csv_line[1:50], '') AS text FROM reject_errors ORDER BY line, column_idx`;

async function unreadRows(connection: DuckDBConnection, head: readonly string[]): ReturnType<RowFile["unread"]> {
  const counted = await connection.runAndReadAll(`SELECT reason, count(*)::DOUBLE FROM (${UNREAD}) GROUP BY reason`);
  const listed = await connection.runAndReadAll(`${UNREAD} LIMIT ${MOST_UNREAD}`);
  return {
    counts: Object.fromEntries(counted.getRowsJS().map(([reason, count]) => [String(reason), Number(count)])),
    first: listed.getRowsJS().map(([row, place, reason, text]) => ({
      row: Number(row),
      column: head[Number(place) - 1] ?? "",
      reason: String(reason),
      text: String(text).trim(),
    })),
  };
}

/** The first record of a CSV file, its fields unquoted. */
async function headOf(file: string, delimiter: string): Promise<string[]> {
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const text = buffer.toString("utf8", 0, bytesRead).replace(/^\uFEFF/, "");
    const bar = delimiter === "|" ? "\\|" : delimiter;
    const field = new RegExp(`(?:"((?:[^"]|"")*)"|([^"\\r\\n${bar}]*))(${bar}|\\r\\n|\\r|\\n|$)`, "y");
    const fields: string[] = [];
    for (let end: string | undefined = delimiter; end === delimiter; ) {
      const found = field.exec(text);
      if (found === null) throw wrong("file: the head is no CSV");
      fields.push((found[1]?.replaceAll('""', '"') ?? found[2] ?? "").trim());
      end = found[3];
    }
    return fields;
  } finally {
    await handle.close();
  }
}

async function openParquet(connection: DuckDBConnection, file: string): Promise<Omit<RowFile, "close">> {
  const source = `read_parquet(${literal(file)})`;
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${source}`);
  const types = new Map(described.getRowsJS().map(([name, type]) => [String(name), String(type)]));
  const text = (name: string): string => {
    const column = `"${name.replaceAll('"', '""')}"`;
    const type = types.get(name) ?? "";
    if (type === "TIMESTAMP WITH TIME ZONE") return `epoch_ms(${column})::VARCHAR`;
    if (type.startsWith("TIMESTAMP") || type === "DATE") return `strftime(${column}::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%g')`;
    return `${column}::VARCHAR`;
  };
  return {
    head: [...types.keys()],
    instants: new Set([...types].filter(([, type]) => type === "TIMESTAMP WITH TIME ZONE").map(([name]) => name)),
    rows: (columns) => textRows(connection, `SELECT ${columns.map(text).join(", ")} FROM ${source}`),
    unread: async () => ({ counts: {}, first: [] }),
  };
}

async function* textRows(connection: DuckDBConnection, sql: string): AsyncGenerator<(string | null)[][], void> {
  const result = await connection.stream(sql);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    yield chunk.getRows() as (string | null)[][];
  }
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
