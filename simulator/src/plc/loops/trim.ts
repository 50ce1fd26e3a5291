/** Slow temperature trim: current where the cell has its own rectifier, anode beam on a series line. */

const PERIOD_S = 300;
const MOST = 0.03;
/** Per K, and per K h with its limit in K h. */
const GAIN = 0.0006;
const INTEGRAL_GAIN = 0.0007;
const MOST_INTEGRAL = 40;
/** Beam travel equal to a whole change of current, m: 8 mm heat like 1 %. */
const BEAM_PER_TRIM = 0.8;
/** Automatic beam speed, m/s: 5 mm/h. */
const BEAM_SPEED = 0.005 / 3600;

export class TemperatureTrim {
  /** Relative change of the current, ±0.03. */
  trim = 0;
  /** Automatic beam offset, m. */
  beam = 0;
  #integral = 0;
  #seconds = 0;

  /** Closes the loop where it stands: after a time by hand the next step begins from the trim as it is. */
  reseat(error: number): void {
    this.#integral = clampTo(MOST_INTEGRAL, (this.trim - GAIN * error) / INTEGRAL_GAIN);
  }

  /** One second. `error` = setpoint - temperature, K; `hold` freezes (anode effect, tap, bad temperature, manual); a beam under hands does not move. */
  second(error: number, hold: boolean, beam: boolean): void {
    if (beam) {
      const move = this.trim * BEAM_PER_TRIM - this.beam;
      this.beam += Math.sign(move) * Math.min(Math.abs(move), BEAM_SPEED);
    }
    if (++this.#seconds % PERIOD_S !== 0 || hold) return;
    this.#integral = clampTo(MOST_INTEGRAL, this.#integral + (error * PERIOD_S) / 3600);
    this.trim = clampTo(MOST, GAIN * error + INTEGRAL_GAIN * this.#integral);
  }
}

function clampTo(most: number, x: number): number {
  return Math.min(most, Math.max(-most, x));
}
