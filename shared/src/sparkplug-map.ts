/** How a foreign edge names what we know as a line, its cells and their tags. With it in the plant file any conforming edge can be plugged in. */
import { z } from "zod";
import { CELL_TAGS, LINE_TAGS, metricName } from "./tags.ts";

const id = z.string().regex(/^[^/+#]+$/, "not empty, without / + #");
const tag = z.string().refine((name) => KNOWN.has(name), { error: (issue) => `no tag "${issue.input}"` });
const KNOWN = new Set([...CELL_TAGS, ...LINE_TAGS].map((definition) => definition.name));

/** All of it optional: what is left out is named as our own edges name it. */
export const sparkplugMap = z.strictObject({
  /** Ours is `<site>-<area>`. */
  group: id.refine((group) => group !== "STATE", "a group is not STATE").optional(),
  /** Edge node; ours is the line's id. */
  edge: id.optional(),
  /** Device of each cell, ours is the cell's id: one name per cell, or a pattern with `{cell}` (C042), `{number}` (42) or `{place}` (1 for the line's first). */
  device: z.union([id, z.array(id).min(1)]).optional(),
  /** Metric of a tag. */
  metrics: z.record(tag, z.string().min(1)).default({}),
  /** Our number is theirs times `factor` plus `offset`; a write goes the other way. */
  scale: z
    .record(
      tag,
      z.strictObject({
        factor: z
          .number()
          .refine((factor) => factor !== 0, "not 0")
          .default(1),
        offset: z.number().default(0),
      }),
    )
    .default({}),
});
export type SparkplugMap = z.infer<typeof sparkplugMap>;
export type Scale = SparkplugMap["scale"][string];

/** As much of a line as its names depend on. */
interface Mapped {
  readonly id: string;
  readonly cells: number;
  readonly protocol: string;
  readonly sparkplug?: SparkplugMap | undefined;
}

/** What is wrong with a line's map, in words; empty when nothing is. */
export function mapProblems({ cells, protocol, sparkplug: map }: Mapped): string[] {
  if (map === undefined) return [];
  const problems: string[] = [];
  if (protocol !== "sparkplug") problems.push(`a line with protocol ${protocol} has no Sparkplug names`);
  const { device } = map;
  if (Array.isArray(device) && device.length !== cells) problems.push(`device: ${device.length} names for ${cells} cells`);
  if (Array.isArray(device) && new Set(device).size < device.length) problems.push("device: a name is listed twice");
  if (typeof device === "string" && cells > 1 && !/\{(cell|number|place)\}/.test(device))
    problems.push(`device: the same for all ${cells} cells; use {cell}, {number} or {place}`);
  for (const definitions of [CELL_TAGS, LINE_TAGS]) {
    const names = definitions.flatMap((d) => map.metrics[d.name] ?? []);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) problems.push(`metrics: "${twice}" stands for two tags`);
  }
  return problems;
}

/** The group and edge node that speak for a line. */
export function edgeAddress(
  plant: { site: string; area: string },
  line: Pick<Mapped, "id" | "sparkplug">,
): { group: string; edge: string } {
  return { group: line.sparkplug?.group ?? `${plant.site}-${plant.area}`, edge: line.sparkplug?.edge ?? line.id };
}

/** The device that is a cell; `place` counts from 1 within the line. */
export function deviceName(map: SparkplugMap | undefined, cell: { id: string; number: number }, place: number): string {
  const device = map?.device;
  if (device === undefined) return cell.id;
  if (typeof device !== "string") return device[place - 1] ?? cell.id;
  return device.replaceAll("{cell}", cell.id).replaceAll("{number}", `${cell.number}`).replaceAll("{place}", `${place}`);
}

/** By metric name, which of an owner's tags it stands for: the map's word first, our own names for the tags it does not speak of. */
export function tagsByMetric(map: SparkplugMap | undefined, tags: Iterable<string>): ReadonlyMap<string, string> {
  const own = [...tags];
  const ours = own.filter((name) => map?.metrics[name] === undefined).map((name) => [metricName(name), name] as const);
  const theirs = own.flatMap((name) => (map?.metrics[name] === undefined ? [] : [[map.metrics[name], name] as const]));
  return new Map([...ours, ...theirs]);
}
