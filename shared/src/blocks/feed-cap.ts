/** How much may be fed at most: bursts over ten minutes, everything over a day. Once a second. */

const BURST_KG = 3;
const BURST_SLOTS = 10;
const BURST_SLOT_S = 60;
/** Full above the first, until it has come down to the second: a cap that comes and goes by the minute helps nobody. */
const DAY_SHARE = 1.2;
const DAY_SHARE_AGAIN = 1.15;
const DAY_SLOTS = 24;
const DAY_SLOT_S = 3600;

/** State of one feed cap: sums of the last ten minutes and of the last day, the present slot first to be written. */
export interface FeedCap {
  readonly bursts: Float64Array;
  readonly fed: Float64Array;
  readonly faraday: Float64Array;
  second: number;
  full: boolean;
}

/** `rate`, kg/h: what the cell has been fed before the start, as far as anyone knows. */
export function createFeedCap(rate: number): FeedCap {
  return {
    bursts: new Float64Array(BURST_SLOTS),
    fed: new Float64Array(DAY_SLOTS).fill(rate),
    faraday: new Float64Array(DAY_SLOTS).fill(rate),
    second: 0,
    full: false,
  };
}

/** One second in which `fed` kg were fed and Faraday's law asked for `faraday` kg. */
export function stepFeedCap(cap: FeedCap, fed: number, faraday: number): void {
  cap.second++;
  if (cap.second % BURST_SLOT_S === 0) cap.bursts[(cap.second / BURST_SLOT_S) % BURST_SLOTS] = 0;
  const hour = Math.floor(cap.second / DAY_SLOT_S) % DAY_SLOTS;
  if (cap.second % DAY_SLOT_S === 0) cap.fed[hour] = cap.faraday[hour] = 0;
  cap.fed[hour] = (cap.fed[hour] as number) + fed;
  cap.faraday[hour] = (cap.faraday[hour] as number) + faraday;
}

/** Takes a burst of up to `kg` and returns what is granted: at most 3 kg in ten minutes (process model, "Clamps"). */
export function grantBurst(cap: FeedCap, kg: number): number {
  const granted = Math.max(0, Math.min(kg, BURST_KG - sum(cap.bursts)));
  const slot = Math.floor(cap.second / BURST_SLOT_S) % BURST_SLOTS;
  cap.bursts[slot] = (cap.bursts[slot] as number) + granted;
  return granted;
}

/** A day's feed stands above 120 % of Faraday's: no more than Faraday's rate until it has come down to 115 %. */
export function dayFull(cap: FeedCap): boolean {
  cap.full = sum(cap.fed) > (cap.full ? DAY_SHARE_AGAIN : DAY_SHARE) * sum(cap.faraday);
  return cap.full;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] as number;
  return total;
}
