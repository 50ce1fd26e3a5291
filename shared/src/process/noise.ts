/** Chance as state: a small seeded generator, so that the same seed gives the same hall. */

/** State of one generator, a u32. */
export interface Rng {
  s: number;
}

/** A generator for `seed` and a stream number (one per cell): different streams do not follow each other. */
export function createRng(seed: number, stream = 0): Rng {
  const rng = { s: (Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b)) >>> 0 };
  for (let i = 0; i < 4; i++) uniform(rng);
  return rng;
}

/** Next number in [0, 1) (mulberry32: a Weyl sequence through an integer hash). */
export function uniform(rng: Rng): number {
  rng.s = (rng.s + 0x6d2b79f5) >>> 0;
  let x = Math.imul(rng.s ^ (rng.s >>> 15), rng.s | 1);
  x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
  return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
}

/** Next number between `low` and `high`, evenly. */
export function between(rng: Rng, low: number, high: number): number {
  return low + (high - low) * uniform(rng);
}

/** Next number of the standard normal distribution (Box-Muller, one of the pair). */
export function gauss(rng: Rng): number {
  return Math.sqrt(-2 * Math.log(1 - uniform(rng))) * Math.cos(2 * Math.PI * uniform(rng));
}
