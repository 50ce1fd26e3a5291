/** Asks an edge for its birth, and not more often than it can bear. */
import type { Cancel, Clock } from "@cellhouse/shared";

/** An edge whose data comes before its birth gets this long to be born by itself, ms. */
const BIRTH_GRACE = 300;
/** Between two requests to the same edge, ms. */
const HOLD_DOWN = 10_000;

export class RebirthDesk {
  readonly #clock: Clock;
  readonly #send: () => void;
  #askedAt = Number.NEGATIVE_INFINITY;
  #planned: Cancel | undefined;
  /** Requests since start. */
  count = 0;

  constructor(clock: Clock, send: () => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** Asks unless the last request is too recent or one is planned already. */
  ask(): void {
    if (this.#planned === undefined && this.#free()) this.#now();
  }

  /** Asks a little later, unless a birth comes first (`settle`). */
  askSoon(): void {
    if (this.#planned !== undefined || !this.#free()) return;
    this.#planned = this.#clock.at(this.#clock.now() + BIRTH_GRACE, () => {
      this.#planned = undefined;
      this.#now();
    });
  }

  /** Born, or gone: a planned request is dropped. */
  settle(): void {
    this.#planned?.();
    this.#planned = undefined;
  }

  /** The connection is gone, and with it a request that may not have arrived. */
  forget(): void {
    this.settle();
    this.#askedAt = Number.NEGATIVE_INFINITY;
  }

  #free(): boolean {
    return this.#clock.now() - this.#askedAt >= HOLD_DOWN;
  }

  #now(): void {
    this.#askedAt = this.#clock.now();
    this.count++;
    this.#send();
  }
}
