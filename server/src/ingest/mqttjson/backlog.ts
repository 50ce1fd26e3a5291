/** Tells what a gateway had kept back from what a gateway with a wrong clock says now: both bear old times, but only a clock's difference stays the same. */

/** A sample older than this on arrival is not of now, ms. */
export const LATE = 60_000;
const STEADY_WITHIN = 2_000;
const STEADY_FOR = 5_000;

export class Backlog {
  #lag = Number.NaN;
  #since = 0;

  /** Whether a message is of the past, by its newest source time on our clock as far as its offset is known; both epoch ms. */
  isLate(newest: number, now: number): boolean {
    const lag = now - newest;
    if (!(lag > LATE)) {
      this.#lag = Number.NaN;
      return false;
    }
    if (!(Math.abs(lag - this.#lag) <= STEADY_WITHIN)) {
      this.#lag = lag;
      this.#since = now;
    }
    return now - this.#since < STEADY_FOR;
  }
}
