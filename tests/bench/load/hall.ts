/** The hall of the load benches: the 15,000 t/y one with every line on Sparkplug, and the metrics its cells send. */
import { buildPlant, type Cell, type Plant, type Tag } from "@cellhouse/shared";
import { plantOf } from "../../support/plant.ts";

/** Metrics per message, as one scan of a cell has. */
export const PER_MESSAGE = 24;

export function loadHall(): Plant {
  const { description } = plantOf("hall-15kt");
  return buildPlant({ ...description, lines: description.lines.map((line) => ({ ...line, protocol: "sparkplug" as const })) });
}

/** The first analog f32 tags of a cell, alarms and control included: as many as one message carries. */
export function sentTags(cell: Cell): Tag[] {
  const analog = [...cell.tags.values()].filter(({ definition: d }) => d.kind === "analog" && d.type === "f32" && d.access === "r");
  return analog.slice(0, PER_MESSAGE);
}
