/** What an edge's births promised: aliases and names to tags. Built at birth, only read on the data path. */
import { type Cell, type Line, type TagId, tagName } from "@cellhouse/shared";
import type { Metric } from "@cellhouse/shared/sparkplug";

/** Entries below 0 stand for no tag: never announced; announced but of no concern; a text to be read apart. */
export const UNKNOWN = -1;
export const IGNORED = -2;
export const TEXT = -3;

/** Aliases below this are found by index, larger ones (the spec allows 64 bits) by map. */
const DENSE = 65_536;
/** No edge of a plant has more large ones; further ones are not learnt. */
const MAX_SPARSE = 100_000;

/** Metrics every edge or our simulator has that are no tags of the plant. */
const KNOWN = /^(bdSeq|Node Control\/.*|Device Control\/.*|Properties\/.*|Node Info\/.*|SIM\/FAULT)$/;

export class BirthTable {
  #dense = new Int32Array(1024).fill(UNKNOWN);
  readonly #sparse = new Map<number, number>();
  readonly #names = new Map<string, Map<string, number>>();
  /** By entry: tag and Sparkplug data type. */
  readonly #tags: TagId[] = [];
  readonly #types: number[] = [];

  byAlias(alias: number): number {
    return alias < this.#dense.length ? (this.#dense[alias] as number) : (this.#sparse.get(alias) ?? UNKNOWN);
  }

  byName(owner: string, name: string): number {
    return this.#names.get(owner)?.get(name) ?? UNKNOWN;
  }

  tag(entry: number): TagId {
    return this.#tags[entry] as TagId;
  }

  type(entry: number): number {
    return this.#types[entry] as number;
  }

  /** True when the owner's birth had this metric. */
  offers(owner: string, metric: string): boolean {
    return this.#names.get(owner)?.has(metric) ?? false;
  }

  /** Takes in a birth of an owner (cell or line) and returns the names of metrics the plant does not have. */
  learn(home: Cell | Line, metrics: readonly Metric[]): string[] {
    const names = new Map<string, number>();
    const before = this.#names.get(home.id);
    const strangers: string[] = [];
    this.#names.set(home.id, names);
    for (const metric of metrics) {
      if (metric.name === undefined) continue;
      const entry = this.#entry(home, metric, before?.get(metric.name));
      if (entry === IGNORED && !KNOWN.test(metric.name)) strangers.push(metric.name);
      names.set(metric.name, entry);
      if (metric.alias !== undefined) this.#setAlias(metric.alias, entry);
    }
    return strangers;
  }

  /** A device born again keeps its entries, so that births without end take no memory. */
  #entry(home: Cell | Line, metric: Metric, before: number | undefined): number {
    const name = metric.name as string;
    if (name === "SIM/FAULT_RESULT") return TEXT;
    const tag = home.tags.get(tagName(name));
    if (tag === undefined) return IGNORED;
    const entry = before ?? this.#tags.length;
    this.#tags[entry] = tag.id;
    this.#types[entry] = metric.datatype ?? 0;
    return entry;
  }

  #setAlias(alias: number, entry: number): void {
    if (alias >= DENSE) {
      if (this.#sparse.size < MAX_SPARSE) this.#sparse.set(alias, entry);
      return;
    }
    while (alias >= this.#dense.length) {
      const larger = new Int32Array(this.#dense.length * 2).fill(UNKNOWN);
      larger.set(this.#dense);
      this.#dense = larger;
    }
    this.#dense[alias] = entry;
  }
}
