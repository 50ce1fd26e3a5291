/** Search over screens, lines, cells, tags and active alarms. Every word must occur. Pure. */
import type { Alarm, Plant } from "@cellhouse/shared";
import { homeOf } from "../../parts/plant-words.ts";

export interface Hit {
  kind: "screen" | "line" | "cell" | "alarm" | "tag";
  text: string;
  note: string;
  path: string;
}

export interface Searched {
  plant: Plant;
  alarms: readonly Alarm[];
  screens: readonly { text: string; path: string }[];
  /** Words for a tag name. */
  words: (tag: string) => string;
}

const MOST = 30;

export function find(text: string, { plant, alarms, screens, words }: Searched): Hit[] {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return [];
  const fits = (s: string): boolean => wanted.every((w) => s.toLowerCase().includes(w));
  const hits: Hit[] = [];
  const add = (hit: Hit): boolean => hits.push(hit) < MOST;
  for (const s of screens) if (fits(s.text)) add({ kind: "screen", text: s.text, note: "", path: s.path });
  for (const l of plant.lines) if (fits(l.id)) add({ kind: "line", text: l.id, note: `${l.cells.length}`, path: `/line/${l.id}` });
  for (const c of plant.cells)
    if (fits(`${c.id} ${c.line.id} ${c.number}`) && !add({ kind: "cell", text: c.id, note: c.line.id, path: `/cell/${c.id}` })) return hits;
  for (const a of alarms)
    if (fits(`${a.id} ${a.cause}`) && !add({ kind: "alarm", text: a.id, note: a.cause, path: `/alarms?alarm=${encodeURIComponent(a.id)}` }))
      return hits;
  for (const tag of plant.tags) {
    const { name } = tag.definition;
    if (!fits(`${tag.owner} ${name} ${words(name)} ${tag.path}`)) continue;
    if (!add({ kind: "tag", text: `${tag.owner} ${name}`, note: words(name), path: homeOf(plant, tag.owner) })) return hits;
  }
  return hits;
}
