/** What a person says about a foreign file, column by column, and the mapping that follows from it. Pure. */
import { type Plant, QUALITY_NAMES, type QualityName } from "@cellhouse/shared";
import { readNumber } from "../../parts/format.ts";
import { type Delimiter, type FileTable, guessStamp, isNameable, wordsOf } from "./head.ts";

/** A tag for a column, or for a name in the tag column; numbers as they are typed. */
export interface TagChoice {
  tag: string;
  scale: string;
  offset: string;
  /** Column of its quality; empty: none. */
  quality: string;
}

export interface ImportChoices {
  /** One row per time with a column for each tag, or one row per sample. */
  shape: "wide" | "long";
  delimiter: Delimiter;
  decimal: "." | ",";
  time: { column: string; format: string; zone: string };
  /** Wide: by column. */
  columns: Readonly<Record<string, TagChoice>>;
  /** Long: the columns, empty where not chosen, and the tags by the names in the first of them. */
  long: Readonly<Record<RowPart, string>>;
  names: Readonly<Record<string, TagChoice>>;
  /** Of the words for quality, those that were given a meaning. */
  words: Readonly<Record<string, QualityName>>;
}

export const ROW_PARTS = ["tag", "value", "quality"] as const;
export type RowPart = (typeof ROW_PARTS)[number];
export type ColumnRole = "none" | "time" | "name" | "value" | "quality" | "tag";

export const NO_TAG: TagChoice = { tag: "", scale: "1", offset: "0", quality: "" };
const NOTHING_LONG = { tag: "", value: "", quality: "" };
const LONG_ROLES = { tag: "name", value: "value", quality: "quality" } as const satisfies Record<RowPart, ColumnRole>;

/** What the file itself lets one suppose: its times, and the columns that are named like tags. */
export function firstChoices(table: FileTable, delimiter: Delimiter, plant: Pick<Plant, "tag" | "description">): ImportChoices {
  const usable = table.columns.filter((name) => isNameable(name, table.columns));
  const stamps = usable.map((name) => [name, guessStamp(wordsOf(table, name))] as const);
  const [column = "", format = "iso"] = stamps.find(([, stamp]) => stamp !== undefined) ?? [];
  const tags = usable.filter((name) => plant.tag(name) !== undefined);
  const comma = delimiter !== "," && table.rows.some((row) => row.some((cell) => /^[+-]?\d+,\d+$/.test(cell.trim())));
  return {
    shape: "wide",
    delimiter,
    decimal: comma ? "," : ".",
    time: { column, format, zone: plant.description.timezone },
    columns: Object.fromEntries(tags.map((name) => [name, { ...NO_TAG, tag: name }])),
    long: NOTHING_LONG,
    names: {},
    words: {},
  };
}

/** The entry a file's own words name; never one every object has. */
export function ownOf<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

export function roleOf(choices: ImportChoices, name: string): ColumnRole {
  if (choices.time.column === name) return "time";
  if (choices.shape === "wide") return Object.hasOwn(choices.columns, name) ? "tag" : "none";
  const part = ROW_PARTS.find((one) => choices.long[one] === name);
  return part === undefined ? "none" : LONG_ROLES[part];
}

/** With another role for a column; whoever had a role that only one may have gives it up. */
export function withRole(choices: ImportChoices, name: string, role: ColumnRole): ImportChoices {
  const before = ownOf(choices.columns, name) ?? NO_TAG;
  const others = Object.entries(choices.columns).filter(([column]) => column !== name);
  const columns = others.map(([column, choice]) => [column, role === "none" ? choice : withoutQuality(choice, name)] as const);
  const free = (part: RowPart): string => {
    if (LONG_ROLES[part] === role) return name;
    return choices.long[part] === name ? "" : choices.long[part];
  };
  const { column } = choices.time;
  return {
    ...choices,
    time: { ...choices.time, column: role === "time" ? name : column === name ? "" : column },
    columns: Object.fromEntries(role === "tag" ? [...columns, [name, before]] : columns),
    long: { tag: free("tag"), value: free("value"), quality: free("quality") },
  };
}

function withoutQuality(choice: TagChoice, name: string): TagChoice {
  return choice.quality === name ? { ...choice, quality: "" } : choice;
}

/** Without what was said of columns that are no more. */
export function withColumns(choices: ImportChoices, columns: readonly string[]): ImportChoices {
  const kept = (name: string): string => (columns.includes(name) ? name : "");
  const { time, long } = choices;
  const tags = Object.entries(choices.columns).filter(([name]) => columns.includes(name));
  return {
    ...choices,
    time: { ...time, column: kept(time.column) },
    columns: Object.fromEntries(tags.map(([name, choice]) => [name, { ...choice, quality: kept(choice.quality) }])),
    long: { tag: kept(long.tag), value: kept(long.value), quality: kept(long.quality) },
  };
}

/** Columns that hold words for quality. */
export function qualityColumns({ shape, columns, long }: ImportChoices): string[] {
  const chosen = shape === "wide" ? Object.values(columns).map(({ quality }) => quality) : [long.quality];
  return [...new Set(chosen.filter((name) => name !== ""))];
}

/** The column whose quality this one holds, in a wide file. */
export function valuesOf({ shape, columns }: ImportChoices, name: string): string | undefined {
  return shape === "long" ? undefined : Object.keys(columns).find((column) => columns[column]?.quality === name);
}

/** What every file may say for a quality without being asked. */
export function isKnownWord(word: string): boolean {
  const plain = word.toLowerCase();
  return /^[0-3]$/.test(plain) || QUALITY_NAMES.some((name) => name === plain);
}

/** The server's `mapping`; see `shared/docs/history.md`. */
export interface ImportMap {
  time: { column: string; format: string; zone?: string };
  tags: Record<string, { tag: string; scale: number; offset: number; quality?: string }>;
  long?: { tag: string; value: string; quality?: string };
  words?: Record<string, QualityName>;
  delimiter?: Delimiter;
  decimal?: "." | ",";
}

/** What is missing, at a column or a name in the tag column, or about the file as a whole. */
export interface ChoiceProblem {
  at?: string;
  reason: "noTime" | "noTags" | "noName" | "noValue" | "noTag" | "number";
}

/** What keeps a mapping from being made; only what the server cannot name better. */
export function problemsOf(choices: ImportChoices): ChoiceProblem[] {
  const { shape, time, long } = choices;
  const problems: ChoiceProblem[] = time.column === "" ? [{ reason: "noTime" }] : [];
  const entries = entriesOf(choices);
  if (shape === "wide" && entries.length === 0) problems.push({ reason: "noTags" });
  if (shape === "long" && long.tag === "") problems.push({ reason: "noName" });
  if (shape === "long" && long.value === "") problems.push({ reason: "noValue" });
  for (const [at, { tag, scale, offset }] of entries) {
    if (tag === "") problems.push({ at, reason: "noTag" });
    else if (![scale, offset].every((text) => Number.isFinite(readNumber(text)))) problems.push({ at, reason: "number" });
  }
  return problems;
}

/** Names of a long file that were given no tag are left to the server, which knows those that are paths. */
function entriesOf({ shape, columns, names }: ImportChoices): [string, TagChoice][] {
  return shape === "wide" ? Object.entries(columns) : Object.entries(names).filter(([, { tag }]) => tag !== "");
}

/** To be asked when there are no problems. A Parquet file has no delimiter and no decimal sign. */
export function mappingOf(choices: ImportChoices, kind: "csv" | "parquet"): ImportMap {
  const { shape, time, long, words, delimiter, decimal } = choices;
  const { tag, value, quality } = long;
  const told = qualityColumns(choices).length > 0 && Object.keys(words).length > 0;
  const tags = entriesOf(choices).map(([name, choice]) => [name, entryOf(choice, shape)] as const);
  return {
    time: time.format.startsWith("epoch") ? { column: time.column, format: time.format } : time,
    tags: Object.fromEntries(tags),
    ...(shape === "long" && { long: { tag, value, ...(quality !== "" && { quality }) } }),
    ...(told && { words }),
    ...(kind === "csv" && { delimiter, decimal }),
  };
}

function entryOf({ tag, scale, offset, quality }: TagChoice, shape: ImportChoices["shape"]): ImportMap["tags"][string] {
  return { tag, scale: readNumber(scale), offset: readNumber(offset), ...(shape === "wide" && quality !== "" && { quality }) };
}

/** The column or name a refusal of the server speaks of; undefined where it is about none of them. */
export function placeOf(detail: string, { time, columns, long, names }: ImportChoices): string | undefined {
  if (/^(body: )?mapping[:.] ?time/.test(detail)) return time.column;
  const known = [time.column, ...Object.keys(columns), ...Object.keys(names), ...Object.values(long)].filter((name) => name !== "");
  const qualities = Object.values(columns).map(({ quality }) => quality);
  const meant = (name: string): boolean =>
    [`column ${name}: `, `${name}: `, `body: mapping.tags.${name}.`].some((start) => detail.startsWith(start));
  return [...known, ...qualities.filter((name) => name !== "")].find(meant);
}
