/** A tag carried by the mouse from any value to where trends are. */
import type { Plant, Tag } from "@cellhouse/shared";

const TYPE = "application/x-cellhouse-tag";

export function carryTag(transfer: DataTransfer, tag: Tag): void {
  transfer.setData(TYPE, tag.path);
  transfer.setData("text/plain", tag.path);
  transfer.effectAllowed = "copy";
}

/** What is carried, drawn under the pointer: a part of a canvas, px of the page. */
export function carryPicture(
  transfer: DataTransfer,
  canvas: HTMLCanvasElement,
  part: { x: number; y: number; width: number; height: number },
): void {
  const { x, y, width, height } = part;
  const ratio = canvas.width / canvas.clientWidth;
  const picture = document.createElement("canvas");
  picture.width = width;
  picture.height = height;
  picture.getContext("2d")?.drawImage(canvas, x * ratio, y * ratio, width * ratio, height * ratio, 0, 0, width, height);
  transfer.setDragImage(picture, width / 2, height / 2);
}

/** The tag let go of; undefined for anything else. */
export function droppedTag(transfer: DataTransfer, plant: Plant): Tag | undefined {
  return plant.tag((transfer.getData(TYPE) || transfer.getData("text/plain")).trim().slice(0, 80));
}

export const carriesTag = (transfer: DataTransfer): boolean => transfer.types.includes(TYPE);
