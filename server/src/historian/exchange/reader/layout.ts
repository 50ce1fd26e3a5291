/** Where in a file the times, numbers and qualities of which tag stand: by a mapping, or as our own exports write it. */
import { Fault } from "@cellhouse/shared";
import type { ImportMap } from "../../../contracts.ts";
import { TIME_UTC } from "../texts.ts";
import type { ReaderTag } from "./order.ts";

/** One column of numbers, and where the quality stands. Indices count within `Layout.columns`. */
export interface Lane {
  name: string;
  value: number;
  quality: number | undefined;
  target: TagConversion;
}

export interface TagConversion {
  tag: ReaderTag;
  scale: number;
  offset: number;
}

export interface Layout {
  /** The columns of the file that are needed. */
  columns: readonly string[];
  mapping: ImportMap;
  time: number;
  /** One row per time ... */
  lanes: readonly Lane[];
  /** ... or one row per sample, of the tag named in it. */
  long: { tag: number; value: number; quality: number | undefined; targets: ReadonlyMap<string, TagConversion> } | undefined;
}

/** Throws E_QUERY naming the column or tag that is not there. */
export function layoutOf(head: readonly string[], given: ImportMap | undefined, tags: readonly ReaderTag[]): Layout {
  const known = new Map(tags.flatMap((tag) => [[tag.path, tag] as const, [tag.short, tag] as const]));
  const mapping = given ?? ownMapping(head, known);
  const columns: string[] = [];
  const column = (name: string): number => {
    const found = head.filter((one) => one === name).length;
    if (found !== 1) throw wrong(`column ${name}: ${found === 0 ? "not in the file" : "more than once in the file"}`);
    if (!columns.includes(name)) columns.push(name);
    return columns.indexOf(name);
  };
  const optional = (name: string | undefined): number | undefined => (name === undefined ? undefined : column(name));
  const target = (name: string, { tag, scale = 1, offset = 0 }: ImportMap["tags"][string]): TagConversion => {
    const found = known.get(tag);
    if (found === undefined) throw wrong(`${name}: ${tag} is no tag, or outside your areas`);
    return { tag: found, scale, offset };
  };
  const time = column(mapping.time.column);
  const entries = Object.entries(mapping.tags);
  if (mapping.long === undefined) {
    if (entries.length === 0) throw wrong("tags: a file with one row per time needs a column for at least one");
    const lanes = entries.map(([name, entry]) => ({
      name,
      value: column(name),
      quality: optional(entry.quality),
      target: target(name, entry),
    }));
    return { columns, mapping, time, lanes, long: undefined };
  }
  const targets = new Map([
    ...[...known].map(([name, tag]) => [name, { tag, scale: 1, offset: 0 }] as const),
    ...entries.map(([name, entry]) => [name, target(name, entry)] as const),
  ]);
  const { tag, value, quality } = mapping.long;
  return { columns, mapping, time, lanes: [], long: { tag: column(tag), value: column(value), quality: optional(quality), targets } };
}

/** The mapping our own files need: wide CSV, CSV of one sample a row, Parquet. */
function ownMapping(head: readonly string[], known: ReadonlyMap<string, ReaderTag>): ImportMap {
  const long = { tag: "tag", value: "value", quality: "quality" };
  if (["tag", "time", "value", "quality"].every((name) => head.includes(name)))
    return { time: { column: "time", format: "epoch-ms" }, long, tags: {} };
  if (head[0] !== TIME_UTC) throw wrong("mapping: needed, for the file is not one of our exports");
  const tags: Record<string, ImportMap["tags"][string]> = {};
  for (const name of head.slice(2).filter((one) => !one.endsWith(" quality"))) {
    const [, path = name, unit = ""] = /^(.*?)(?: \[(.*)\])?$/.exec(name) ?? [];
    const tag = known.get(path);
    if (tag === undefined) throw wrong(`column ${name}: ${path} is no tag, or outside your areas (rows of a resolution are no samples)`);
    if (tag.unit !== unit) throw wrong(`column ${name}: this tag is in ${tag.unit || "no unit"}; give a mapping with scale and offset`);
    tags[name] = { tag: path, quality: `${path} quality` };
  }
  return { time: { column: TIME_UTC, format: "iso" }, tags };
}

export function wrong(detail: string): Fault {
  return new Fault("E_QUERY", detail);
}
