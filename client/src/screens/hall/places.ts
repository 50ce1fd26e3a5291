/** The cells of the plant as the hall draws them: tag ids and limits looked up once. */
import { type HALL_TAGS, type Plant, tagOf } from "@cellhouse/shared";
import { limitsOf, normalBand } from "../../parts/limits.ts";
import type { Place } from "./facts.ts";

export function placesOf(plant: Plant): Place[] {
  return plant.cells.map((cell) => {
    const ids = new Map<string, number>();
    const id = (tag: (typeof HALL_TAGS)[number]): number => {
      const known = ids.get(tag) ?? tagOf(cell, tag).id;
      ids.set(tag, known);
      return known;
    };
    const band = (tag: string): Place["temperature"] => normalBand(limitsOf(plant.description.alarms, cell, tag));
    return { cell, id, effectSeconds: tagOf(cell, "XQ-209").id, temperature: band("TY-100"), voltage: band("EI-201") };
  });
}
