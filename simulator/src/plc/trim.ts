/** Slow temperature trim: current where the cell has its own rectifier, anode beam on a series line. */

const PERIOD_S = 300;
const MOST = 0.03;
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

  /** One second. `error` = setpoint - temperature, K; `hold` freezes (anode effect, tap, bad temperature, manual). */
  second(error: number, hold: boolean, series: boolean): void {
    if (series) {
      const move = this.trim * BEAM_PER_TRIM - this.beam;
      this.beam += Math.sign(move) * Math.min(Math.abs(move), BEAM_SPEED);
    }
    if (++this.#seconds % PERIOD_S !== 0 || hold) return;
    this.#integral = Math.min(40, Math.max(-40, this.#integral + (error * PERIOD_S) / 3600));
    this.trim = Math.min(MOST, Math.max(-MOST, 0.0006 * error + 0.0007 * this.#integral));
  }
}
