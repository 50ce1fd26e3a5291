/** Clamp and rate limit in one block, for every setpoint and output. */

/** Which limit held the last value back. */
export type Acting = "none" | "low" | "high" | "rate";

/** State of one limiter. Change `low`, `high` and `rate` freely between calls. */
export interface Limiter {
  value: number;
  low: number;
  high: number;
  /** Largest change per second; Infinity for none. */
  rate: number;
  acting: Acting;
}

export function createLimiter(value: number, low: number, high: number, rate = Number.POSITIVE_INFINITY): Limiter {
  return { value, low, high, rate, acting: "none" };
}

/**
 * Moves the limiter's value towards `x` for `dt` s, within its limits and rate, and returns it (process model, "Clamps").
 * Where both act the rate is reported: it is what holds the value now. A value that is not finite moves nothing.
 */
export function limit(limiter: Limiter, x: number, dt: number): number {
  if (!Number.isFinite(x)) return limiter.value;
  const target = Math.min(limiter.high, Math.max(limiter.low, x));
  limiter.acting = target > x ? "low" : target < x ? "high" : "none";
  const most = limiter.rate * dt;
  const change = target - limiter.value;
  if (Math.abs(change) > most) limiter.acting = "rate";
  limiter.value = Math.abs(change) > most ? limiter.value + Math.sign(change) * most : target;
  return limiter.value;
}

/** Integral correction that keeps a controller from winding up: add to the integrator each step. `tracking` in s. */
export function antiWindup(wanted: number, limited: number, tracking: number, dt: number): number {
  return ((limited - wanted) * dt) / tracking;
}
