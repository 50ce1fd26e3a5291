/** Values per second over the last ten seconds. */
import type { Clock } from "@cellhouse/shared";

const SECONDS = 10;

export class Rate {
  readonly #clock: Clock;
  readonly #slots = new Float64Array(SECONDS + 1);
  #second = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#second = Math.floor(clock.now() / 1000);
  }

  add(n: number): void {
    this.#turn();
    const slot = this.#second % this.#slots.length;
    this.#slots[slot] = (this.#slots[slot] as number) + n;
  }

  /** The running second is left out: it is not over. */
  perSecond(): number {
    this.#turn();
    const running = this.#slots[this.#second % this.#slots.length] as number;
    return (this.#slots.reduce((sum, n) => sum + n, 0) - running) / SECONDS;
  }

  #turn(): void {
    const second = Math.floor(this.#clock.now() / 1000);
    const from = Math.max(this.#second + 1, second - this.#slots.length + 1);
    for (let s = from; s <= second; s++) this.#slots[s % this.#slots.length] = 0;
    if (second > this.#second) this.#second = second;
  }
}
