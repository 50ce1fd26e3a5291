/** Anode effect: detection each scan, local quench, and the risk published before it. */
import { type CellField, SCAN_S } from "./field.ts";
import type { Meters } from "./measure/meters.ts";
import type { Setpoints } from "./setpoints.ts";

type State = "watch" | "hold" | "ramp" | "standby";
const CUT_S = 3;
const STANDBY_S = 600;
const RETRIES = 2;
const REPEAT_S = 900;
/** Noise of a healthy cell over a minute of one-second means, mV. */
const BASE_NOISE_MV = 56;
/** The electrical part of the risk at no slope, no rise and healthy noise. */
const CALM = 1.6 * -2.2 - 1.2 - 0.4;
/** Series line: the crew's air lance is in the bath after this long; the line dips when the effect stands this long. */
const STIR_AFTER_S = 20;
const DIP_AFTER_S = 180;

export class AnodeEffect {
  active = false;
  /** Active now, or since it was last published. */
  seen = false;
  quench = false;
  /** Factor on the rectifier's demand. */
  cut = 1;
  risk = 0;
  /** Set once when a series line must dip. */
  wantsDip = false;
  /** Set once per quench: the shot is to be fed at full speed. */
  wantsShot = false;
  /** Seconds active. */
  total = 0;
  state: State = "watch";
  #elapsed = 0;
  #activeFor = 0;
  #calm = 0;
  #high = 0;
  #ceiling = 0;
  #limit = 0;
  #retries = 0;
  #sinceLast = Number.POSITIVE_INFINITY;
  readonly #ceilingVolts: number;
  readonly #series: boolean;

  constructor(field: CellField) {
    this.#ceilingVolts = field.state.params.ceiling;
    this.#series = this.#ceilingVolts === Number.POSITIVE_INFINITY;
  }

  /** 100 ms: `demand` is the current asked of the rectifier, A. */
  scan(field: CellField, meters: Meters, demand: number, limit: number): void {
    const { volts, amps } = field;
    this.#high = volts > meters.volts60 + 3 ? this.#high + SCAN_S : 0;
    this.#ceiling = volts > 0.95 * this.#ceilingVolts && amps < 0.9 * demand ? this.#ceiling + SCAN_S : 0;
    this.#limit = volts > limit ? this.#limit + SCAN_S : 0;
    if (!this.active && (this.#high >= 1 || this.#ceiling >= 1 || this.#limit >= 2)) this.#begin();
  }

  /** One second of the quench. `feederFault` makes a cut alone the only help. */
  second(field: CellField, meters: Meters, setpoints: Setpoints, feederFault: boolean): void {
    this.#sinceLast++;
    if (this.active) this.#burn(field, meters);
    if (this.state !== "watch") this.#elapsed++;
    if (this.#series) this.#helpSeries(field);
    else this.#runQuench(setpoints, feederFault);
    this.quench = this.state === "hold" || this.state === "ramp";
  }

  /**
   * Anode effect ahead, 0..1 (process model, "Risk of an anode effect"). While the slope is blanked, after a tap or a change of
   * current, only the feeder and the oxide estimate speak.
   */
  judge(meters: Meters, feederFault: boolean, oxide: number): void {
    const electric = meters.blanked
      ? CALM
      : 1.6 * (meters.slope - 2.2) + 1.2 * (meters.rise / 0.15 - 1) + 0.8 * (meters.noise / BASE_NOISE_MV - 1.5);
    const x = electric + (feederFault ? 2 : 0) + (oxide < 1.2 ? 1.5 : 0) - 1;
    this.risk = 1 / (1 + Math.exp(-x));
  }

  #begin(): void {
    this.active = true;
    this.seen = true;
    this.#activeFor = 0;
    this.#calm = 0;
    this.#retries = this.#sinceLast < REPEAT_S ? this.#retries + 1 : 0;
    this.#sinceLast = 0;
    this.#enter(this.#series ? "watch" : "hold");
    this.wantsShot = true;
  }

  /** Ends when the voltage has been normal for 3 s. */
  #burn(field: CellField, meters: Meters): void {
    this.total++;
    this.#activeFor++;
    this.#calm = meters.secondVolts < meters.volts60 + 0.5 ? this.#calm + 1 : 0;
    if (this.#calm < 3) return;
    this.active = false;
    field.input.stir = 0;
  }

  #enter(state: State): void {
    this.state = state;
    this.#elapsed = 0;
  }

  #runQuench(setpoints: Setpoints, feederFault: boolean): void {
    const low = setpoints.target("EIC-210.QPCT") / 100;
    if (this.state === "hold") {
      this.cut = Math.max(low, 1 - ((1 - low) * this.#elapsed) / CUT_S);
      if (this.#elapsed < setpoints.target("EIC-210.HOLD") || this.active) return;
      this.#enter(feederFault || this.#retries >= RETRIES ? "standby" : "ramp");
    } else if (this.state === "standby") {
      this.cut = low;
      if (!feederFault) this.wantsShot = true;
      if (!feederFault || this.#elapsed >= STANDBY_S) this.#enter("ramp");
    } else if (this.state === "ramp") {
      this.cut = Math.min(1, low + ((1 - low) * this.#elapsed) / setpoints.target("EIC-210.RAMP"));
      if (this.cut >= 1) this.#enter("watch");
    }
  }

  /** The current of one cell in series cannot be cut: shots and stirring, at last a dip of the whole line. */
  #helpSeries(field: CellField): void {
    if (!this.active) return;
    if (this.#activeFor === STIR_AFTER_S) field.input.stir = 1;
    if (this.#activeFor % DIP_AFTER_S === 0 && this.#activeFor > 0) this.wantsDip = true;
  }
}
