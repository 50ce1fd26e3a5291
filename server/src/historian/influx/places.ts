/** Where samples and their rows live: a series per cell and per line, a field per tag. */
import type { Plant, Tag } from "@cellhouse/shared";
import type { Resolution } from "../../contracts.ts";

/** What a resolution adds to the name of a measurement. */
export const SUFFIX = { raw: "", "10s": "_10s", "1m": "_1m", "1h": "_1h" } as const satisfies Record<Resolution, string>;
/** What a row of one tag holds, as its fields end. */
export const PARTS = ["min", "max", "mean", "first", "last", "count", "q"] as const;

const utf8 = new TextEncoder();

/** One cell or line: `cell,site=BT,area=EL1,line=L01,cell=C001`, and the same as a condition. */
export interface Series {
  readonly index: number;
  readonly measurement: "cell" | "line";
  readonly condition: string;
  /** How its lines begin, per resolution. */
  readonly head: Readonly<Record<Resolution, Uint8Array>>;
  /** TagIds of its fields. */
  readonly members: number[];
}

type PartKeys = readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];

/** A field as it stands in a line, `TI-101=`; cells share them. */
export interface FieldKey {
  readonly name: string;
  readonly value: Uint8Array;
  readonly quality: Uint8Array;
  /** In the order of `PARTS`. */
  readonly parts: PartKeys;
}

/** The place of a tag. */
export interface Place {
  readonly series: Series;
  readonly key: FieldKey;
}

/** The place of every tag, by TagId. */
export function placesOf(plant: Plant): Place[] {
  const series = new Map<string, Series>();
  const keys = new Map<string, FieldKey>();
  return plant.tags.map((tag) => {
    const { name } = tag.definition;
    const home = series.get(tag.owner) ?? seriesOf(tag, plant, series.size);
    const key = keys.get(name) ?? keyOf(name);
    series.set(tag.owner, home);
    keys.set(name, key);
    home.members.push(tag.id);
    return { series: home, key };
  });
}

function seriesOf(tag: Tag, { site, area }: Plant, index: number): Series {
  const measurement = tag.owner === tag.line ? "line" : "cell";
  const tags: [string, string][] = [
    ["site", site],
    ["area", area],
    ["line", tag.line],
    ...(measurement === "cell" ? [["cell", tag.owner] as [string, string]] : []),
  ];
  const rest = tags.map(([key, value]) => `,${key}=${value}`).join("");
  const head = (resolution: Resolution): Uint8Array => utf8.encode(`${measurement}${SUFFIX[resolution]}${rest}`);
  const condition = tags.map(([key, value]) => `"${key}"='${value}'`).join(" AND ");
  return { index, measurement, condition, head: { raw: head("raw"), "10s": head("10s"), "1m": head("1m"), "1h": head("1h") }, members: [] };
}

function keyOf(name: string): FieldKey {
  const field = (text: string): Uint8Array => utf8.encode(`${text}=`);
  return {
    name,
    value: field(name),
    quality: field(`${name}.q`),
    parts: PARTS.map((part) => field(`${name}.${part}`)) as unknown as PartKeys,
  };
}
