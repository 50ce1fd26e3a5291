/** Anode effect: seen within a scan, and foreseen as a risk. What is done about it is in `quench.ts`. */

/** What the detection looks at. */
export interface EffectInput {
  /** V and A as sampled. */
  volts: number;
  amps: number;
  /** Mean voltage of the last minute, V, held while an effect stands. */
  usual: number;
  /** Current asked of the rectifier, A, and the voltage it cannot pass; Infinity on a series line. */
  demand: number;
  ceiling: number;
  /** `EIC-210.V`, V. */
  limit: number;
}

/** How long each sign has stood, s. */
export interface EffectWatch {
  rise: number;
  pinned: number;
  over: number;
}

export function createEffectWatch(): EffectWatch {
  return { rise: 0, pinned: 0, over: 0 };
}

/** One scan of `dt` s: true while an effect is seen (process model, "Anode effect and quench"). */
export function seeEffect(watch: EffectWatch, input: EffectInput, dt: number): boolean {
  const { volts, amps, usual, demand, ceiling, limit } = input;
  watch.rise = volts > usual + 3 ? watch.rise + dt : 0;
  watch.pinned = volts > 0.95 * ceiling && amps < 0.9 * demand ? watch.pinned + dt : 0;
  watch.over = volts > limit ? watch.over + dt : 0;
  return watch.rise >= 1 || watch.pinned >= 1 || watch.over >= 2;
}

/** What the risk is judged by. */
export interface RiskInput {
  /** Slope of the pseudo-resistance, µOhm/min; rise of the voltage over 5 min, V; noise, mV rms. */
  slope: number;
  rise: number;
  noise: number;
  /** The three above are not to be judged: after a tap or a change of current. */
  blanked: boolean;
  feederFault: boolean;
  /** Dissolved oxide as estimated, wt%. */
  oxide: number;
}

/** Noise of a healthy cell over a minute of one-second means, mV. */
const BASE_NOISE_MV = 56;
/** The electrical part of the risk at no slope, no rise and healthy noise. */
const CALM = 1.6 * -2.2 - 1.2 - 0.4;

/** Anode effect ahead, 0..1 (process model, "Risk of an anode effect"). While blanked only the feeder and the oxide estimate speak. */
export function effectRisk({ slope, rise, noise, blanked, feederFault, oxide }: RiskInput): number {
  const electric = 1.6 * (slope - 2.2) + 1.2 * (rise / 0.15 - 1) + 0.8 * (noise / BASE_NOISE_MV - 1.5);
  const x = (blanked ? CALM : electric) + (feederFault ? 2 : 0) + (oxide < 1.2 ? 1.5 : 0) - 1;
  return 1 / (1 + Math.exp(-x));
}
