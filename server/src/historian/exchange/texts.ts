/** History as text: wide CSV (RFC 4180) for tables, JSON with one sample a line for programs. Numbers come back to the last bit. */
import { qualityName } from "@cellhouse/shared";
import type { ExportOrder } from "../../contracts.ts";
import { fieldsOf, PAGE_ROWS, pagesFor, type RowColumns, type RowOptions, RowReader, type Source, slicesOf, unitOf } from "./rows.ts";
import type { Zone } from "./zones.ts";

/** Rows a reader holds per tag: together no more than this, whatever the number of tags. */
const ROWS_HELD = 400_000;
/** Rows put into words in one turn. */
const ROWS_PER_TURN = 2000;
/** Characters handed on at once. */
const TEXT = 60_000;

export interface TextPart {
  text: string;
  /** Rows in it. */
  rows: number;
  /** Share of the work that is done with it. */
  progress: number;
}

interface TextOptions {
  order: ExportOrder;
  zone: Zone;
  signal: AbortSignal;
}

/** Head names of wide CSV; what a program needs to read the file back. */
export const TIME_UTC = "time_utc";
const TIME_LOCAL = "time_local";

/** `EI-201 [V]`, and `EI-201 quality`; of a rollup `EI-201 mean [V]`, ... */
function headOf({ tags, resolution }: ExportOrder): string {
  const columns = tags.flatMap((tag) => {
    const unit = unitOf(tag) === "" ? "" : ` [${unitOf(tag)}]`;
    const named = fieldsOf(resolution).map((field) =>
      field === "value" ? `${tag.path}${unit}` : field === "count" ? `${tag.path} count` : `${tag.path} ${field}${unit}`,
    );
    return [...named, `${tag.path} quality`];
  });
  return [TIME_UTC, TIME_LOCAL, ...columns].map(quoted).join(",");
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One row per time at which any of the tags has one; a tag that has none leaves its fields empty. */
export async function* wideCsv(source: Source, { order, zone, signal }: TextOptions): AsyncGenerator<TextPart, void> {
  const { tags, from, to } = order;
  const none = ",".repeat(fieldsOf(order.resolution).length + 1);
  const size = Math.max(100, Math.min(PAGE_ROWS, Math.floor(ROWS_HELD / tags.length)));
  const readers = tags.map((tag) => new RowReader(source, tag, { order, size, signal }));
  for (const reader of readers) await reader.turn();
  let text = `${headOf(order)}\r\n`;
  let rows = 0;
  for (;;) {
    const time = readers.reduce((least, reader) => Math.min(least, reader.time), Number.POSITIVE_INFINITY);
    if (time === Number.POSITIVE_INFINITY) break;
    text += `${new Date(time).toISOString()},${zone.text(time)}`;
    for (const reader of readers) {
      if (reader.time !== time) {
        text += none;
        continue;
      }
      text += cells(reader.page as RowColumns, reader.i);
      if (!reader.step()) await reader.turn();
    }
    text += "\r\n";
    rows++;
    if (text.length > TEXT) {
      yield { text, rows, progress: (time - from) / (to - from) };
      text = "";
      rows = 0;
    }
  }
  yield { text, rows, progress: 1 };
}

function cells({ fields, quality }: RowColumns, i: number): string {
  let text = "";
  for (const field of fields) text += `,${numeral(field[i] as number)}`;
  return `${text},${qualityName(quality[i] as number)}`;
}

function numeral(value: number): string {
  return Number.isNaN(value) ? "" : String(value);
}

/** An array with one sample a line, tag after tag. */
export async function* longJson(source: Source, { order, signal }: Omit<TextOptions, "zone">): AsyncGenerator<TextPart, void> {
  const { tags, from, to, resolution } = order;
  const names = fieldsOf(resolution);
  const options: RowOptions = { order, size: PAGE_ROWS, signal };
  let before = "[";
  for (const [n, tag] of tags.entries()) {
    const head = `{"tag":${JSON.stringify(tag.path)},"unit":${JSON.stringify(unitOf(tag))},"time":`;
    for await (const page of pagesFor(source, tag, options))
      for (const part of slicesOf(page, ROWS_PER_TURN)) {
        let text = "";
        for (let i = 0; i < part.time.length; i++) {
          text += `${before}\n${head}${part.time[i]}`;
          for (const [f, name] of names.entries()) text += `,"${name}":${json(part.fields[f]?.[i] as number)}`;
          if (part.received !== undefined) text += `,"received":${json(part.received[i] as number)}`;
          text += `,"quality":"${qualityName(part.quality[i] as number)}"}`;
          before = ",";
        }
        const done = ((part.time.at(-1) as number) - from) / (to - from);
        yield { text, rows: part.time.length, progress: (n + done) / tags.length };
      }
  }
  yield { text: before === "[" ? "[]\n" : "\n]\n", rows: 0, progress: 1 };
}

function json(value: number): string {
  return Number.isFinite(value) ? String(value) : "null";
}
