/**
 * Demand feed: the cell is underfed until the slope of its resistance says that it turns lean, then overfed, and so on around the
 * narrow window. Once a minute, in the supervisor; a PLC without one feeds by Faraday's law.
 */

/** What one minute brings. */
export interface DemandInput {
  /** Feed-forward without `adapt`, kg/h. */
  base: number;
  /** Pseudo-resistance, µOhm, and its slope, µOhm/min. */
  resistance: number;
  slope: number;
  /** Voltage, current and temperature are good and nothing has disturbed the resistance lately. */
  trusted: boolean;
  /** `FIC-303.RU`, `FIC-303.RO`, and `XIC-207.THR`, µOhm/min. */
  under: number;
  over: number;
  threshold: number;
  /** Oxide fed in the last 24 h over what Faraday's law asked for; 1 where unknown. */
  dayShare: number;
}

export type DemandState = "base" | "under" | "over";

/** Why underfeeding ended. */
export type DemandReason = "slope" | "fast" | "probe";

/** State of one demand feed. */
export interface DemandFeed {
  state: DemandState;
  /** Order, kg/h. */
  rate: number;
  /** Correction of the feed-forward, 0.8..1.2. */
  adapt: number;
  /** The day's feed is off Faraday's law by more than 12 %: an alarm, and base feed. */
  deviating: boolean;
  /** The resistance stands further from its reference than feeding explains: the gap is to be checked. */
  gapSuspect: boolean;
  reason: DemandReason;
  /** Minutes in this state, and minutes running with a steep slope. */
  elapsed: number;
  steep: number;
  /** Of the cycle so far: kg/h summed over its minutes. */
  given: number;
  asked: number;
  /** Resistance at the beginning of underfeeding, averaged over cycles; NaN before the first. */
  reference: number;
  /** The last minutes' resistance, newest last; NaN where unknown. */
  readonly recent: Float64Array;
}

const OVER_MIN = 35;
const PROBE_MIN = 240;
const STEEP_MIN = 2;
const FAST_MIN = 4;
const FAST_UOHM = 20;
const GAP_UOHM = 60;
const DAY_MOST = 0.12;
const ADAPT_GAIN = 0.3;
const ADAPT_STEP = 0.1;
const REFERENCE_GAIN = 0.2;

const clamp = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, x));

export function createDemandFeed(adapt = 1): DemandFeed {
  return {
    state: "base",
    rate: Number.NaN,
    adapt,
    deviating: false,
    gapSuspect: false,
    reason: "slope",
    elapsed: 0,
    steep: 0,
    given: 0,
    asked: 0,
    reference: Number.NaN,
    recent: new Float64Array(FAST_MIN + 1).fill(Number.NaN),
  };
}

/** One minute; returns the rate to feed, kg/h (process model, "Demand feed"). On doubt it is the feed-forward. */
export function stepDemandFeed(d: DemandFeed, input: DemandInput): number {
  d.elapsed++;
  d.deviating = Math.abs(input.dayShare - 1) > DAY_MOST;
  remember(d, input);
  if (!input.trusted || d.deviating) begin(d, "base");
  else if (d.state === "base") begin(d, "under");
  else if (d.state === "under") watchUnder(d, input);
  else if (d.elapsed >= OVER_MIN) closeCycle(d, input);
  const forward = input.base * d.adapt;
  d.rate = forward * (d.state === "under" ? input.under : d.state === "over" ? input.over : 1);
  d.given += d.rate;
  d.asked += forward;
  return d.rate;
}

/** A new state; a disturbance also makes the cycle's sums worthless. */
function begin(d: DemandFeed, state: DemandState): void {
  if (state !== "over") d.given = d.asked = 0;
  d.steep = 0;
  if (state === d.state) return;
  d.state = state;
  d.elapsed = 0;
}

function remember(d: DemandFeed, { trusted, resistance }: DemandInput): void {
  d.recent.copyWithin(0, 1);
  d.recent[FAST_MIN] = trusted ? resistance : Number.NaN;
}

/** Lean by a steep slope twice running, by a fast rise, or to be on the safe side after four hours. */
function watchUnder(d: DemandFeed, { slope, threshold, resistance }: DemandInput): void {
  d.steep = slope > threshold ? d.steep + 1 : 0;
  d.gapSuspect = Math.abs(resistance - d.reference) > GAP_UOHM;
  const fast = resistance - (d.recent[0] as number) > FAST_UOHM;
  if (d.steep < STEEP_MIN && !fast && d.elapsed < PROBE_MIN) return;
  d.reason = d.steep >= STEEP_MIN ? "slope" : fast ? "fast" : "probe";
  begin(d, "over");
}

/** The mean of a full cycle tells what the feed-forward should have been. */
function closeCycle(d: DemandFeed, { resistance }: DemandInput): void {
  if (d.asked > 0) d.adapt = clamp(d.adapt * (1 + ADAPT_GAIN * clamp(d.given / d.asked - 1, -ADAPT_STEP, ADAPT_STEP)), 0.8, 1.2);
  d.reference = Number.isNaN(d.reference) ? resistance : d.reference + REFERENCE_GAIN * (resistance - d.reference);
  begin(d, "under");
}
