/** The statements of the embedded engine. Numbers are set in as text (`whole`): a bound value would keep DuckDB from skipping row groups. */
import { Quality } from "@cellhouse/shared";

/** What arrived, waiting to become a file. `lag` is received - time, ms. A value without a number is NaN. */
export const WAITING = "CREATE OR REPLACE TABLE waiting(tag UINTEGER, time BIGINT, value DOUBLE, quality UTINYINT, lag BIGINT)";

/** Rows of a group: what a question for one tag has to unpack at least. */
const GROUP_ROWS = { quick: 20_480, small: 61_440 } as const;

/** A whole number as SQL text. */
export function whole(n: number): string {
  if (!Number.isSafeInteger(n)) throw new RangeError(`${n} is not a whole number`);
  return String(n);
}

/** A text as SQL has it. */
export function text(s: string): string {
  return `'${s.replaceAll("'", "''")}'`;
}

function filesOf(files: readonly string[]): string {
  return `read_parquet([${files.map(text).join(", ")}])`;
}

/** Which rows: of the tags low to high, with from <= time < to. */
export interface Cut {
  low?: number;
  high?: number;
  from?: number;
  to?: number;
}

function where({ low, high, from, to }: Cut): string {
  const parts = [
    low !== undefined && `tag >= ${whole(low)}`,
    high !== undefined && `tag <= ${whole(high)}`,
    from !== undefined && `time >= ${whole(from)}`,
    to !== undefined && `time < ${whole(to)}`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? "" : `WHERE ${parts.join(" AND ")}`;
}

/** Writes the rows of `select` as one Parquet file and answers with its statistics. */
export function copySql(select: string, file: string, groups: keyof typeof GROUP_ROWS): string {
  return `COPY (${select}) TO ${text(file)} (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, ROW_GROUP_SIZE ${GROUP_ROWS[groups]}, RETURN_STATS)`;
}

/** Rows of `waiting` in its own order. */
export function waitingSql(cut: Cut): string {
  return `SELECT * FROM waiting ${where(cut)}`;
}

/** How many rows each tag has in some files, in order of tag. */
export function countsSql(files: readonly string[]): string {
  return `SELECT tag::DOUBLE, count(*)::DOUBLE FROM ${filesOf(files)} GROUP BY tag ORDER BY tag`;
}

/** Rows of files in order of tag and time. Where a time may stand in two of them, the later file's. */
export function mergeSql(files: readonly string[], cut: Cut, repeats: boolean): string {
  if (!repeats) return `SELECT * FROM ${filesOf(files)} ${where(cut)} ORDER BY tag, time`;
  const all = files.map((file, i) => `SELECT *, ${i} AS later FROM ${filesOf([file])} ${where(cut)}`).join(" UNION ALL ");
  return `SELECT * EXCLUDE (later) FROM (${all}) QUALIFY row_number() OVER (PARTITION BY tag, time ORDER BY later DESC) = 1 ORDER BY tag, time`;
}

/** time, value, quality, received. */
export function rawSql(files: readonly string[], cut: Cut): string {
  return `SELECT time::DOUBLE, value, quality::DOUBLE, (time + lag)::DOUBLE FROM ${filesOf(files)} ${where(cut)}`;
}

/** time, min, max, sum, first, last, count, quality. */
export function rollupSql(files: readonly string[], cut: Cut): string {
  return `SELECT time::DOUBLE, min, max, sum, first, last, count::DOUBLE, quality::DOUBLE FROM ${filesOf(files)} ${where(cut)}`;
}

const number = `FILTER (NOT isnan(value) AND quality < ${Quality.Bad})`;
const some = "FILTER (count > 0)";
const orNan = (sql: string): string => `coalesce(${sql}, 'nan'::DOUBLE)`;
const start = (width: number): string => `time - ((time % ${whole(width)}) + ${whole(width)}) % ${whole(width)}`;

/** The rows of a rollup over raw ones; only numbers that are not Bad count, the quality is the worst of all. */
export function fromRawSql(files: readonly string[], width: number): string {
  return `SELECT tag, ${start(width)} AS start, ${orNan(`min(value) ${number}`)} AS min, ${orNan(`max(value) ${number}`)} AS max,
    ${orNan(`sum(value) ${number}`)} AS sum, ${orNan(`arg_min(value, time) ${number}`)} AS first, ${orNan(`arg_max(value, time) ${number}`)} AS last,
    (count(*) ${number})::UINTEGER AS count, max(quality) AS quality FROM ${filesOf(files)} GROUP BY tag, start`;
}

/** The same over the rows of a finer one. */
export function fromRollupSql(files: readonly string[], width: number): string {
  return `SELECT tag, ${start(width)} AS start, ${orNan(`min(min) ${some}`)} AS min, ${orNan(`max(max) ${some}`)} AS max,
    ${orNan(`sum(sum) ${some}`)} AS sum, ${orNan(`arg_min(first, time) ${some}`)} AS first, ${orNan(`arg_max(last, time) ${some}`)} AS last,
    sum(count)::UINTEGER AS count, max(quality) AS quality FROM ${filesOf(files)} GROUP BY tag, start`;
}

/** Either of the two, in order, under the names a file has. */
export function ordered(rollup: string): string {
  return `SELECT tag, start AS time, * EXCLUDE (tag, start) FROM (${rollup}) ORDER BY tag, start`;
}
