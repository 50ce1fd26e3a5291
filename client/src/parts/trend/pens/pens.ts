/** Pens in an address: `pens=C001:TY-100,,C002:EI-201~h`, a place per pen so that each keeps its number and look; `~h` hidden, `~o` on a scale of its own. Pure. */
import type { Plant, Tag } from "@cellhouse/shared";
import { PEN_INKS } from "../looks.ts";

export interface Pen {
  tag: Tag;
  /** Its place, from 0; people see it from 1. */
  place: number;
  hidden: boolean;
  /** On a scale of its own rather than on that of its unit. */
  own: boolean;
}

/** More could not be told apart. */
export const MOST_PENS = PEN_INKS;

export const shortPath = (tag: Tag): string => `${tag.owner}:${tag.definition.name}`;

/** The pens of an address, and what in it is no tag of this plant. */
export function readPens(text: string, plant: Plant): { pens: Pen[]; unknown: string[] } {
  const pens: Pen[] = [];
  const unknown: string[] = [];
  for (const [place, part] of text.split(",").slice(0, MOST_PENS).entries()) {
    const [path = "", ...flags] = part.split("~");
    if (path === "") continue;
    const tag = plant.tag(path);
    if (tag === undefined) unknown.push(path.slice(0, 80));
    else if (!pens.some((pen) => pen.tag === tag)) pens.push({ tag, place, hidden: flags.includes("h"), own: flags.includes("o") });
  }
  return { pens, unknown };
}

export function writePens(pens: readonly Pen[]): string {
  const places: string[] = [];
  for (const { tag, place, hidden, own } of pens) places[place] = `${shortPath(tag)}${hidden ? "~h" : ""}${own ? "~o" : ""}`;
  return Array.from(places, (part) => part ?? "").join(",");
}

/** A tag's pen where there is no other. */
export const firstPen = (tag: Tag): Pen => ({ tag, place: 0, hidden: false, own: false });

/** With one more pen in the first free place; undefined when there is none. */
export function withPen(pens: readonly Pen[], tag: Tag): Pen[] | undefined {
  if (pens.some((pen) => pen.tag === tag)) return [...pens];
  const taken = new Set(pens.map((pen) => pen.place));
  const place = Array.from({ length: MOST_PENS }, (_, i) => i).find((i) => !taken.has(i));
  return place === undefined ? undefined : [...pens, { ...firstPen(tag), place }].sort((a, b) => a.place - b.place);
}
