/** What every driver is given, and the small gauges all drivers share. */
import type { Clock, Plant } from "@cellhouse/shared";
import type { Counters, LocalBroker } from "../contracts.ts";
import type { Taps } from "./tap.ts";

/** As pino has it. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface DriverDeps {
  plant: Plant;
  /** The system clock: connections live in real time, not in the pipe's. */
  clock: Clock;
  counters: Counters;
  log: Log;
  /** Who listens raw to what drivers hear. */
  taps?: Taps;
  /** The embedded broker, where it runs in this process. */
  broker?: LocalBroker;
}

/** Values per second over the last ten ticks (one tick per second). */
export class RateMeter {
  readonly #ring = new Float64Array(10);
  #tick = 0;
  #filled = 0;
  /** Since start. */
  total = 0;
  #before = 0;

  tick(): void {
    this.#ring[this.#tick] = this.total - this.#before;
    this.#before = this.total;
    this.#tick = (this.#tick + 1) % this.#ring.length;
    this.#filled = Math.min(this.#filled + 1, this.#ring.length);
  }

  get perSecond(): number {
    return this.#filled === 0 ? 0 : this.#ring.reduce((sum, n) => sum + n, 0) / this.#filled;
  }
}

/** Repeated only after this long, ms. */
const QUIET = 600_000;
const MAX_KEYS = 1000;

/** Lets each thing be said once in ten minutes, and no more than a thousand things: a stranger cannot fill log or memory. */
export class Once {
  readonly #clock: Clock;
  readonly #said = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  first(key: string): boolean {
    const now = this.#clock.now();
    if (now - (this.#said.get(key) ?? Number.NEGATIVE_INFINITY) < QUIET) return false;
    if (this.#said.size >= MAX_KEYS) for (const [old, at] of this.#said) if (now - at >= QUIET) this.#said.delete(old);
    if (this.#said.size >= MAX_KEYS) return false;
    this.#said.set(key, now);
    return true;
  }
}
