/** What every driver is given, and the small gauges all drivers share. */
import type { Clock, Plant } from "@cellhouse/shared";
import type { Counters } from "../contracts.ts";

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

/** Says each thing once; forgets everything when it would grow beyond its bound. */
export class Once {
  readonly #said = new Set<string>();

  first(key: string): boolean {
    if (this.#said.has(key)) return false;
    if (this.#said.size >= 1000) this.#said.clear();
    this.#said.add(key);
    return true;
  }
}
