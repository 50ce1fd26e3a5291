/** Feeding in the PLC: dosing block, loss in weight, refill, and the quench burst. */
import { createDosing, createFeedCap, type DosingInput, dayFull, grantBurst, stepDosing, stepFeedCap } from "@cellhouse/shared/blocks";
import { type CellField, SCAN_S } from "../field.ts";

const WINDOW = 60;
const WINDOW_STEP_S = 10;
const REFILL_AT_KG = 18;
const REFILL_MOST_S = 120;
/** A hopper that was served and did not fill is tried again after this long; meanwhile the weight is believed. */
const REFILL_PAUSE_S = 600;
/** What the screw can do at full speed, kg/h. */
const BURST_KG_H = 36;
const LOW_KG = 15;
/** Weight filter, s. */
const FILTER_S = 10;

export class Feeder {
  readonly dosing = createDosing();
  /** kg/h over the last 10 min. */
  rate: number;
  /** kg, by loss in weight; a total never falls, so noise of the load cell is held back until it is caught up. */
  total = 0;
  refilling = false;
  /** Stopped by hand. */
  stopped = false;
  /** A day's feed has reached its cap. */
  full = false;
  /** Highest motor current since it was last published, A. */
  motorPeak = 0;
  /** Filtered hopper weight, kg. */
  weight: number;
  readonly #cap;
  /** kg still to be fed at full screw speed. */
  #burst = 0;
  #lost = 0;
  #refillFor = 0;
  #pause = 0;
  #lastWeight: number;
  #lastShots = 0;
  #seconds = 0;
  #settle = 0;
  readonly #window: Float64Array;
  readonly #scratch: DosingInput = { rate: 0, ready: false, weight: 0, motor: 0, refilling: false };

  constructor(field: CellField, nominal: number) {
    this.weight = field.weight;
    this.#lastWeight = field.weight;
    this.rate = nominal;
    this.#cap = createFeedCap(nominal);
    this.dosing.interval = (3.6 * this.dosing.shot) / nominal;
    const perStep = (nominal * WINDOW_STEP_S) / 3600;
    this.#window = Float64Array.from({ length: WINDOW }, (_, i) => (i - WINDOW) * perStep);
  }

  /** One scan: `rate` kg/h wanted, `ready` allows feeding. Drives the screw. */
  scan(field: CellField, rate: number, ready: boolean): void {
    if (!ready) this.#burst = 0; // what a stop has kept from the cell is not made up for
    const burst = this.#burst > 0;
    if (field.motor > this.motorPeak) this.motorPeak = field.motor;
    if (burst) this.#burst -= (BURST_KG_H * SCAN_S) / 3600;
    field.screw = stepDosing(this.dosing, this.#input(field, burst ? BURST_KG_H : rate, ready), SCAN_S);
  }

  #input(field: CellField, rate: number, ready: boolean): DosingInput {
    const input = this.#scratch;
    input.rate = rate;
    input.ready = ready;
    input.weight = this.weight;
    input.motor = field.motor;
    input.refilling = this.refilling;
    return input;
  }

  /** Up to `kg` at full screw speed, as far as the cap grants it. */
  askBurst(kg: number): void {
    if (kg > 0) this.#burst += grantBurst(this.#cap, kg);
  }

  /** One second: weighs, refills, and keeps the rate. While refilling the shots are counted instead of the weight. `forward` kg/h by Faraday. */
  second(field: CellField, forward: number): void {
    this.#refill(field);
    if (this.refilling || this.#settle > 0) this.weight = field.weight;
    else this.weight += (field.weight - this.weight) / FILTER_S;
    const shots = this.dosing.shots - this.#lastShots;
    this.#lastShots = this.dosing.shots;
    stepFeedCap(this.#cap, (shots * this.dosing.shot) / 1000, forward / 3600);
    if (this.refilling || this.#settle > 0) this.#lost += (shots * this.dosing.shot) / 1000;
    else this.#lost += this.#lastWeight - this.weight;
    if (this.#lost > this.total) this.total = this.#lost;
    this.#lastWeight = this.weight;
    if (this.#settle > 0) this.#settle--;
    if (++this.#seconds % WINDOW_STEP_S !== 0) return;
    this.#roll();
    this.full = dayFull(this.#cap);
  }

  get low(): boolean {
    return this.weight < LOW_KG;
  }

  #roll(): void {
    this.rate = Math.max(0, ((this.#lost - (this.#window[0] as number)) * 3600) / (WINDOW * WINDOW_STEP_S));
    this.#window.copyWithin(0, 1);
    this.#window[WINDOW - 1] = this.#lost;
  }

  #refill(field: CellField): void {
    if (this.#pause > 0) this.#pause--;
    else if (!this.refilling && field.weight < REFILL_AT_KG) {
      this.refilling = true;
      this.#refillFor = 0;
    } else if (this.refilling && (field.full || (field.served && ++this.#refillFor >= REFILL_MOST_S))) {
      this.refilling = false;
      this.#settle = 5;
      this.#pause = field.full ? 0 : REFILL_PAUSE_S;
    }
    field.refilling = this.refilling;
  }
}
