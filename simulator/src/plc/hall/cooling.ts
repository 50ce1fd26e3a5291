/** The cooling water of a line: pump, header, tank with its cooler and make-up. */
import type { Services } from "./services.ts";
import { type CellSum, WATER_HEAT } from "./sum.ts";

/** Pump: how fast it comes up and runs down, s; shut-off pressure and what the header takes of it at sound flow, kPa. */
const PUMP_S = 4;
const SHUT_OFF_KPA = 420;
const HEADER_KPA = 70;
/** Water of a cell and of its share of the rectifier, kg/s, and in the tank, kg. */
const CELL_WATER = 1 / 3;
const RECTIFIER_WATER = 0.2;
const TANK_KG = 500;
/** Heat a cell's clamps give at nominal current, W. */
const CLAMP_HEAT = 3000;
/** The cooler holds the tank here, °C, within half the band, against this wet bulb. */
const HOLD_C = 32;
const BAND_K = 4;
const WET_BULB_C = 22;
const EVAPORATION_HEAT = 2.45e6;
/** The float valve opens and closes at these levels, %, and lets in so much, kg/s per cell. */
const MAKE_UP_AT = 70;
const MAKE_UP_TO = 85;
const MAKE_UP = 0.02;

export class Cooling {
  running = true;
  /** kg/s in the header, and its pressure, kPa. */
  flow = 0;
  pressure = 0;
  /** °C to and from the cells. */
  supply = HOLD_C;
  back = HOLD_C;
  /** % of the tank. */
  level: number;
  #speed = 1;
  #filling = false;
  readonly #cells: number;
  /** W/K of the cooler: twice the nominal heat between the tank and the wet bulb. */
  readonly #cooler: number;

  /** `rectifier`: W of heat it gives to the water at nominal load. */
  constructor(cells: number, rectifier: number, level: number) {
    this.#cells = cells;
    this.#cooler = (2 * (CLAMP_HEAT * cells + rectifier)) / (HOLD_C - WET_BULB_C);
    this.level = level;
  }

  /** One second: `loss` W of the rectifier go into the same water. Sets what the cells have of it. */
  second(sum: CellSum, loss: number, services: Services): void {
    this.#speed += ((this.running ? 1 : 0) - this.#speed) / PUMP_S;
    const water = this.#speed < 0.01 ? 0 : this.#speed;
    this.flow = sum.water + RECTIFIER_WATER * this.#cells * water;
    const sound = (CELL_WATER + RECTIFIER_WATER) * this.#cells;
    this.pressure = Math.max(0, SHUT_OFF_KPA * water * water - HEADER_KPA * (this.flow / sound) ** 2);
    const heat = this.flow > 0 ? sum.heat + loss : 0;
    if (this.flow > 0) this.back = this.supply + heat / (this.flow * WATER_HEAT);
    this.#cool(heat, water);
    services.water = water;
    services.waterIn = this.supply;
  }

  #cool(heat: number, water: number): void {
    const open = Math.min(1, Math.max(0, 0.5 + (this.supply - HOLD_C) / BAND_K));
    const cooled = water * open * this.#cooler * (this.supply - WET_BULB_C);
    const tank = TANK_KG * this.#cells;
    this.supply += (heat - cooled) / (tank * WATER_HEAT);
    if (this.level < MAKE_UP_AT) this.#filling = true;
    else if (this.level > MAKE_UP_TO) this.#filling = false;
    const madeUp = this.#filling ? MAKE_UP * this.#cells : 0;
    this.level += (100 * (madeUp - cooled / EVAPORATION_HEAT)) / tank;
  }
}
