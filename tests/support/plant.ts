/** The plants that ship, built as the programs build them. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plant } from "@cellhouse/shared";
import { loadPlant } from "@cellhouse/shared/plant-file";
import { ROOT } from "./tree.ts";

export function plantOf(name: string): Plant {
  return loadPlant(
    join(ROOT, `shared/plants/${name}.yaml`),
    (file) => readFileSync(file, "utf8"),
    (from, to) => join(dirname(from), to),
  );
}
