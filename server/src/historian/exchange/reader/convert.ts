/** Rows of text become samples, or are rejected cell by cell with a reason; nothing else is lost with them. */
import { QUALITY_NAMES, Quality } from "@cellhouse/shared";
import type { ImportJob, ImportMap } from "../../../contracts.ts";
import type { FileSample } from "../samples.ts";
import { stampReader } from "../stamps.ts";
import { type Layout, type TagConversion, wrong } from "./layout.ts";
import type { ReaderResult } from "./order.ts";

/** Of what was rejected, and of the tags, so many are shown. */
export const LISTED = 100;
const TEXT = 40;
const DAY_MS = 86_400_000;
/** A time before it is a clock that was never set. */
const FIRST_POSSIBLE = Date.UTC(2000, 0, 1);
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const BITS: Readonly<Record<string, number>> = { true: 1, false: 0 };

type Cells = readonly (string | null)[];

interface ConvertOptions {
  /** How times are written. */
  time: ImportMap["time"];
  /** Epoch ms. */
  now: number;
  add(sample: FileSample): void;
}

export class RowConversion {
  /** Rows seen; the next one's number among those the file's reader could make out. */
  rows = 0;
  samples = 0;
  readonly #layout: Layout;
  readonly #time: ReturnType<typeof stampReader>;
  readonly #words: ReadonlyMap<string, Quality>;
  readonly #latest: number;
  readonly #add: (sample: FileSample) => void;
  readonly #paths = new Set<string>();
  readonly #rejected: Record<string, number> = {};
  readonly #rejects: ImportJob["rejects"][number][] = [];
  #from = Number.POSITIVE_INFINITY;
  #to = Number.NEGATIVE_INFINITY;

  /** Throws E_QUERY for a format or zone that is none. */
  constructor(layout: Layout, { time, now, add }: ConvertOptions) {
    const { words = {} } = layout.mapping;
    this.#layout = layout;
    this.#latest = now + DAY_MS;
    this.#add = add;
    this.#words = new Map<string, Quality>([
      ...QUALITY_NAMES.flatMap((name, code) => [[name, code as Quality] as const, [String(code), code as Quality] as const]),
      ...Object.entries(words).map(([word, name]) => [word.toLowerCase(), QUALITY_NAMES.indexOf(name) as Quality] as const),
    ]);
    try {
      this.#time = stampReader(time);
    } catch (error) {
      throw wrong(`mapping: time: ${(error as Error).message}`);
    }
  }

  row(cells: Cells): void {
    const { columns, time: column, lanes, long } = this.#layout;
    const i = this.rows++;
    const text = (at: number | undefined): string => (at === undefined ? "" : (cells[at] ?? "").trim());
    const time = this.#time(text(column));
    if (time === undefined || time < FIRST_POSSIBLE || time > this.#latest)
      return void this.reject(i, { column: columns[column] as string, reason: "time", text: text(column) });
    if (long === undefined) {
      for (const { name, value, quality, target } of lanes)
        this.#cell(i, { name, target, time, value: text(value), quality: text(quality), empty: true });
      return;
    }
    const target = long.targets.get(text(long.tag));
    if (target === undefined) return void this.reject(i, { column: columns[long.tag] as string, reason: "tag", text: text(long.tag) });
    this.#cell(i, {
      name: columns[long.value] as string,
      target,
      time,
      value: text(long.value),
      quality: text(long.quality),
      empty: false,
    });
  }

  /** Counts one, and lists it while there is room. */
  reject(i: number, { column, reason, text }: { column: string; reason: string; text: string }): void {
    this.#rejected[reason] = (this.#rejected[reason] ?? 0) + 1;
    if (this.#rejects.length < LISTED) this.#rejects.push({ row: i, column, reason, text: text.slice(0, TEXT) });
  }

  /** `row` counts from 0, without the head and what could not be made out. */
  report(): ReaderResult {
    const span = this.samples === 0 ? {} : { from: this.#from, to: this.#to };
    return {
      rows: this.rows,
      samples: this.samples,
      ...span,
      paths: [...this.#paths].slice(0, LISTED),
      rejected: { ...this.#rejected },
      rejects: [...this.#rejects],
    };
  }

  #cell(i: number, cell: { name: string; target: TagConversion; time: number; value: string; quality: string; empty: boolean }): void {
    const { name, target, time, value: text, quality: word } = cell;
    // Nothing at this time of this tag.
    if (cell.empty && text === "" && word === "") return;
    const value = text === "" ? Number.NaN : this.#number(text);
    if (value === undefined) return void this.reject(i, { column: name, reason: "number", text });
    const quality = word === "" ? Quality.Good : this.#words.get(word.toLowerCase());
    if (quality === undefined) return void this.reject(i, { column: name, reason: "quality", text: word });
    const { tag, scale, offset } = target;
    const scaled = value * scale + offset;
    const plausible = scaled >= tag.low && scaled <= tag.high;
    // As from a driver: what cannot be is Bad, the number kept.
    this.#add({ tag: tag.id, time, value: scaled, quality: plausible || quality === Quality.Stale ? quality : Quality.Bad });
    this.samples++;
    this.#paths.add(tag.path);
    this.#from = Math.min(this.#from, time);
    this.#to = Math.max(this.#to, time);
  }

  #number(text: string): number | undefined {
    const plain = this.#layout.mapping.decimal === "," ? text.replace(",", ".") : text;
    if (NUMBER.test(plain)) {
      const value = Number(plain);
      return Number.isFinite(value) ? value : undefined;
    }
    return /^nan$/i.test(plain) ? Number.NaN : BITS[plain.toLowerCase()];
  }
}
