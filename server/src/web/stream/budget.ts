/** A token bucket: how many messages a socket may send. */
import type { Clock } from "@cellhouse/shared";

/** A screen that opens may ask for some hundred values at once; nobody needs a hundred a second for long. */
const BURST = 500;
const PER_SECOND = 100;
/** Refused more often than granted by this much, and the socket is closed. */
const PATIENCE = 1000;

export class Budget {
  readonly #clock: Clock;
  #tokens = BURST;
  #at: number;
  #refused = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#at = clock.now();
  }

  /** Takes one; `refuse` when there is none, `close` when that has happened too often. */
  take(): "ok" | "refuse" | "close" {
    const now = this.#clock.now();
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#at) / 1000) * PER_SECOND);
    this.#at = now;
    if (this.#tokens >= 1) {
      this.#tokens--;
      this.#refused = Math.max(0, this.#refused - 1);
      return "ok";
    }
    return ++this.#refused > PATIENCE ? "close" : "refuse";
  }
}
