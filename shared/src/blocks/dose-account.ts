/**
 * Feeder dose accounting without a weigh cell: what the resistance says of the oxide that arrived. A cell that gets less than it uses
 * turns lean, and its resistance rises; the rise of half an hour, less what wear and metal explain, is the oxide that is missing.
 */

/** What one minute brings. */
export interface DoseInput {
  /** Shots counted times their size, and oxide used by Faraday's law, kg/h. */
  commanded: number;
  used: number;
  /** Metal in the cell against any fixed time, kg: made by Faraday's law, less taps as weighed at the receiver. */
  metal: number;
  /** Pseudo-resistance, temperature compensated, µOhm. */
  resistance: number;
  /** Something disturbs the resistance, or it is not to be believed: the minute is passed over. */
  blind: boolean;
  /** It has moved for good by nobody knows how much: what was before cannot be compared with what comes. */
  moved: boolean;
}

/** State of one account. */
export interface DoseAccount {
  /** Oxide inferred to have arrived in the last half hour, kg/h, and its share of what was commanded; as last known. */
  inferred: number;
  share: number;
  /** False while too little of the half hour can be compared. */
  known: boolean;
  /** Nominal current over 6 kA. */
  readonly size: number;
  /** Dissolved oxide by what was commanded, wt%. */
  oxide: number;
  stretch: number;
  minutes: number;
  /** The last half hour, newest last: resistance as if the metal stood still, NaN where blind; and its stretch. */
  readonly level: Float64Array;
  readonly stretches: Float64Array;
  readonly commanded: Float64Array;
  readonly used: Float64Array;
}

const MINUTES = 30;
/** Share of a full half hour's weight below which a slope says nothing; and what stands against it: a weak slope is believed in part. */
const LEAST = 0.15;
const DOUBT = 0.05;
/** Metal displaces bath and lifts its level, µOhm/kg; anodes wear, µOhm/min. */
const METAL_UOHM = 2.75;
const WEAR_UOHM = 0.11;
const BATH_KG = 320;
const REACHES_BATH = 0.985;
/** Where a cell is held, wt%, and how long it takes to be there again, min. */
const USUAL_OXIDE = 2;
const PULL_MIN = 480;
const MOST_SHARE = 2;

/** `size`: nominal current over 6 kA. */
export function createDoseAccount(size = 1): DoseAccount {
  const column = (): Float64Array => new Float64Array(MINUTES).fill(Number.NaN);
  const columns = { level: column(), stretches: column(), commanded: column(), used: column() };
  return { inferred: 0, share: 1, known: false, size, oxide: USUAL_OXIDE, stretch: 0, minutes: 0, ...columns };
}

/** One minute (process model, "Dose accounting"). */
export function stepDoseAccount(d: DoseAccount, { commanded, used, metal, resistance, blind, moved }: DoseInput): void {
  if (moved) d.stretch++;
  d.minutes++;
  const explained = (METAL_UOHM * metal) / (d.size * d.size) - (WEAR_UOHM * d.minutes) / d.size;
  push(d.level, blind || moved ? Number.NaN : resistance + explained);
  push(d.stretches, d.stretch);
  push(d.commanded, commanded);
  push(d.used, used);
  d.oxide += percentPerMinute(d, REACHES_BATH * commanded - used) - (d.oxide - USUAL_OXIDE) / PULL_MIN;
  d.oxide = Math.min(4, Math.max(1, d.oxide));
  infer(d);
}

/** As long as it is not known anew, the share stands. */
function infer(d: DoseAccount): void {
  const asked = mean(d.commanded);
  const { rise, weight } = slope(d);
  d.known = asked > 0 && weight >= LEAST;
  if (d.known) {
    const arrived = (mean(d.used) - rise / percentPerMinute(d, steepness(d.oxide) / d.size)) / REACHES_BATH;
    const share = 1 + ((arrived / asked - 1) * weight) / (weight + DOUBT);
    d.share = Math.min(MOST_SHARE, Math.max(0, share));
  }
  if (asked >= 0) d.inferred = d.share * asked;
}

/** wt% a minute that `rate` kg/h makes of the bath. */
function percentPerMinute({ size }: DoseAccount, rate: number): number {
  return ((rate / 60) * 100) / (BATH_KG * size);
}

/** µOhm per wt% of oxide that a 6 kA cell loses, 1.2 to 2.6 wt% (process model, table of figures). */
function steepness(oxide: number): number {
  return 42 * (2.2 / oxide) ** 2.9;
}

/** µOhm/min over all stretches, each about its own mean, and its weight: 1 for a half hour in one piece, less the shorter the stretches. */
function slope({ level, stretches }: DoseAccount): { rise: number; weight: number } {
  let up = 0;
  let down = 0;
  for (let from = 0, to = 0; from < MINUTES; from = to) {
    let [n, t, y, tt, ty] = [0, 0, 0, 0, 0];
    for (to = from; to < MINUTES && Object.is(stretches[to], stretches[from]); to++) {
      const value = level[to] as number;
      if (Number.isNaN(value)) continue;
      n++;
      t += to;
      y += value;
      tt += to * to;
      ty += to * value;
    }
    if (n === 0) continue;
    up += ty - (t * y) / n;
    down += tt - (t * t) / n;
  }
  return { rise: up / down, weight: (12 * down) / (MINUTES * (MINUTES * MINUTES - 1)) };
}

function push(column: Float64Array, value: number): void {
  column.copyWithin(0, 1);
  column[MINUTES - 1] = value;
}

/** Of what is there. */
function mean(column: Float64Array): number {
  let sum = 0;
  let n = 0;
  for (const value of column) {
    if (Number.isNaN(value)) continue;
    sum += value;
    n++;
  }
  return sum / n;
}
