/** Answers out of the closed files and of what is still in memory, as if it were one. */
import type { BucketColumns, RawColumns, Rollup } from "../../contracts.ts";
import { ROLLUP_MS, rollUp } from "../buckets.ts";
import { cutRaw, joinedRaw } from "../raw.ts";
import type { Catalog, StoredFile } from "./catalog.ts";
import type { HotSamples } from "./hot.ts";
import type { Parquet } from "./parquet.ts";
import { rawSql, rollupSql } from "./sql.ts";
import { windowOf } from "./windows.ts";

/** Files one statement opens at most when there are more than anyone asked for at once. */
const FILES_AT_ONCE = 64;

export interface Span {
  from: number;
  to: number;
  signal?: AbortSignal | undefined;
}

export class Reader {
  readonly #catalog: Catalog;
  readonly #parquet: Parquet;
  readonly #hot: () => readonly HotSamples[];

  /** `hot` gives what is in no file yet, oldest first. */
  constructor(parts: { catalog: Catalog; parquet: Parquet; hot: () => readonly HotSamples[] }) {
    this.#catalog = parts.catalog;
    this.#parquet = parts.parquet;
    this.#hot = parts.hot;
  }

  /** The first `limit` samples of a tag in order of time, the latest arrival of each. */
  async raw(id: number, span: Span, limit = Number.MAX_SAFE_INTEGER): Promise<RawColumns> {
    const parts: RawColumns[] = [];
    let rows = 0;
    for (const part of this.#parts(id, span)) {
      const columns = await this.#rawPart(id, part);
      parts.push(columns);
      rows += columns.time.length;
      if (rows >= limit) break;
    }
    return cutRaw(joinedRaw(parts), limit);
  }

  /** The last sample of a tag before `to`: nearly always one of the newest windows has it. */
  async last(id: number, to: number): Promise<{ time: number; value: number; quality: number } | undefined> {
    const windows = new Set(this.#files("raw", id, { from: Number.NEGATIVE_INFINITY, to }).map((file) => file.window));
    const starts = [...windows].sort((a, b) => b - a);
    let end = to;
    for (let n = 1, i = 0; i <= starts.length; i += n, n *= 4) {
      const from = starts[i + n - 1] ?? Number.NEGATIVE_INFINITY;
      const { time, value, quality } = await this.#rawPart(id, { from, to: end });
      const at = time.length - 1;
      if (at >= 0) return { time: time[at] as number, value: value[at] as number, quality: quality[at] as number };
      end = from;
    }
    return undefined;
  }

  /** Rows of a rollup: from its files, and where newer samples are not in those yet, from raw. */
  async rollup(id: number, rollup: Rollup, span: Span): Promise<BucketColumns> {
    const open = this.#open(id, span);
    const closed = this.#parquet.query(() => {
      const files = this.#files(rollup, id, span);
      return files.length === 0 ? undefined : rollupSql(this.#paths(files), { low: id, high: id, from: span.from, to: span.to });
    }, span.signal);
    const fresh = open.map(async (part) => rollUp(await this.raw(id, part), rollup));
    const [found, ...rest] = await Promise.all([closed, ...fresh]);
    return together(rollup, rowsOf(found, rollup, open), rest);
  }

  async #rawPart(id: number, span: Span): Promise<RawColumns> {
    let hot: RawColumns[] = [];
    const found = await this.#parquet.query(() => {
      // In one breath with the list of files: a sample is in memory until its file is named.
      hot = this.#hot().map((samples) => samples.of(id, span));
      const files = this.#files("raw", id, span);
      return files.length === 0 ? undefined : rawSql(this.#paths(files), { low: id, high: id, from: floor(span.from), to: floor(span.to) });
    }, span.signal);
    const [time, value, quality, received] = found ?? [];
    const closed = time === undefined ? [] : [{ time, value, quality: Uint8Array.from(quality as Float64Array), received } as RawColumns];
    return settled(joinedRaw([...closed, ...hot.filter((columns) => columns.time.length > 0)]));
  }

  /** A span in pieces that begin and end with windows, none with too many files. */
  *#parts(id: number, span: Span): Iterable<Span> {
    const counts = new Map<number, number>();
    for (const { window } of this.#files("raw", id, span)) counts.set(window, (counts.get(window) ?? 0) + 1);
    let from = span.from;
    let files = 0;
    for (const window of [...counts.keys()].sort((a, b) => a - b)) {
      const more = counts.get(window) as number;
      if (files > 0 && files + more > FILES_AT_ONCE && window > from) {
        yield { ...span, from, to: window };
        from = window;
        files = 0;
      }
      files += more;
    }
    yield { ...span, from };
  }

  /** The hours of the span with samples of the tag that no rollup has seen, next to each other taken together. */
  #open(id: number, span: Span): Span[] {
    const hours = new Set<number>();
    for (const file of this.#files("raw", id, span)) if (file.level === 0) hours.add(file.window);
    for (const samples of this.#hot()) for (const time of samples.of(id, span).time) hours.add(windowOf(time, 0));
    const parts: Span[] = [];
    for (const hour of [...hours].sort((a, b) => a - b)) {
      const before = parts.at(-1);
      const to = Math.min(span.to, hour + ROLLUP_MS["1h"]);
      if (before !== undefined && before.to === hour) before.to = to;
      else parts.push({ ...span, from: Math.max(span.from, hour), to });
    }
    return parts;
  }

  /** In order of time, of one window in the order they were made. Of the samples of one tag they then hardly need sorting. */
  #files(resolution: StoredFile["resolution"], id: number, { from, to }: Span): StoredFile[] {
    return this.#catalog
      .of(resolution)
      .filter((file) => file.to >= from && file.from < to && file.low <= id && file.high >= id)
      .sort((a, b) => a.window - b.window || a.seq - b.seq);
  }

  #paths(files: readonly StoredFile[]): string[] {
    return files.map((file) => this.#parquet.path(file.name));
  }
}

/** SQL knows no endless numbers. */
function floor(time: number): number {
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, time));
}

/** Row numbers in order of time, of each time the last; undefined when the rows stand so already. */
function order(time: Float64Array): Uint32Array | undefined {
  let rising = true;
  for (let i = 1; i < time.length && rising; i++) rising = (time[i] as number) > (time[i - 1] as number);
  if (rising) return undefined;
  const rows = Uint32Array.from(time.keys()).sort((a, b) => (time[a] as number) - (time[b] as number) || a - b);
  return rows.filter((row, i) => i + 1 === rows.length || time[row] !== time[rows[i + 1] as number]);
}

function settled(columns: RawColumns): RawColumns {
  const rows = order(columns.time);
  if (rows === undefined) return columns;
  const { time, value, quality, received } = columns;
  return { time: pick(time, rows), value: pick(value, rows), quality: pick(quality, rows), received: pick(received, rows) };
}

/** What the files hold outside the `open` hours, in order, of each time the later file's row. */
function rowsOf(found: readonly Float64Array[] | undefined, rollup: Rollup, open: readonly Span[]): BucketColumns {
  const none = new Float64Array(0);
  const [time = none, min = none, max = none, sum = none, first = none, last = none, count = none, quality = none] = found ?? [];
  const mean = sum.map((total, row) => total / (count[row] as number));
  const all = { source: rollup, width: ROLLUP_MS[rollup], time, min, max, mean, first, last, count, quality: Uint8Array.from(quality) };
  const isOpen = (at: number): boolean => open.some(({ from, to }) => at >= from && at < to);
  const ordered = order(time);
  if (ordered === undefined && !time.some(isOpen)) return all;
  const rows = (ordered ?? Uint32Array.from(time.keys())).filter((row) => !isOpen(time[row] as number));
  return eachColumn(rollup, (of) => pick(of(all), rows));
}

/** Rows of several sources, none of which has a row of another, in order of time. */
function together(rollup: Rollup, closed: BucketColumns, fresh: readonly BucketColumns[]): BucketColumns {
  const parts = [closed, ...fresh].filter((part) => part.time.length > 0);
  if (parts.length < 2) return parts[0] ?? closed;
  const all = eachColumn(rollup, (of) => joined(parts.map(of)));
  const rows = order(all.time);
  return rows === undefined ? all : eachColumn(rollup, (of) => pick(of(all), rows));
}

type Column = Float64Array | Uint8Array;

function eachColumn(rollup: Rollup, make: <C extends Column>(of: (rows: BucketColumns) => C) => C): BucketColumns {
  return {
    source: rollup,
    width: ROLLUP_MS[rollup],
    time: make((rows) => rows.time),
    min: make((rows) => rows.min),
    max: make((rows) => rows.max),
    mean: make((rows) => rows.mean),
    first: make((rows) => rows.first),
    last: make((rows) => rows.last),
    count: make((rows) => rows.count),
    quality: make((rows) => rows.quality),
  };
}

function made<C extends Column>(like: C, length: number): C {
  return new (like.constructor as new (length: number) => C)(length);
}

/** The rows named, as a column of the same kind. A plain loop: a question over months has ten thousands of them. */
function pick<C extends Column>(column: C, rows: Uint32Array): C {
  const picked = made(column, rows.length);
  for (let i = 0; i < rows.length; i++) picked[i] = column[rows[i] as number] as number;
  return picked;
}

/** Columns of one kind, at least one, one behind the other. */
function joined<C extends Column>(columns: readonly C[]): C {
  const rows = columns.reduce((sum, column) => sum + column.length, 0);
  const whole = made(columns[0] as C, rows);
  let at = 0;
  for (const column of columns) {
    whole.set(column, at);
    at += column.length;
  }
  return whole;
}
