/** Words for tags and names for cells, in the language chosen. */
import type { Cell, Plant, Tag } from "@cellhouse/shared";
import type { TFunction } from "i18next";

/** The tag's description; `TI-101` has its own text, keyed without dots. */
export function tagWords(t: TFunction, name: string): string {
  return t(`tags.${name.replaceAll(".", "_")}`);
}

/** `C042 TY-100` of a full path. */
export function shortPath(path: string): string {
  const [owner = "", tag = ""] = path.split(":");
  return `${owner.split(".").pop() ?? ""} ${tag}`;
}

/** The address of the screen a tag or alarm belongs to. */
export function homeOf(plant: Plant, owner: string): string {
  return plant.line(owner) !== undefined ? `/line/${owner}` : `/cell/${owner}`;
}

export function tagsOf(cell: Cell): (name: string) => Tag | undefined {
  return (name) => cell.tags.get(name);
}
