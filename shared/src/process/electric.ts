/** Current, voltage and current shares of a cell for its present state. */
import { ANODES, FARADAY, GAS_CONSTANT, KELVIN } from "./params.ts";
import { type CellInput, type CellState, immersion, oxidePercent, saturation } from "./state.ts";

/** Tafel slope in V per e-fold and exchange current density, A/cm2. */
const TAFEL = 0.26 / Math.LN10;
const EXCHANGE = 0.0041;
const EMF_DECAY_S = 3600;

/** Conductances of the last call; the model runs on one thread and reads them at once. */
const scratch = new Float64Array(ANODES);

/** Sets current, voltage, load and shares (process model, equations of the voltage). `dt` in s. */
export function solveElectric(state: CellState, input: CellInput, dt: number): void {
  const p = state.params;
  const depth = immersion(state);
  const thermal = (GAS_CONSTANT * (state.temperature + KELVIN)) / FARADAY;
  const warm = state.temperature - p.reference;
  const w = oxidePercent(state);
  const reversible = 1.355 - 4e-4 * warm - (thermal / 6) * Math.log(w / saturation(state));
  const critical = Math.max(0.05, 2.35 * (Math.sqrt(w) - 0.4) * (1 + 0.0008 * warm));
  const area = anodeArea(state, input, depth);
  const forced = p.ceiling === Number.POSITIVE_INFINITY;
  let current = forced ? input.current : Math.min(input.current, state.current > 0 ? state.current : input.current);
  let overvoltage = 0;
  let total = 0;
  for (let pass = 0; pass < 3; pass++) {
    state.density = current / (area * 1e4);
    state.ratio = state.density / critical;
    state.load = Math.min(state.ratio, 0.995);
    overvoltage = TAFEL * Math.asinh(state.density / (2 * EXCHANGE)) - thermal * Math.log(1 - state.load);
    state.bathOhm = bathResistance(state, input, depth);
    total = state.bathOhm + p.externalOhm + p.filmOhm * state.film;
    const next = forced ? input.current : Math.max(0, Math.min(input.current, (p.ceiling - reversible - overvoltage) / total));
    if (next === current) break;
    current = next;
  }
  state.current = current;
  state.emf = current > 0 ? 1 : state.emf * Math.exp(-dt / EMF_DECAY_S);
  state.voltage = current > 0 ? reversible + overvoltage + current * total : reversible * state.emf;
}

/** Working surface of all anodes, m2. */
function anodeArea(state: CellState, { beam, contact }: CellInput, depth: number): number {
  let area = 0;
  for (let k = 0; k < ANODES; k++) {
    const radius = state.params.anodeRadius + (state.wear[k] as number) + beam;
    area += 2 * Math.PI * radius * (depth / ANODES) * (contact[k] as number);
  }
  return area * state.params.size;
}

/** Parallel paths from each anode to the cathode through the bubbly bath, Ohm; sets the shares. */
function bathResistance(state: CellState, { beam, contact, bathOhm }: CellInput, depth: number): number {
  const p = state.params;
  const bubbles = 0.06 + 0.1 * state.load * state.load;
  const conductivity = 520 * (1 + 0.0018 * (state.temperature - p.reference)) * (1 - bubbles) ** 1.5;
  let sum = 0;
  for (let k = 0; k < ANODES; k++) {
    const radius = p.anodeRadius + (state.wear[k] as number) + beam;
    const g = ((p.size * 2 * Math.PI * conductivity * (depth / ANODES)) / Math.log(radius / p.cathodeRadius)) * (contact[k] as number);
    scratch[k] = g;
    sum += g;
  }
  for (let k = 0; k < ANODES; k++) state.share[k] = (scratch[k] as number) / sum;
  return bathOhm / sum;
}
