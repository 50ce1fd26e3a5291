/** Words for tags and names for cells, in the language chosen. */
import { MODES, type Plant, type Tag } from "@cellhouse/shared";
import { interlockKind } from "@cellhouse/shared/blocks";
import type { TFunction } from "i18next";
import { figure } from "./format.ts";

/** The tag's description; `TI-101` has its own text, keyed without dots. */
export function tagWords(t: TFunction, name: string): string {
  return t(`tags.${name.replaceAll(".", "_")}`);
}

/** A value as the tag means it: the mode by its name, the rest as a figure. */
export function meaning(tag: Tag | undefined, value: number): string {
  if (tag?.definition.name === "HS-910") return MODES[value] ?? String(value);
  return figure(value, tag?.definition.decimals ?? 2);
}

/** `I-2: cooling water is lost`; a number of a foreign PLC stands alone. */
export function interlockName(t: TFunction, n: number): string {
  const number = t("interlock.number", { n });
  return interlockKind(n) === undefined ? number : `${number}: ${t(`interlocks.${n}.name`)}`;
}

/** The address of the screen a tag or alarm belongs to. */
export function homeOf(plant: Plant, owner: string): string {
  if (owner === plant.system.id) return "/system";
  return plant.line(owner) !== undefined ? `/line/${owner}` : `/cell/${owner}`;
}
