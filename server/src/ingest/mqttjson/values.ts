/** What stands in a gateway's JSON, as numbers, times and qualities. Pure. */
import { type JsonMessage, QUALITY_NAMES, Quality } from "@cellhouse/shared";

type Format = NonNullable<JsonMessage["time"]>["format"];

const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;
/** With a zone: without one nobody knows which hour is meant. */
const ISO = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/i;
const PER_MS = { s: 1e-3, ms: 1, us: 1e3, ns: 1e6 } as const;
/** OPC DA: the two highest bits of the quality byte. */
const OPC_GOOD = 192;
const OPC_UNCERTAIN = 64;

export interface Conversion {
  readonly factor: number;
  readonly offset: number;
  /** Number of a text, as the map gives it. */
  readonly words: ReadonlyMap<string, number>;
}

/** A number in the tag's unit; NaN where the gateway says that there is none; undefined for what is no number at all. */
export function numberOf(raw: unknown, { factor, offset, words }: Conversion): number | undefined {
  if (typeof raw === "number") return (words.size === 0 ? undefined : words.get(String(raw))) ?? raw * factor + offset;
  if (raw === null) return Number.NaN;
  if (typeof raw === "boolean") return words.get(String(raw)) ?? (raw ? 1 : 0);
  if (typeof raw !== "string") return undefined;
  return words.get(raw) ?? (NUMBER.test(raw) ? Number(raw) * factor + offset : undefined);
}

/** The inverse of `numberOf`, as a JSON literal: a text by the map, true or false for a bit. */
export function literalOf(value: number, { factor, offset, words }: Conversion, isBit: boolean): string {
  for (const [word, number] of words) if (number === value) return word === "true" || word === "false" ? word : JSON.stringify(word);
  return isBit ? String(value !== 0) : String((value - offset) / factor);
}

/** Epoch ms; NaN for what is no time of this format. */
export function timeOf(raw: unknown, format: Format): number {
  if (format === "iso") return typeof raw === "string" && ISO.test(raw) ? Date.parse(raw) : Number.NaN;
  const number = typeof raw === "string" && NUMBER.test(raw) ? Number(raw) : raw;
  return typeof number === "number" ? number / PER_MS[format] : Number.NaN;
}

/** Undefined for a word or number the map does not have. */
export function qualityOf(raw: unknown, map: ReadonlyMap<string, Quality> | undefined): Quality | undefined {
  if (map !== undefined) return map.get(String(raw));
  if (typeof raw === "boolean") return raw ? Quality.Good : Quality.Bad;
  if (typeof raw === "number") return raw >= OPC_GOOD ? Quality.Good : raw >= OPC_UNCERTAIN ? Quality.Uncertain : Quality.Bad;
  const named = typeof raw === "string" ? QUALITY_NAMES.indexOf(raw.toLowerCase() as (typeof QUALITY_NAMES)[number]) : -1;
  return named < 0 ? undefined : (named as Quality);
}

/** The message as JSON. Python writes NaN and Infinity into it, which JSON does not have: they become null. Throws for what is none even so. */
export function parseMessage(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    return JSON.parse(text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (part) => (part.startsWith('"') ? part : "null")));
  }
}
