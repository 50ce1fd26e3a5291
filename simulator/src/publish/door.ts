/** The write door of a PLC as both protocols use it. */
import { refuse, type TagDefinition, type Verdict, type WriteOrder } from "@cellhouse/shared";
import type { Plc } from "../contracts.ts";

/** Writes one tag from outside. Refuses what is no writable tag of this PLC; the PLC itself judges value and mode, and every order, which it echoes. */
export function writeTag(plc: Plc, tag: string, value: number, order?: WriteOrder): Verdict {
  if (plc.offline) return refuse("E_LINK_DOWN", `${plc.home.id} is off the network`);
  if (order !== undefined) return plc.write(tag, value, order);
  const definition = plc.definitions.find((d) => d.name === tag);
  if (definition === undefined) return refuse("E_TAG_UNKNOWN", `${plc.home.id} has no tag ${tag.slice(0, 80)}`);
  if (definition.access === "r") return refuse("E_NOT_WRITABLE", `${plc.home.id}:${tag}`);
  if (!isOfType(definition, value))
    return refuse("E_QUERY", `value: ${tag} takes ${definition.type === "u32" ? "whole numbers from 0" : "finite numbers"}`);
  return plc.write(tag, value);
}

function isOfType(definition: TagDefinition, value: number): boolean {
  return definition.type === "u32" ? Number.isInteger(value) && value >= 0 && value <= 0xffffffff : Number.isFinite(value);
}
