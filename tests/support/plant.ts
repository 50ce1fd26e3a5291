/** The plants that ship, built as the programs build them. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plant } from "@cellhouse/shared";
import { loadPlant } from "@cellhouse/shared/plant-file";
import { ROOT } from "./tree.ts";

/** File of a plant that ships, by its name; another's is its own path. */
export function plantFile(name: string): string {
  return name.endsWith(".yaml") ? name : join(ROOT, `shared/plants/${name}.yaml`);
}

export function plantOf(name: string): Plant {
  return loadPlant(
    plantFile(name),
    (file) => readFileSync(file, "utf8"),
    (from, to) => join(dirname(from), to),
  );
}
