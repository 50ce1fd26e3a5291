/** What one cell is at a moment, what acts on it, and what it has produced. */
import { ANODES, type CellParams, KELVIN } from "./params.ts";

/** What acts on the cell during a step. Preallocate one per cell and change its fields. */
export interface CellInput {
  /** Current demanded of the supply, A. */
  current: number;
  /** Oxide leaving the nozzle, kg/s. */
  feed: number;
  /** Outward offset of the anodes from their home position, m. */
  beam: number;
  /** 0 quiet .. 1 stirred. */
  stir: number;
  /** Heat put in from outside the model, W. */
  heat: number;
  /** Metal taken out, kg/s. */
  tap: number;
  /** Bath added (or, negative, carried out), kg/s. */
  bath: number;
  /** Cooling water of the clamps, kg/s, and its inlet, °C. */
  coolingFlow: number;
  coolingIn: number;
  /** Factor on the bath's resistance: above 1 under a crust, below 1 through a short. */
  bathOhm: number;
  /** Share of its contact each anode has left, 1 for a sound one. */
  readonly contact: Float64Array;
}

/** Running totals since the state was made. */
export interface CellTotals {
  kWh: number;
  kAh: number;
  /** kg. */
  metal: number;
  oxide: number;
  carbon: number;
  cf4: number;
  c2f6: number;
  co: number;
  co2: number;
}

export interface CellState {
  readonly params: CellParams;
  /** Bath, lining and clamp, °C. */
  temperature: number;
  lining: number;
  clamp: number;
  /** kg: bath, dissolved and suspended oxide, bottom sludge, metal. */
  bath: number;
  dissolved: number;
  suspended: number;
  sludge: number;
  metal: number;
  /** Wear of each anode, m. */
  readonly wear: Float64Array;
  /** Anode-effect film 0..1 and its latch. */
  film: number;
  anodeEffect: boolean;
  /** Share of the reversible voltage left after power off. */
  emf: number;
  /** Coloured voltage noise, V. */
  noise: number;
  /** Results of the last step. */
  current: number;
  /** V without noise. */
  voltage: number;
  bathOhm: number;
  /** Share of the current by anode. */
  readonly share: Float64Array;
  /** Current density over the critical one; `load` is the same capped at 0.995. */
  ratio: number;
  load: number;
  /** Current density at the anodes, A/cm2. */
  density: number;
  efficiency: number;
  /** kg/s. */
  metalRate: number;
  oxideRate: number;
  /** g/s of CF4, mol/s of carbon in CO and CO2. */
  cf4Rate: number;
  gasRate: number;
  readonly totals: CellTotals;
}

/** A cell at the identification state: 2.2 wt% oxide, anodes worn 19 mm, near the steady temperatures of its recipe. */
export function createCell(params: CellParams): CellState {
  return {
    params,
    temperature: params.reference + 0.8,
    lining:
      params.ambient + (params.bathToLining / (params.bathToLining + params.liningToHall)) * (params.reference + 0.8 - params.ambient),
    clamp: 34.7,
    bath: params.bath,
    dissolved: 0.022 * params.bath,
    suspended: 0.66 * params.size,
    sludge: 2.35 * params.size,
    metal: params.metal,
    wear: new Float64Array(ANODES).fill(0.019),
    film: 0,
    anodeEffect: false,
    emf: 1,
    noise: 0,
    current: params.nominal,
    voltage: 9.93,
    bathOhm: 1.2e-3 / params.size,
    share: new Float64Array(ANODES).fill(1 / ANODES),
    ratio: 0.5,
    load: 0.5,
    density: 1.34,
    efficiency: params.efficiency,
    metalRate: 0,
    oxideRate: 0,
    cf4Rate: 0,
    gasRate: 0,
    totals: { kWh: 0, kAh: 0, metal: 0, oxide: 0, carbon: 0, cf4: 0, c2f6: 0, co: 0, co2: 0 },
  };
}

/** Inputs of a quiet cell at nominal current, without feed. */
export function createInput(params: CellParams): CellInput {
  return {
    current: params.nominal,
    feed: 0,
    beam: 0,
    stir: 0,
    heat: 0,
    tap: 0,
    bath: 0,
    coolingFlow: 1 / 3,
    coolingIn: 32,
    bathOhm: 1,
    contact: new Float64Array(ANODES).fill(1),
  };
}

/** Dissolved oxide, wt% of the bath. */
export function oxidePercent(state: CellState): number {
  return Math.max(0.02, (100 * state.dissolved) / state.bath);
}

/** Solubility of the oxide at the bath's temperature, wt% (ln linear in 1/T; Guo et al.). */
export function saturation(state: CellState): number {
  const reference = state.params.reference + KELVIN;
  return 3.8 * Math.exp(-6000 * (1 / (state.temperature + KELVIN) - 1 / reference));
}

/** Immersed depth, m: the metal under the bath lifts its level. */
export function immersion(state: CellState): number {
  const p = state.params;
  return p.depth + ((state.bath - p.bath) / p.bathDensity + (state.metal - p.metal) / p.metalDensity) / p.section;
}
