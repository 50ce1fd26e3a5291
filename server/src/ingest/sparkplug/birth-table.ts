/** What an edge's births promised: aliases and names to tags. Built at birth, only read on the data path. */
import { type Cell, type Line, type Scale, type SparkplugMap, type Tag, type TagId, tagsByMetric } from "@cellhouse/shared";
import { DataType, type Metric } from "@cellhouse/shared/sparkplug";
import { disagreement } from "./disagreement.ts";

/** Entries below 0 stand for no tag: never announced; announced but of no concern; a text to be read apart. */
export const UNKNOWN = -1;
const IGNORED = -2;
export const TEXT = -3;

/** Aliases below this are found by index, larger ones (the spec allows 64 bits) by map. */
const DENSE = 65_536;
/** No edge of a plant has more large ones; further ones are not learnt. */
const MAX_SPARSE = 100_000;

/** Metrics every edge or our simulator has that are no tags of the plant. */
const KNOWN = /^(bdSeq|Node Control\/.*|Device Control\/.*|Properties\/.*|Node Info\/.*|SIM\/FAULT)$/;
const ONE_TO_ONE: Scale = { factor: 1, offset: 0 };

/** How a metric was announced, as far as commands need it. */
export interface Announced {
  readonly name: string;
  readonly alias: number | undefined;
  readonly type: number;
  readonly scale: Scale;
}

/** What a birth says that does not fit the plant, each as a name or a sentence. */
export interface Misfits {
  /** Metrics that are no tags of the plant. */
  unknown: string[];
  /** Tags that come as a type without a number. */
  unusable: string[];
  /** Tags whose unit or range is another than the plant's. */
  unlike: string[];
  /** Tags the map gives a metric for that the birth does not have. */
  absent: string[];
}

interface Announcement extends Announced {
  readonly entry: number;
}

export class BirthTable {
  readonly #map: SparkplugMap | undefined;
  /** Some tag of this edge has a scale: the data path looks for it only then. */
  readonly isScaled: boolean;
  #dense = new Int32Array(1024).fill(UNKNOWN);
  readonly #sparse = new Map<number, number>();
  readonly #names = new Map<string, Map<string, Announcement>>();
  readonly #commands = new Map<string, Announced>();
  /** By entry: tag, Sparkplug data type and scale. */
  readonly #tags: TagId[] = [];
  readonly #types: number[] = [];
  readonly #scales: Scale[] = [];

  constructor(map?: SparkplugMap) {
    this.#map = map;
    this.isScaled = map !== undefined && Object.keys(map.scale).length > 0;
  }

  byAlias(alias: number): number {
    return alias < this.#dense.length ? (this.#dense[alias] as number) : (this.#sparse.get(alias) ?? UNKNOWN);
  }

  byName(owner: string, name: string): number {
    return this.#names.get(owner)?.get(name)?.entry ?? UNKNOWN;
  }

  tag(entry: number): TagId {
    return this.#tags[entry] as TagId;
  }

  type(entry: number): number {
    return this.#types[entry] as number;
  }

  /** The edge's number in our unit. */
  scaled(entry: number, value: number): number {
    const { factor, offset } = this.#scales[entry] as Scale;
    return value * factor + offset;
  }

  /** How the owner's birth announced a metric of no tag. */
  announced(owner: string, metric: string): Announced | undefined {
    return this.#names.get(owner)?.get(metric);
  }

  /** How the owner's birth announced a tag, by the tag's path. */
  announcedTag(path: string): Announced | undefined {
    return this.#commands.get(path);
  }

  /** Takes in a birth of an owner (cell or line) and tells what of it does not fit the plant. */
  learn(home: Cell | Line, metrics: readonly Metric[]): Misfits {
    const misfits: Misfits = { unknown: [], unusable: [], unlike: [], absent: [] };
    const names = new Map<string, Announcement>();
    const before = this.#names.get(home.id);
    const tags = tagsByMetric(this.#map, home.tags.keys());
    for (const tag of home.tags.values()) this.#commands.delete(tag.path);
    this.#names.set(home.id, names);
    for (const metric of metrics) {
      if (metric.name === undefined) continue;
      const tag = home.tags.get(tags.get(metric.name) ?? "");
      const entry = tag === undefined ? special(metric.name, misfits) : this.#entry(tag, metric, misfits, before?.get(metric.name)?.entry);
      const scale = this.#map?.scale[tag?.definition.name ?? ""] ?? ONE_TO_ONE;
      const announced = { name: metric.name, alias: metric.alias, type: metric.datatype ?? 0, scale, entry };
      names.set(metric.name, announced);
      if (tag !== undefined && entry >= 0) this.#commands.set(tag.path, announced);
      if (metric.alias !== undefined) this.#setAlias(metric.alias, entry);
    }
    for (const [name, tag] of tags)
      if (this.#map?.metrics[tag] !== undefined && !names.has(name)) misfits.absent.push(`${tag} as "${name}"`);
    return misfits;
  }

  /** A device born again keeps its entries, so that births without end take no memory. */
  #entry(tag: Tag, metric: Metric, misfits: Misfits, before = UNKNOWN): number {
    const { name } = tag.definition;
    if (!hasNumber(metric.datatype)) {
      misfits.unusable.push(`${name} has type ${metric.datatype}`);
      return IGNORED;
    }
    const scale = this.#map?.scale[name];
    const unlike = disagreement(metric, tag.definition, scale);
    if (unlike !== undefined) misfits.unlike.push(unlike);
    const entry = before >= 0 ? before : this.#tags.length;
    this.#tags[entry] = tag.id;
    this.#types[entry] = metric.datatype ?? 0;
    this.#scales[entry] = scale ?? ONE_TO_ONE;
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

function special(name: string, misfits: Misfits): number {
  if (name === "SIM/FAULT_RESULT") return TEXT;
  if (!KNOWN.test(name)) misfits.unknown.push(name);
  return IGNORED;
}

/** Integers, floats, booleans and times; a birth without a type is taken at its value. */
function hasNumber(type: number | undefined): boolean {
  return type === undefined || type === 0 || (type >= DataType.Int8 && type <= DataType.Boolean) || type === DataType.DateTime;
}

/** The misfits there are, each kind under the reason it is counted by and with what a person may do. */
export function complaints({ unknown, unusable, unlike, absent }: Misfits): { reason: string; names: string[]; remedy: string }[] {
  return [
    { reason: "unknown_metric", names: unknown, remedy: "metrics the plant does not have; the line's map can name them" },
    { reason: "unusable_metric", names: unusable, remedy: "metrics of a type that is no number; they are left out" },
    { reason: "unit_mismatch", names: unlike, remedy: "metrics in another unit or range than the plant's; the line's map can scale them" },
    { reason: "absent_metric", names: absent, remedy: "metrics the line's map names are not in the birth" },
  ].filter(({ names }) => names.length > 0);
}
