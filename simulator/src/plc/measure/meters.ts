/** Electrical measurements of the PLC: means and extremes, noise, pseudo-resistance and its slope, totals. */
import { SCAN_S } from "../field.ts";

/** Reversible voltage and overvoltage at the working point, V: the intercept of the pseudo-resistance. */
const INTERCEPT_V = 1.95;
const MINUTES = 10;
const MINUTE_S = 60;
/** Minutes the slope is not judged after a disturbance. */
const BLANK_S = 600;

export class Meters {
  /** Mean, minimum, maximum of the last published second. */
  mean = 0;
  min = 0;
  max = 0;
  amps = 0;
  /** Mean of the last process second. */
  secondVolts = 0;
  secondAmps = 0;
  /** Mean voltage over 60 s, V, held during an anode effect. */
  volts60 = 0;
  /** The current at which that was, A. */
  usualAmps = 0;
  /** Filtered current over 60 s, A. */
  amps60 = 0;
  noise = 56;
  resistance = 0;
  slope = 0;
  /** Rise of the mean voltage over 5 min, V. */
  rise = 0;
  kWh = 0;
  kAh = 0;
  #sum = 0;
  #sumAmps = 0;
  #low = Number.POSITIVE_INFINITY;
  #high = 0;
  #count = 0;
  #secondSum = 0;
  #secondAmpsSum = 0;
  #secondCount = 0;
  #square = 0;
  #noiseSum = 0;
  #minuteVolts = 0;
  #minuteAmps = 0;
  #seconds = 0;
  #blank = 0;
  #filled = 0;
  readonly #minutes = new Float64Array(MINUTES);
  readonly #history = new Float64Array(6);
  #historyFilled = 0;

  constructor(volts: number, amps: number) {
    this.volts60 = volts;
    this.usualAmps = amps;
    this.amps60 = amps;
    this.secondVolts = volts;
    this.secondAmps = amps;
    this.resistance = ((volts - INTERCEPT_V) / amps) * 1e6;
    this.sample(volts, amps);
    this.latch();
  }

  /** One 10 Hz sample. */
  sample(volts: number, amps: number): void {
    this.#sum += volts;
    this.#sumAmps += amps;
    this.#count++;
    if (volts < this.#low) this.#low = volts;
    if (volts > this.#high) this.#high = volts;
    this.#secondSum += volts;
    this.#secondAmpsSum += amps;
    this.#secondCount++;
    this.kWh += (volts * amps * SCAN_S) / 3.6e6;
    this.kAh += (amps * SCAN_S) / 3.6e6;
  }

  /** Closes the published second (wall time). */
  latch(): void {
    if (this.#count === 0) return;
    this.mean = this.#sum / this.#count;
    this.amps = this.#sumAmps / this.#count;
    this.min = this.#low;
    this.max = this.#high;
    this.#sum = this.#sumAmps = this.#count = this.#high = 0;
    this.#low = Number.POSITIVE_INFINITY;
  }

  /** Clears the slope and does not judge it for 10 min: after tap, anode change, beam move, change of current, anode effect. */
  blank(): void {
    this.#filled = 0;
    this.#blank = BLANK_S;
    this.slope = 0;
  }

  /** What the cell usually shows at its present current, V. */
  get usualVolts(): number {
    return INTERCEPT_V + ((this.volts60 - INTERCEPT_V) * this.secondAmps) / Math.max(1, this.usualAmps);
  }

  get blanked(): boolean {
    return this.#blank > 0;
  }

  /** Closes a process second. `warm`: K above the recipe's temperature; `hold`: an anode effect stands. */
  second(warm: number, hold: boolean): void {
    this.secondVolts = this.#secondSum / this.#secondCount;
    this.secondAmps = this.#secondAmpsSum / this.#secondCount;
    this.#secondSum = this.#secondAmpsSum = this.#secondCount = 0;
    this.amps60 += (this.secondAmps - this.amps60) / MINUTE_S;
    if (!hold) {
      this.volts60 += (this.secondVolts - this.volts60) / MINUTE_S;
      this.usualAmps += (this.secondAmps - this.usualAmps) / MINUTE_S;
    }
    this.#noiseSum += this.secondVolts;
    this.#square += this.secondVolts * this.secondVolts;
    this.#minuteVolts += this.secondVolts;
    this.#minuteAmps += this.secondAmps;
    if (this.#blank > 0) this.#blank--;
    if (++this.#seconds % MINUTE_S === 0) this.#minute(warm);
  }

  #minute(warm: number): void {
    const mean = this.#noiseSum / MINUTE_S;
    this.noise = 1000 * Math.sqrt(Math.max(0, this.#square / MINUTE_S - mean * mean));
    const volts = this.#minuteVolts / MINUTE_S;
    const amps = this.#minuteAmps / MINUTE_S;
    this.#noiseSum = this.#square = this.#minuteVolts = this.#minuteAmps = 0;
    this.#track(volts);
    if (amps < 500) {
      this.blank();
      return;
    }
    this.resistance = ((volts - INTERCEPT_V) / amps) * 1e6 * (1 + 0.0018 * warm);
    if (this.#blank > 0) return;
    if (this.#filled < MINUTES) this.#minutes[this.#filled++] = this.resistance;
    else {
      this.#minutes.copyWithin(0, 1);
      this.#minutes[MINUTES - 1] = this.resistance;
    }
    this.slope = this.#filled < MINUTES ? 0 : leastSquares(this.#minutes);
  }

  #track(volts: number): void {
    this.#history.copyWithin(0, 1);
    this.#history[5] = volts;
    if (this.#historyFilled < 6) this.#historyFilled++;
    this.rise = this.#historyFilled < 6 ? 0 : volts - (this.#history[0] as number);
  }
}

/** Slope per step of evenly spaced values. */
export function leastSquares(y: Float64Array): number {
  const n = y.length;
  const middle = (n - 1) / 2;
  let up = 0;
  let down = 0;
  for (let i = 0; i < n; i++) {
    up += (i - middle) * (y[i] as number);
    down += (i - middle) * (i - middle);
  }
  return up / down;
}
