/** Estimate of the dissolved oxide AY-301: a mass balance, corrected by the resistance slope where the feed deficit is known. */

/** Oxide, wt%, and how steeply the resistance falls with it there, µOhm/wt% (process model, table of figures). */
const OXIDE = [1.0, 1.2, 1.4, 1.8, 2.2, 2.6, 3.4];
const STEEPNESS = [722, 261, 154, 73, 42, 28, 15];
/** Deficit below which the slope says nothing, wt%/min. */
const LEAST = 0.006;
const TARGET_PULL_MIN = 480;

export class OxideEstimate {
  value: number;

  constructor(start: number) {
    this.value = start;
  }

  /** One minute: `fed` and `used` kg/h, `bath` kg, `slope` µOhm/min, or NaN where it is blanked. */
  minute(fed: number, used: number, bath: number, slope: number): void {
    const change = ((0.985 * fed - used) / 60 / bath) * 100;
    this.value += change - (this.value - 2) / TARGET_PULL_MIN;
    const steepness = -slope / change;
    if (Math.abs(change) > LEAST && steepness > 0) this.value += 0.3 * (oxideAt(steepness) - this.value);
    this.value = Math.min(6, Math.max(0, this.value));
  }
}

/** Inverse of the table, linear between its points. */
export function oxideAt(steepness: number): number {
  const n = OXIDE.length;
  if (steepness >= (STEEPNESS[0] as number)) return OXIDE[0] as number;
  for (let i = 1; i < n; i++) {
    const low = STEEPNESS[i] as number;
    if (steepness < low) continue;
    const high = STEEPNESS[i - 1] as number;
    const part = (steepness - low) / (high - low);
    return (OXIDE[i] as number) + part * ((OXIDE[i - 1] as number) - (OXIDE[i] as number));
  }
  return OXIDE[n - 1] as number;
}
