/** The supply of a line: its trip and way back, losses, cooling, transformer tap and meter. */
import type { CellSum } from "./sum.ts";

/** YS-009. */
export const TRIP = { none: 0, outside: 1, temperature: 2 } as const;

/** Losses against rated power: at no load, and with the square of the current. */
const IDLE_LOSS = 0.008;
const LOAD_LOSS = 0.042;
/** Semiconductors above their water at full load K, their time constant s, trip and way back °C. */
const RISE_K = 35;
const HEAT_S = 180;
const TRIP_C = 110;
const BACK_C = 60;
/** Seconds from nothing to full current after a trip. */
const RESTART_S = 300;
/** The tap changer keeps the bridge this far controlled: voltage needed against voltage there, and waits, s. */
const HIGH = 0.97;
const LOW = 0.9;
const TAP_WAIT_S = 60;
const TAPS = 17;
const QUARTER = 15;
/** µS/cm held by the polisher at working temperature, and how slowly it does, s. */
const CLEAN = 0.3;
const POLISH_S = 3600;

export interface RectifierRating {
  /** Nominal current of a cell A, its voltage V, and how many there are. */
  current: number;
  volts: number;
  cells: number;
  /** A thyristor bridge for a series line; else a converter per cell behind one transformer. */
  bridge: boolean;
}

export class Rectifier {
  /** Most current for a cell, A; Infinity in sound operation. */
  amps = Number.POSITIVE_INFINITY;
  /** kW: from the grid, lost as heat, rated, and mean of the last quarter of an hour with the line's drives. */
  power = 0;
  loss = 0;
  readonly rated: number;
  demand = 0;
  factor = 0;
  temperature: number;
  conductivity = CLEAN;
  tap = 9;
  kWh = 0;
  readonly #rating: RectifierRating;
  #ordered = false;
  #hot = false;
  #wait = 0;
  #seconds = 0;
  #minute = 0;
  readonly #minutes = new Float64Array(QUARTER);

  constructor(rating: RectifierRating, water: number) {
    this.#rating = rating;
    this.rated = (rating.current * rating.volts * rating.cells) / 1000;
    this.temperature = water + RISE_K;
  }

  /** YS-009. */
  get code(): number {
    if (this.#hot) return TRIP.temperature;
    return this.#ordered ? TRIP.outside : TRIP.none;
  }

  /** Trips the line, or lets it come back. */
  trip(on: boolean): void {
    this.#ordered = on;
    if (on) this.amps = 0;
  }

  /** One second: `water` 0..1 of its sound flow at `waterIn` °C cools it, `drives` kW hang on the same meter. */
  second(sum: CellSum, { water, waterIn, drives }: { water: number; waterIn: number; drives: number }): void {
    const { load } = sum;
    this.#restart();
    this.loss = this.code === TRIP.none ? this.rated * (IDLE_LOSS + LOAD_LOSS * load * load) : 0;
    this.power = this.code === TRIP.none ? sum.power + this.loss : 0;
    this.#heat(waterIn + (RISE_K * load * load) / Math.max(0.25, water));
    this.#moveTap(sum);
    this.conductivity += (CLEAN * (1 + 0.02 * (this.temperature - waterIn - RISE_K)) - this.conductivity) / POLISH_S;
    this.#measure(this.power + drives);
  }

  #restart(): void {
    if (this.code !== TRIP.none) this.amps = 0;
    else if (this.amps < 1.2 * this.#rating.current) this.amps += this.#rating.current / RESTART_S;
    else this.amps = Number.POSITIVE_INFINITY;
  }

  /** Towards `target` °C; too hot it trips itself, and is reset when it has cooled. */
  #heat(target: number): void {
    this.temperature += (target - this.temperature) / HEAT_S;
    if (this.temperature > TRIP_C) this.#hot = true;
    else if (this.temperature < BACK_C) this.#hot = false;
  }

  #moveTap({ volts, load }: CellSum): void {
    const { bridge } = this.#rating;
    const there = 1.06 + 0.02 * (this.tap - 9);
    const open = volts / this.#rating.volts / there;
    this.factor = load < 0.01 ? 0 : bridge ? 0.98 * Math.min(1, open) : (0.97 * load) / Math.hypot(load, 0.1);
    const step = load < 0.1 ? 0 : open > HIGH ? 1 : open < LOW ? -1 : 0;
    this.#wait = step === 0 ? 0 : this.#wait + 1;
    if (this.#wait < TAP_WAIT_S) return;
    this.tap = Math.min(TAPS, Math.max(1, this.tap + step));
    this.#wait = 0;
  }

  #measure(power: number): void {
    this.kWh += power / 3600;
    this.#minute += power;
    if (++this.#seconds % 60 !== 0) return;
    this.#minutes.copyWithin(0, 1);
    this.#minutes[QUARTER - 1] = this.#minute / 60;
    this.#minute = 0;
    this.demand = this.#minutes.reduce((sum, each) => sum + each, 0) / QUARTER;
  }
}
