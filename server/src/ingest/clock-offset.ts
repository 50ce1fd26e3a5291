/** Estimates how far a sender's clock is from ours, from nothing but its samples' times and their arrival. */

/** The least delay of the last 30 to 60 s stands for the clocks' difference: queues only ever add. */
const WINDOW = 30_000;
/** A sender ahead of us by more than this has a wrong clock, ms: no delay makes a sample come from the future. */
const AHEAD = 200;
/** Behind us by less it may as well be scan, publishing interval and network, ms. */
const BEHIND = 1_500;
/** When for this long every delay is larger than the least one by this much, the sender's clock was set back: a burst after a stall is over sooner. */
const JUMP_FOR = 1_000;
const JUMP_BY = 2_000;

export class ClockOffset {
  #least = Number.POSITIVE_INFINITY;
  #before = Number.POSITIVE_INFINITY;
  #windowEnd = Number.NEGATIVE_INFINITY;
  /** When the present run of far delays began; Infinity outside one. */
  #farSince = Number.POSITIVE_INFINITY;
  #offset = 0;

  /** Takes in the newest source time of a message; both in epoch ms. */
  add(source: number, received: number): void {
    const delay = received - source;
    if (received >= this.#windowEnd) this.#turn(received);
    if (delay > Math.min(this.#least, this.#before) + JUMP_BY) this.#far(received);
    else this.#farSince = Number.POSITIVE_INFINITY;
    if (delay < this.#least) this.#least = delay;
    this.#judge();
  }

  /** Add it to a source time to get it on our clock, ms; 0 when insignificant. */
  get value(): number {
    return this.#offset;
  }

  #turn(received: number): void {
    this.#before = this.#least;
    this.#least = Number.POSITIVE_INFINITY;
    this.#windowEnd = received + WINDOW;
  }

  #far(received: number): void {
    if (this.#farSince > received) this.#farSince = received;
    if (received - this.#farSince < JUMP_FOR) return;
    this.#farSince = Number.POSITIVE_INFINITY;
    this.#before = Number.POSITIVE_INFINITY;
    this.#least = Number.POSITIVE_INFINITY;
  }

  #judge(): void {
    const estimate = Math.min(this.#least, this.#before);
    // Once in use, an offset is kept down to half of its threshold.
    const share = this.#offset === 0 ? 1 : 0.5;
    this.#offset = estimate < -AHEAD * share || estimate > BEHIND * share ? estimate : 0;
  }
}
