/** The constants of one cell: what it is built of and what it makes. */
import type { CellClass, Recipe } from "../plant.ts";

export const FARADAY = 96485.33;
export const GAS_CONSTANT = 8.314462;
export const KELVIN = 273.15;
/** Stefan-Boltzmann constant, W/(m2 K4). */
export const BOLTZMANN = 5.670374e-8;
export const ANODES = 4;
/** Anode body, joints and busbar, Ohm of the 6 kA cell; 60 % of its heat stays in the cell. */
const EXTERNAL_OHM = 1e-4;
const REFERENCE_CURRENT = 6000;
const REFERENCE_EFFICIENCY = 0.763;

/** Extensive values are those of the 6 kA cell times `size`. */
export interface CellParams {
  /** Nominal current / 6 kA: a larger cell is the 6 kA cell made wider at the same depth and gap. */
  size: number;
  /** Nominal current, A. */
  nominal: number;
  /** Temperature the recipe is run at, °C: every temperature in the equations is taken relative to it. */
  reference: number;
  /** kg/mol of metal. */
  molarMass: number;
  /** kg oxide per kg metal. */
  oxideRatio: number;
  /** Current efficiency before losses. */
  efficiency: number;
  /** Rectifier's ceiling, V; Infinity on a series line, where the current is forced. */
  ceiling: number;
  /** Immersed depth at nominal level, m. */
  depth: number;
  cathodeRadius: number;
  anodeRadius: number;
  /** kg of bath and metal at nominal level. */
  bath: number;
  metal: number;
  bathDensity: number;
  metalDensity: number;
  /** Free cross-section, m2. */
  section: number;
  externalOhm: number;
  /** Resistance of the full anode-effect film, Ohm. */
  filmOhm: number;
  bathHeat: number;
  liningHeat: number;
  /** W/K: bath to lining, lining to hall, electrodes to hall. */
  bathToLining: number;
  liningToHall: number;
  electrodeLoss: number;
  /** Radiating surface times emissivity, m2. */
  surface: number;
  ambient: number;
  /** J per kg of metal, cold feed to hot products. */
  reactionHeat: number;
  /** Voltage noise of a healthy cell, V rms. */
  noise: number;
}

/** Rectifier with a ceiling in V, or the forced current of a series line. */
export type Supply = { kind: "dedicated"; ceiling: number } | { kind: "series" };

/** Parameters of a cell with the side loss of PrNd; `cellParams` fits that loss to the recipe. */
export function baseParams(recipe: Recipe, cellClass: Pick<CellClass, "current" | "currentEfficiency">, supply: Supply): CellParams {
  const size = cellClass.current / REFERENCE_CURRENT;
  return {
    size,
    nominal: cellClass.current,
    reference: recipe.temperature,
    molarMass: recipe.molarMass,
    oxideRatio: recipe.oxideRatio,
    efficiency: 0.775 + cellClass.currentEfficiency - REFERENCE_EFFICIENCY,
    ceiling: supply.kind === "dedicated" ? supply.ceiling : Number.POSITIVE_INFINITY,
    depth: 0.42,
    cathodeRadius: 0.04,
    anodeRadius: 0.15,
    bath: 320 * size,
    metal: 10 * size,
    bathDensity: 4600,
    metalDensity: 6600,
    section: 0.19 * size,
    externalOhm: EXTERNAL_OHM / size,
    filmOhm: 3.6e-3 / size,
    bathHeat: 5.6e5 * size,
    liningHeat: 6.5e5 * size,
    bathToLining: 260 * size,
    liningToHall: 26 * size,
    electrodeLoss: 5.3 * size,
    surface: 0.55 * 0.16 * size,
    ambient: 30,
    reactionHeat: 5.85e6,
    noise: 0.056,
  };
}
