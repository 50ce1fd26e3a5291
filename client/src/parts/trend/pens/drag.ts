/** A tag carried by the mouse from any value to where trends are. */
import type { Plant, Tag } from "@cellhouse/shared";

const TYPE = "application/x-cellhouse-tag";

export function carryTag(transfer: DataTransfer, tag: Tag): void {
  transfer.setData(TYPE, tag.path);
  transfer.setData("text/plain", tag.path);
  transfer.effectAllowed = "copy";
}

/** The tag let go of; undefined for anything else. */
export function droppedTag(transfer: DataTransfer, plant: Plant): Tag | undefined {
  return plant.tag((transfer.getData(TYPE) || transfer.getData("text/plain")).trim().slice(0, 80));
}

export const carriesTag = (transfer: DataTransfer): boolean => transfer.types.includes(TYPE);
