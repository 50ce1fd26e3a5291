/** The cell model: one step of one cell, in place, without allocation. Simulator, twin and what-if run this same function. */
import { solveElectric } from "./electric.ts";
import { gauss, type Rng } from "./noise.ts";
import { ANODES, BOLTZMANN, type CellParams, FARADAY, KELVIN } from "./params.ts";
import { type CellInput, type CellState, immersion, oxidePercent, saturation } from "./state.ts";

const CARBON = 0.012011;
const GRAPHITE_DENSITY = 1720;
/** Share of CO in the anode gas; the rest is CO2. */
export const CO_SHARE = 0.7;
/** Electrons per carbon leaving as CO or CO2. */
const ELECTRONS = 2 * CO_SHARE + 4 * (1 - CO_SHARE);
/** Carbon burnt by air, per carbon burnt by the reaction. */
export const AIR_BURN = 0.35;
/** Share of the fed oxide that reaches the bath; the rest leaves as dust. */
export const REACHES_BATH = 0.985;
const CLAMP_HEAT = 1.6e4;
const WATER_HEAT = 4186;
const NOISE_MEMORY = 0.6;

/**
 * Advances `state` by `dt` s (0.1 to 1; Euler, the film exactly) under `input`. `rng` colours the voltage; without it the cell is silent.
 * Equations: process model, "The equations".
 */
export function step(state: CellState, input: CellInput, dt: number, rng?: Rng): void {
  solveElectric(state, input, dt);
  state.efficiency = currentEfficiency(state, input.beam);
  state.metalRate = (state.efficiency * state.current * state.params.molarMass) / (3 * FARADAY);
  state.oxideRate = state.params.oxideRatio * state.metalRate;
  const heating = heatBalance(state, input);
  const lining = liningBalance(state);
  const carbon = gases(state, dt);
  wearAnodes(state, input.beam, carbon, dt);
  account(state, input, dt);
  moveOxide(state, input.feed, dt);
  moveMasses(state, input, dt);
  state.temperature += heating * dt;
  state.lining += lining * dt;
  coolClamp(state, input, dt);
  moveFilm(state, input.stir, dt);
  if (rng !== undefined) colourVoltage(state, rng, dt);
}

/** Losses by heat, cold, a narrow gap, sludge and a crowded anode; the film takes three quarters of what is left. */
function currentEfficiency(state: CellState, beam: number): number {
  const p = state.params;
  const best = p.reference - 5;
  const warm = state.temperature - best;
  const hot = warm > 0 ? 1.1e-3 * warm + 8e-6 * warm * warm : 0;
  const cold = warm < 0 ? -1.6e-3 * warm : 0;
  let wear = 0;
  for (let k = 0; k < ANODES; k++) wear += state.wear[k] as number;
  const gap = p.anodeRadius + beam + wear / ANODES - p.cathodeRadius;
  const narrow = 0.09 * Math.max(0, 0.125 / gap - 1);
  const muddy = 0.004 * Math.max(0, state.sludge / p.size - 1);
  const crowded = (0.03 * Math.max(0, state.load - 0.8)) / 0.2;
  return Math.max(0, p.efficiency - hot - cold - narrow - muddy - crowded) * (1 - 0.75 * state.film);
}

/**
 * Heat left for the lining when the bath holds its temperature at balanced feed, W. Changes no temperature, only the electrical results.
 */
export function heatIntoLining(state: CellState, input: CellInput): number {
  solveElectric(state, input, 0);
  state.efficiency = currentEfficiency(state, input.beam);
  state.metalRate = (state.efficiency * state.current * state.params.molarMass) / (3 * FARADAY);
  state.oxideRate = state.params.oxideRatio * state.metalRate;
  const drawn = heatBalance(state, { ...input, feed: state.oxideRate / REACHES_BATH }) * state.params.bathHeat;
  return drawn + state.params.bathToLining * (state.temperature - state.lining);
}

/** K/s of the bath. */
function heatBalance(state: CellState, input: CellInput): number {
  const p = state.params;
  const kelvin = state.temperature + KELVIN;
  const ambient = p.ambient + KELVIN;
  const electric = state.current * (state.voltage - 0.4 * state.current * p.externalOhm);
  const excess = Math.max(0, input.feed - state.oxideRate) * 500 * (state.temperature - 25);
  const radiated = p.surface * BOLTZMANN * (kelvin ** 4 - ambient ** 4);
  const conducted = p.electrodeLoss * (state.temperature - p.ambient) + p.bathToLining * (state.temperature - state.lining);
  return (electric + input.heat - state.metalRate * p.reactionHeat - excess - radiated - conducted) / p.bathHeat;
}

/** K/s of the lining. */
function liningBalance(state: CellState): number {
  const p = state.params;
  return (p.bathToLining * (state.temperature - state.lining) - p.liningToHall * (state.lining - p.ambient)) / p.liningHeat;
}

/** Gases of the anode; returns the carbon they took, kg/s. */
function gases(state: CellState, dt: number): number {
  const { film, load, current, totals } = state;
  const fluoride = 0.2 * film + ((1 - film) * 0.004) / (1 + Math.exp(-(load - 0.9) / 0.03));
  state.gasRate = (current * (1 - fluoride)) / (FARADAY * ELECTRONS);
  const cf4 = (0.9 * fluoride * current) / (4 * FARADAY);
  const c2f6 = (0.1 * fluoride * current) / (6 * FARADAY);
  state.cf4Rate = cf4 * 88.004;
  const carbon = CARBON * (state.gasRate + cf4 + 2 * c2f6);
  totals.cf4 += cf4 * 0.088004 * dt;
  totals.c2f6 += c2f6 * 0.138012 * dt;
  totals.co += CO_SHARE * state.gasRate * 0.02801 * dt;
  totals.co2 += (1 - CO_SHARE) * state.gasRate * 0.04401 * dt;
  totals.carbon += (1 + AIR_BURN) * carbon * dt;
  return carbon;
}

/** Each anode recedes by its share of the carbon over its own face. */
function wearAnodes(state: CellState, beam: number, carbon: number, dt: number): void {
  const p = state.params;
  const depth = immersion(state);
  for (let k = 0; k < ANODES; k++) {
    const face = 2 * Math.PI * (p.anodeRadius + (state.wear[k] as number) + beam) * (depth / ANODES) * p.size;
    state.wear[k] = (state.wear[k] as number) + (carbon * (state.share[k] as number) * dt) / (GRAPHITE_DENSITY * face);
  }
}

function account(state: CellState, input: CellInput, dt: number): void {
  const totals = state.totals;
  totals.kWh += (state.voltage * state.current * dt) / 3.6e6;
  totals.kAh += (state.current * dt) / 3.6e6;
  totals.metal += state.metalRate * dt;
  totals.oxide += input.feed * dt;
}

/** Fed oxide is suspended, then dissolves or settles; sludge returns slowly; above saturation oxide precipitates. */
function moveOxide(state: CellState, feed: number, dt: number): void {
  const limit = saturation(state);
  const fill = oxidePercent(state) / limit;
  const room = Math.max(0, 1 - fill);
  const dissolving = (state.suspended / 110) * room;
  const settling = (state.suspended / 1500) * (0.15 + 0.85 * fill * fill * fill);
  const returning = (state.sludge / 7200) * room;
  const precipitating = Math.max(0, state.dissolved - (limit * state.bath) / 100) / 600;
  state.suspended += (REACHES_BATH * feed - dissolving - settling) * dt;
  state.sludge += (settling - returning + precipitating) * dt;
  state.dissolved = Math.max(0, state.dissolved + (dissolving + returning - precipitating - state.oxideRate) * dt);
}

/** Bath that leaves as fume, kg/s. */
export function evaporation({ params, temperature }: CellState): number {
  return 3.3e-5 * params.size * Math.exp(0.012 * (temperature - params.reference));
}

/** Metal made and tapped, bath evaporated and added. */
function moveMasses(state: CellState, input: CellInput, dt: number): void {
  state.metal = Math.max(0, state.metal + (state.metalRate - input.tap) * dt);
  state.bath = Math.max(0.1 * state.params.bath, state.bath + (input.bath - evaporation(state)) * dt);
}

function coolClamp(state: CellState, input: CellInput, dt: number): void {
  const share = state.current / state.params.nominal;
  const carried = input.coolingFlow * WATER_HEAT * 0.8 * (state.clamp - input.coolingIn);
  state.clamp += ((3000 * share * share - carried) / CLAMP_HEAT) * dt;
}

/** The film latches on at the critical current density and off well below it; it grows in 3 s and dies in 6 s. */
function moveFilm(state: CellState, stir: number, dt: number): void {
  if (state.ratio >= 1) state.anodeEffect = true;
  else if ((state.ratio / (1 - 0.5 * state.film)) * (1 - 0.35 * stir) < 0.7) state.anodeEffect = false;
  const target = state.anodeEffect ? 1 : 0;
  state.film += (target - state.film) * (1 - Math.exp(-dt / (state.anodeEffect ? 3 : 6)));
}

/** First-order coloured noise; four times in an anode effect, twice on a thick sludge. */
function colourVoltage(state: CellState, rng: Rng, dt: number): void {
  const p: CellParams = state.params;
  const memory = NOISE_MEMORY ** dt;
  const rms = p.noise * (state.film > 0.5 ? 4 : 1) * (state.sludge / p.size > 10 ? 2 : 1);
  state.noise = memory * state.noise + rms * Math.sqrt(1 - memory * memory) * gauss(rng);
}
