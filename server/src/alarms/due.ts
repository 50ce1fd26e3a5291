/**
 * Which alarm's delay ends next: a binary heap over fixed slots with one timer of the pipe's clock for its head.
 * Setting and clearing a slot allocates nothing; the clock is asked for a timer only when the head moves forward.
 * Slots due at the same time run in order of slot, so that a replay runs them alike.
 */
import type { Clock } from "@cellhouse/shared";

const NEVER = Number.POSITIVE_INFINITY;

export interface DueOptions {
  slots: number;
  clock: Clock;
  /** Called for each slot due, which is then no longer set. */
  run(slot: number): void;
  /** Called once when all that were due have run. */
  after(): void;
}

export class DueHeap {
  readonly #clock: Clock;
  readonly #run: (slot: number) => void;
  readonly #after: () => void;
  readonly #heap: Int32Array;
  /** Where a slot stands in the heap; -1 when it is not set. */
  readonly #position: Int32Array;
  readonly #times: Float64Array;
  #size = 0;
  /** Time of the earliest timer asked of the clock and not yet run. */
  #armed = NEVER;

  constructor({ slots, clock, run, after }: DueOptions) {
    this.#clock = clock;
    this.#run = run;
    this.#after = after;
    this.#heap = new Int32Array(slots);
    this.#position = new Int32Array(slots).fill(-1);
    this.#times = new Float64Array(slots);
  }

  /** Sets or moves the slot's time (epoch ms, the pipe's clock). */
  set(slot: number, time: number): void {
    this.clear(slot);
    this.#times[slot] = time;
    this.#up(slot, this.#size++);
    this.#arm();
  }

  /** When the slot is due; only where it is set. */
  time(slot: number): number {
    return this.#times[slot] as number;
  }

  clear(slot: number): void {
    const at = this.#position[slot] as number;
    if (at === -1) return;
    this.#position[slot] = -1;
    const last = this.#heap[--this.#size] as number;
    if (last === slot) return;
    this.#down(last, at);
    this.#up(last, this.#position[last] as number);
  }

  #arm(): void {
    const head = this.#size === 0 ? NEVER : (this.#times[this.#heap[0] as number] as number);
    if (head >= this.#armed) return;
    this.#armed = head;
    this.#clock.at(head, () => this.#wake(head));
  }

  /** A timer overtaken by an earlier one still comes; it runs what is due, and that may be nothing. */
  #wake(time: number): void {
    if (time === this.#armed) this.#armed = NEVER;
    let ran = false;
    for (let slot = this.#heap[0] as number; this.#isDue(slot); slot = this.#heap[0] as number) {
      this.clear(slot);
      this.#run(slot);
      ran = true;
    }
    this.#arm();
    if (ran) this.#after();
  }

  #isDue(head: number): boolean {
    return this.#size > 0 && (this.#times[head] as number) <= this.#clock.now();
  }

  #up(slot: number, from: number): void {
    let at = from;
    while (at > 0) {
      const parent = this.#heap[(at - 1) >> 1] as number;
      if (this.#before(parent, slot)) break;
      this.#put(parent, at);
      at = (at - 1) >> 1;
    }
    this.#put(slot, at);
  }

  #down(slot: number, from: number): void {
    let at = from;
    for (let child = 2 * at + 1; child < this.#size; child = 2 * at + 1) {
      if (child + 1 < this.#size && this.#before(this.#heap[child + 1] as number, this.#heap[child] as number)) child++;
      if (this.#before(slot, this.#heap[child] as number)) break;
      this.#put(this.#heap[child] as number, at);
      at = child;
    }
    this.#put(slot, at);
  }

  #put(slot: number, at: number): void {
    this.#heap[at] = slot;
    this.#position[slot] = at;
  }

  #before(a: number, b: number): boolean {
    const ta = this.#times[a] as number;
    const tb = this.#times[b] as number;
    return ta < tb || (ta === tb && a < b);
  }
}
