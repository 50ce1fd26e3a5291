/** The check bench of the model's tests: the identification state, anodes worn 19 mm, 10 kg metal, wear and level frozen. */
import { expect } from "vitest";
import { type CellInput, type CellState, cellParams, createCell, createInput, type Supply, step } from "./index.ts";

export const PRND = { molarMass: 0.143394, oxideRatio: 1.1768, temperature: 1050 };
export const SIX_KA = { current: 6000, currentEfficiency: 0.763 };
export const OWN: Supply = { kind: "dedicated", ceiling: 24 };

export interface Rig {
  cell: CellState;
  input: CellInput;
  second: number;
}

export function rig(supply: Supply = OWN): Rig {
  const params = cellParams(PRND, SIX_KA, supply);
  return { cell: createCell(params), input: createInput(params), second: 0 };
}

/** One second with wear and level frozen. */
export function tick(r: Rig, dt = 1): void {
  step(r.cell, r.input, dt);
  r.cell.wear.fill(0.019);
  r.cell.metal = r.cell.params.metal;
  r.cell.bath = r.cell.params.bath;
  r.second += dt;
}

/** Runs to `minute`, doing `each` before every second. */
export function until(r: Rig, minute: number, each: (r: Rig) => void = () => undefined): Rig {
  while (r.second < minute * 60 - 1e-6) {
    each(r);
    tick(r);
  }
  return r;
}

/** Feeds what is consumed and holds the dissolved oxide. */
export function holdOxide(percent: number): (r: Rig) => void {
  return ({ cell, input }) => {
    input.feed = cell.oxideRate / 0.985;
    cell.dissolved = (percent / 100) * cell.bath;
  };
}

const settled = new Map<string, Rig>();

/** A copy of the steady state at `percent` oxide, its clock at 0. */
export function steady(percent = 2.2, supply: Supply = OWN): Rig {
  const key = `${percent} ${supply.kind}`;
  let found = settled.get(key);
  if (found === undefined) {
    found = until(rig(supply), 3 * 24 * 60, holdOxide(percent));
    holdOxide(percent)(found);
    found.second = 0;
    settled.set(key, found);
  }
  return structuredClone(found);
}

/** Minutes until the film latches, from now. */
export function minutesToEffect(r: Rig, each: (r: Rig) => void = () => undefined): number {
  while (!r.cell.anodeEffect && r.second < 24 * 3600) {
    each(r);
    tick(r);
  }
  return r.second / 60;
}

export const near = (value: number, wanted: number, tolerance: number): void => {
  expect(Math.abs(value - wanted), `${value} against ${wanted} ± ${tolerance}`).toBeLessThanOrEqual(tolerance);
};
export const kelvin = (value: number, wanted: number): void => near(value, wanted, 1);
export const volt = (r: Rig, wanted: number): void => near(r.cell.voltage, wanted, 0.03);
export const points = (r: Rig, wanted: number): void => near(r.cell.efficiency * 100, wanted, 0.3);
export const minutes = (value: number, wanted: number): void => near(value, wanted, 0.03 * wanted);
