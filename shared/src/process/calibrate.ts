/** Fits a cell's side loss to its recipe. */
import type { CellClass, Recipe } from "../plant.ts";
import { baseParams, type CellParams, type Supply } from "./params.ts";
import { createCell, createInput } from "./state.ts";
import { heatIntoLining } from "./step.ts";

/** At 1050 °C the identified side loss holds the bath this far above the recipe's temperature, K. */
const OFFSET = 0.8;

/**
 * Parameters of a cell (process model, "Parameters"). The loss from lining to hall is set so that the recipe's temperature holds
 * at nominal current with anodes worn 19 mm and 2.2 wt% oxide; for PrNd that is the identified 26 W/K.
 */
export function cellParams(recipe: Recipe, cellClass: Pick<CellClass, "current" | "currentEfficiency">, supply: Supply): CellParams {
  const params = baseParams(recipe, cellClass, supply);
  const cell = createCell(params);
  cell.temperature = params.reference + OFFSET;
  const heat = heatIntoLining(cell, createInput(params));
  const lining = cell.temperature - heat / params.bathToLining;
  params.liningToHall = heat / (lining - params.ambient);
  return params;
}
