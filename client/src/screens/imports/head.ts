/** The first lines of a file somebody wants to import: read as a table, its delimiter guessed. Pure. */

export const DELIMITERS = [",", ";", "\t", "|"] as const;
export type Delimiter = (typeof DELIMITERS)[number];
export type FileKind = "csv" | "parquet";

/** So much of a file is looked at before it is sent. */
export const HEAD_BYTES = 65_536;
/** What the server takes as the name of a column. */
const LONGEST_NAME = 200;

export interface FileTable {
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

/** By the end of the name; undefined for what is neither. */
export function kindOf(name: string): FileKind | undefined {
  if (/\.parquet$/i.test(name)) return "parquet";
  return /\.(csv|tsv|txt)$/i.test(name) ? "csv" : undefined;
}

/** The text as a table, by RFC 4180. `whole` says that the file ends with it; else its last record may be cut short and is left out. */
export function readHead(text: string, delimiter: Delimiter, whole: boolean): FileTable {
  const records = recordsOf(text.replace(/^\uFEFF/, ""), delimiter, whole);
  const [columns = [], ...rows] = records;
  return { columns: columns.map((name) => name.trim()), rows };
}

function recordsOf(text: string, delimiter: Delimiter, whole: boolean): string[][] {
  const bar = delimiter === "|" ? "\\|" : delimiter;
  const field = new RegExp(`(?:"((?:[^"]|"")*)"|([^\\r\\n${bar}]*))(${bar}|\\r\\n|\\r|\\n|$)`, "y");
  const records: string[][] = [];
  let record: string[] = [];
  while (field.lastIndex < text.length || record.length > 0) {
    const found = field.exec(text);
    // A quote amid a field, or one that never ends: what stands before can be shown.
    if (found === null) return records;
    record.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? "");
    if (found[3] === delimiter) continue;
    const ended = found[3] !== "" || whole;
    if (ended && (record.length > 1 || record[0] !== "")) records.push(record);
    record = [];
  }
  return records;
}

/** The one that parts the first lines into the most columns, equally many in each. */
export function guessDelimiter(text: string): Delimiter {
  const score = (delimiter: Delimiter): number => {
    const { columns, rows } = readHead(text, delimiter, true);
    const alike = rows.slice(0, 20).filter((row) => row.length === columns.length).length;
    return columns.length < 2 ? 0 : alike * 1000 + columns.length;
  };
  return DELIMITERS.reduce((best, one) => (score(one) > score(best) ? one : best));
}

/** Whether the head is one an export of this program has, so that no mapping is needed. */
export function isOwn({ columns }: FileTable): boolean {
  return columns[0] === "time_utc" || ["tag", "time", "value", "quality"].every((name) => columns.includes(name));
}

/** Whether a column can be named in a mapping. */
export function isNameable(name: string, columns: readonly string[]): boolean {
  return name !== "" && name.length <= LONGEST_NAME && columns.filter((one) => one === name).length === 1;
}

/** The different texts of a column, in their order. */
export function wordsOf({ columns, rows }: FileTable, name: string): string[] {
  const at = columns.indexOf(name);
  return [...new Set(rows.map((row) => (row[at] ?? "").trim()))].filter((word) => word !== "");
}

const CLOCK = String.raw`\d\d:\d\d`;
const STAMPS: readonly (readonly [RegExp, string])[] = [
  [/^\d{13}$/, "epoch-ms"],
  [/^\d{10}(\.\d+)?$/, "epoch-s"],
  [/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/, "iso"],
  [new RegExp(String.raw`^\d\d\.\d\d\.\d{4} ${CLOCK}:\d\d$`), "dd.MM.yyyy HH:mm:ss"],
  [new RegExp(String.raw`^\d\d\.\d\d\.\d{4} ${CLOCK}$`), "dd.MM.yyyy HH:mm"],
  [new RegExp(String.raw`^\d{4}/\d\d/\d\d ${CLOCK}:\d\d$`), "yyyy/MM/dd HH:mm:ss"],
  [new RegExp(String.raw`^\d{4}/\d\d/\d\d ${CLOCK}$`), "yyyy/MM/dd HH:mm"],
  [/^\d{14}$/, "yyyyMMddHHmmss"],
];

/** How the times of a column are written; undefined where most of it are no times. Day and month in doubt (`03/04/2026`) are left to people. */
export function guessStamp(words: readonly string[]): string | undefined {
  const first = words.slice(0, 20);
  const found = STAMPS.find(([pattern]) => first.length > 0 && first.filter((word) => pattern.test(word)).length * 2 > first.length);
  return found?.[1];
}
