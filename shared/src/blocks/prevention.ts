/** What is done about the risk of an anode effect before there is one. Advice to the loops, in the supervisor; the PLC publishes the risk and quenches. */

/** State and advice of one prevention. */
export interface Prevention {
  /** Advice: share of the feed-forward to feed; share of the current setpoint; the trim stands; oxide to shoot now, kg. */
  feed: number;
  current: number;
  holdTrim: boolean;
  shot: number;
  /** Seconds the risk has been high; seconds of this episode, 0: none. */
  high: number;
  acting: number;
  /** The episode's time is used up: the next begins when the risk has been low. */
  spent: boolean;
}

const HIGH = 0.5;
const VERY_HIGH = 0.8;
const WAIT_S = 60;
const MOST_S = 900;
const FEED = 1.5;
const SHOT_KG = 0.8;
const CURRENT = 0.9;

export function createPrevention(): Prevention {
  return { feed: 1, current: 1, holdTrim: false, shot: 0, high: 0, acting: 0, spent: false };
}

/**
 * `dt` s at `risk` 0..1 (process model, "Prevention"). An episode begins after a minute at a high risk and ends when the risk is low
 * or after a quarter of an hour. A risk that is no number is a low one: nothing is done on doubt.
 */
export function stepPrevention(p: Prevention, risk: number, dt: number): void {
  p.shot = 0;
  p.high = risk > HIGH ? p.high + dt : 0;
  if (p.high === 0) p.spent = false;
  if (p.acting > 0) p.acting += dt;
  else if (p.high >= WAIT_S && !p.spent) p.acting = dt;
  if (p.acting > MOST_S) p.spent = true;
  if (p.high === 0 || p.spent) p.acting = 0;
  if (p.acting > 0 && risk > VERY_HIGH && p.current === 1) {
    p.shot = SHOT_KG;
    p.current = CURRENT;
  }
  if (p.acting === 0) p.current = 1;
  p.feed = p.acting > 0 ? FEED : 1;
  p.holdTrim = p.acting > 0;
}
