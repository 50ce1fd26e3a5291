/** What goes into a file: pages of raw samples or of rollup rows, one tag after the other or all side by side. */
import { UNITS } from "@cellhouse/shared";
import type { ExportOrder, Historian, Resolution } from "../../contracts.ts";
import { ROLLUP_MS } from "../buckets.ts";
import { pagesOf } from "../history.ts";

export type Source = Pick<Historian, "raw" | "rollup">;
type Tag = ExportOrder["tags"][number];

/** Rows of one tag in order of time; `fields` as `fieldsOf` names them. */
export interface RowColumns {
  time: Float64Array;
  fields: readonly Float64Array[];
  quality: Uint8Array;
  received: Float64Array | undefined;
}

/** Rows asked for at once, where nothing speaks for fewer. */
export const PAGE_ROWS = 50_000;
const RAW_FIELDS = ["value"] as const;
const ROLLUP_FIELDS = ["min", "max", "mean", "first", "last", "count"] as const;

/** The numbers of a row. */
export function fieldsOf(resolution: Resolution): readonly string[] {
  return resolution === "raw" ? RAW_FIELDS : ROLLUP_FIELDS;
}

export function unitOf(tag: Tag): string {
  return UNITS[tag.definition.unit].symbol;
}

/** All rows of one tag, at most `size` at a time. */
export async function* pagesFor(source: Source, tag: Tag, { order, size, signal }: RowOptions): AsyncGenerator<RowColumns, void> {
  const { from, to, resolution } = order;
  if (resolution === "raw") {
    for await (const { time, value, quality, received } of pagesOf(source, { tag: tag.id, from, to, signal }, size))
      yield { time, fields: [value], quality, received: order.received ? received : undefined };
    return;
  }
  const width = ROLLUP_MS[resolution];
  const end = Math.ceil(to / width) * width;
  for (let start = Math.ceil(from / width) * width; start < end; start += size * width) {
    const rows = await source.rollup({ tag: tag.id, rollup: resolution, from: start, to: Math.min(end, start + size * width), signal });
    const fields = ROLLUP_FIELDS.map((field) => rows[field]);
    if (rows.time.length > 0) yield { time: rows.time, fields, quality: rows.quality, received: undefined };
  }
}

/** A page in pieces that are worked off in one turn. */
export function* slicesOf({ time, fields, quality, received }: RowColumns, rows: number): Generator<RowColumns, void> {
  for (let from = 0; from < time.length; from += rows) {
    const to = from + rows;
    yield {
      time: time.subarray(from, to),
      fields: fields.map((field) => field.subarray(from, to)),
      quality: quality.subarray(from, to),
      received: received?.subarray(from, to),
    };
  }
}

export interface RowOptions {
  order: ExportOrder;
  /** Rows asked for at once. */
  size: number;
  signal: AbortSignal;
}

/** Stands on one row of one tag. */
export class RowReader {
  readonly #pages: AsyncGenerator<RowColumns, void>;
  page: RowColumns | undefined;
  i = 0;

  constructor(source: Source, tag: Tag, options: RowOptions) {
    this.#pages = pagesFor(source, tag, options);
  }

  /** Time of the row; Infinity behind the last. */
  get time(): number {
    return this.page?.time[this.i] ?? Number.POSITIVE_INFINITY;
  }

  /** False when the next row stands on a page not yet read. */
  step(): boolean {
    this.i++;
    return this.page === undefined || this.i < this.page.time.length;
  }

  async turn(): Promise<void> {
    this.page = (await this.#pages.next()).value ?? undefined;
    this.i = 0;
  }
}
