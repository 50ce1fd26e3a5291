/** The statements of the embedded engine. Numbers are set in as text (`whole`): a bound DOUBLE would keep DuckDB from skipping blocks. */

/**
 * `recent` takes rows as they arrive. `history` holds them in blocks sorted by tag and time, one row per (tag, time):
 * `value` as FLOAT where that is exact, else in `wide`; `lag` is received - time, ms. `tag.merged` is the newest time
 * of the tag in `history`, so that a merge knows which rows may replace older ones.
 */
export const SCHEMA = `
  CREATE TABLE IF NOT EXISTS tag(id UINTEGER PRIMARY KEY, path VARCHAR NOT NULL);
  CREATE TABLE IF NOT EXISTS merged(tag UINTEGER NOT NULL, time BIGINT NOT NULL);
  CREATE TABLE IF NOT EXISTS recent(tag UINTEGER NOT NULL, time DOUBLE NOT NULL, value DOUBLE NOT NULL, quality UTINYINT NOT NULL, received DOUBLE NOT NULL);
  CREATE TABLE IF NOT EXISTS history(tag UINTEGER NOT NULL, time BIGINT NOT NULL, value FLOAT, wide DOUBLE, quality UTINYINT NOT NULL, lag BIGINT NOT NULL);
  CREATE TABLE IF NOT EXISTS mark(position DOUBLE NOT NULL, oldest DOUBLE);
  INSERT INTO mark SELECT 0, NULL WHERE NOT EXISTS (FROM mark);`;

/** A whole number as SQL text. */
export function whole(n: number): string {
  if (!Number.isSafeInteger(n)) throw new RangeError(`${n} is not a whole number`);
  return String(n);
}

export interface Span {
  tag: number;
  from: number;
  to: number;
}

const exact = "coalesce(wide, value::DOUBLE)";

function recentOf({ tag, from, to }: Span): string {
  return `SELECT time::BIGINT AS time, arg_max(value, rowid) AS value, arg_max(quality, rowid) AS quality, arg_max(received, rowid) AS received
    FROM recent WHERE tag = ${whole(tag)} AND time >= ${whole(from)} AND time < ${whole(to)} GROUP BY ALL`;
}

function historyOf({ tag, from, to }: Span): string {
  return `SELECT time, ${exact} AS value, quality, (time + lag)::DOUBLE AS received
    FROM history WHERE tag = ${whole(tag)} AND time >= ${whole(from)} AND time < ${whole(to)}`;
}

/** The span's samples, one per time, as `s`. */
function samples(span: Span): string {
  return `WITH r AS MATERIALIZED (${recentOf(span)}),
    s AS (SELECT * FROM (${historyOf(span)}) WHERE time NOT IN (SELECT time FROM r) UNION ALL FROM r)`;
}

/** time, value, quality, received in order of time. */
export function rawSql(span: Span, limit: number, order: "ASC" | "DESC" = "ASC"): string {
  return `${samples(span)} SELECT time::DOUBLE, value, quality::DOUBLE, received FROM s ORDER BY time ${order} LIMIT ${whole(limit)}`;
}

/** Deletes from `history` what `recent` replaces. */
export const REPLACE = `
  DELETE FROM history USING (
    SELECT DISTINCT recent.tag, recent.time::BIGINT AS time FROM recent JOIN merged ON merged.tag = recent.tag WHERE recent.time <= merged.time
  ) AS late WHERE history.tag = late.tag AND history.time = late.time`;

/** How many rows of `recent` may replace older ones, and the oldest of them. */
export const LATE = `
  SELECT count(*)::DOUBLE, coalesce(min(recent.time), 0)::DOUBLE FROM recent JOIN merged ON merged.tag = recent.tag WHERE recent.time <= merged.time`;

/** Moves the tags in [low, high) of `recent` to `history`, sorted; where a time may stand there twice, the latest arrival of each. */
export function mergeSql(low: number, high: number, repeats: boolean): string {
  const part = `FROM recent WHERE tag >= ${whole(low)} AND tag < ${whole(high)}`;
  const latest = `SELECT tag, time::BIGINT AS time, arg_max(value, rowid) AS value, arg_max(quality, rowid) AS quality,
    (arg_max(received, rowid) - time)::BIGINT AS lag ${part} GROUP BY recent.tag, recent.time`;
  const all = `SELECT tag, time::BIGINT AS time, value, quality, (received - time)::BIGINT AS lag ${part}`;
  return `INSERT INTO history
    SELECT tag, time, CASE WHEN narrow::DOUBLE = value THEN narrow END, CASE WHEN narrow::DOUBLE = value THEN NULL ELSE value END, quality, lag
    FROM (SELECT *, TRY_CAST(value AS FLOAT) AS narrow FROM (${repeats ? latest : all}))
    ORDER BY tag, time`;
}

export const MERGED = `
  CREATE OR REPLACE TABLE merged AS SELECT tag, max(time) AS time FROM (
    FROM merged UNION ALL SELECT tag, max(time)::BIGINT FROM recent GROUP BY tag) GROUP BY tag`;

export const OLDEST = "UPDATE mark SET oldest = least(coalesce(oldest, 'inf'::DOUBLE), (SELECT min(time) FROM recent))";
