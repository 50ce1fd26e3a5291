/** Time as an argument: the only place, beside the composition roots, that may ask the operating system for it. */
export type Cancel = () => void;

export interface Clock {
  /** Epoch milliseconds, UTC. */
  now(): number;
  /** Runs once when `now()` has reached `time` (at once in the next turn when already past). */
  at(time: number, run: () => void): Cancel;
}

/** The wall clock. Never used inside the pipe, whose clock advances on `receivedAt`. */
export const systemClock: Clock = {
  now: () => Date.now(),
  at(time, run) {
    const timer = setTimeout(run, Math.max(0, Math.min(time - Date.now(), 0x7fffffff)));
    return () => clearTimeout(timer);
  },
};

/** Repeats on a clock with no drift: the k-th run is due at start + k * period. Late runs are not repeated to catch up. */
export function every(clock: Clock, periodMs: number, run: () => void): Cancel {
  let due = clock.now() + periodMs;
  let cancel: Cancel = () => undefined;
  const tick = (): void => {
    due = Math.max(due + periodMs, clock.now());
    cancel = clock.at(due, tick);
    run();
  };
  cancel = clock.at(due, tick);
  return () => cancel();
}

interface Timer {
  time: number;
  order: number;
  run: () => void;
  live: boolean;
}

/**
 * A clock that moves only when told. The pipe uses one (live and replay alike), tests use it too.
 * Timers run in order of time, then of creation, and see `now()` equal to their own time.
 */
export class ManualClock implements Clock {
  #now: number;
  #order = 0;
  #heap: Timer[] = [];

  constructor(start = 0) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  at(time: number, run: () => void): Cancel {
    const timer: Timer = { time, order: this.#order++, run, live: true };
    this.#push(timer);
    return () => {
      timer.live = false;
    };
  }

  /** Runs every timer due by `time`, then stands at `time`. Time never goes back: an earlier `time` changes nothing. */
  advanceTo(time: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.time <= time; next = this.#heap[0]) {
      this.#pop();
      if (!next.live) continue;
      if (next.time > this.#now) this.#now = next.time;
      next.run();
    }
    if (time > this.#now) this.#now = time;
  }

  advance(ms: number): void {
    this.advanceTo(this.#now + ms);
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push(timer);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent] as Timer;
      if (before(above, timer)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Timer;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Timer, heap[child] as Timer)) child++;
      if (before(last, heap[child] as Timer)) break;
      heap[i] = heap[child] as Timer;
      i = child;
    }
    heap[i] = last;
  }
}

function before(a: Timer, b: Timer): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}
