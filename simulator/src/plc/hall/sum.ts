/** What the cells of a line draw and give off together, in one second of process time. */
import { AIR_BURN, CO_SHARE, evaporation, REACHES_BATH } from "@cellhouse/shared/process";
import type { CellField } from "../field.ts";

/** Share of the water that takes part in the exchange at a clamp, and J/(kg K). */
const EXCHANGE = 0.8;
export const WATER_HEAT = 4186;
const CF4 = 88.004;

/** The line's cells added up; made once and filled each second. */
export interface CellSum {
  /** Current against nominal, voltage of the mean cell V, DC power kW. */
  load: number;
  volts: number;
  power: number;
  /** Cooling water of the cells kg/s, and the heat it takes up, W. */
  water: number;
  heat: number;
  /** Gases at the hoods, mol/s: carbon monoxide made, dioxide made and burnt of the anode, tetrafluoromethane. */
  co: number;
  co2: number;
  cf4: number;
  /** Oxide dust and fluoride fume, kg/s. */
  dust: number;
  fume: number;
  /** Gas behind the hoods, °C. */
  duct: number;
}

export function createSum(): CellSum {
  return { load: 0, volts: 0, power: 0, water: 0, heat: 0, co: 0, co2: 0, cf4: 0, dust: 0, fume: 0, duct: 0 };
}

const NOTHING = createSum();

/** Fills `sum` from the cells' fields. */
export function addUp(fields: readonly CellField[], sum: CellSum): void {
  Object.assign(sum, NOTHING);
  for (const field of fields) {
    addPower(field, sum);
    addGases(field, sum);
  }
  sum.load /= fields.length;
  sum.volts /= fields.length;
  sum.duct /= fields.length;
}

function addPower({ state, input }: CellField, sum: CellSum): void {
  sum.load += state.current / state.params.nominal;
  sum.volts += state.voltage;
  sum.power += (state.voltage * state.current) / 1000;
  sum.water += input.coolingFlow;
  sum.heat += input.coolingFlow * WATER_HEAT * EXCHANGE * (state.clamp - input.coolingIn);
}

function addGases({ state, input, duct }: CellField, sum: CellSum): void {
  sum.co += CO_SHARE * state.gasRate;
  sum.co2 += (1 - CO_SHARE + AIR_BURN) * state.gasRate;
  sum.cf4 += state.cf4Rate / CF4;
  sum.dust += (1 - REACHES_BATH) * input.feed;
  sum.fume += evaporation(state);
  sum.duct += duct.value;
}
