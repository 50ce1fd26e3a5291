/** Tags by words: every word must occur in owner, name, description or path. Pure. */
import type { Plant, Tag } from "@cellhouse/shared";

const MOST = 20;

/** Those whose cell or name is a word as typed come first. */
export function findTags(text: string, plant: Plant, words: (tag: string) => string): Tag[] {
  const wanted = text
    .toLowerCase()
    .split(/[\s:]+/)
    .filter(Boolean);
  if (wanted.length === 0) return [];
  const better: Tag[] = [];
  const others: Tag[] = [];
  for (const tag of plant.tags) {
    const { name } = tag.definition;
    const whole = `${tag.path} ${name} ${words(name)}`.toLowerCase();
    if (!wanted.every((word) => whole.includes(word))) continue;
    const exact = wanted.some((word) => word === tag.owner.toLowerCase()) && wanted.some((word) => name.toLowerCase().startsWith(word));
    (exact || wanted.includes(name.toLowerCase()) ? better : others).push(tag);
    if (better.length >= MOST) break;
  }
  return [...better, ...others].slice(0, MOST);
}
