/**
 * Which alarm's delay ends next: a binary heap over fixed slots with one timer of the pipe's clock for its head.
 * Setting and clearing a slot allocates nothing; the clock is asked for a timer only when the head moves forward.
 * Slots due at the same time run in order of slot, so that a replay runs them alike.
 */
import type { Clock } from "@cellhouse/shared";

export interface Due {
  /** Sets or moves the slot's time (epoch ms, the pipe's clock). */
  set(slot: number, time: number): void;
  clear(slot: number): void;
}

/** `run` is called for each slot due, `after` once when all of them have run. */
export function createDue(options: { slots: number; clock: Clock; run: (slot: number) => void; after: () => void }): Due {
  const { slots, clock, run, after } = options;
  const heap = new Int32Array(slots);
  const position = new Int32Array(slots).fill(-1);
  const times = new Float64Array(slots);
  let size = 0;
  let armed = Number.POSITIVE_INFINITY;

  const before = (a: number, b: number): boolean => {
    const ta = times[a] as number;
    const tb = times[b] as number;
    return ta < tb || (ta === tb && a < b);
  };
  const put = (slot: number, at: number): void => {
    heap[at] = slot;
    position[slot] = at;
  };
  const up = (slot: number, from: number): void => {
    let at = from;
    while (at > 0) {
      const parent = heap[(at - 1) >> 1] as number;
      if (before(parent, slot)) break;
      put(parent, at);
      at = (at - 1) >> 1;
    }
    put(slot, at);
  };
  const down = (slot: number, from: number): void => {
    let at = from;
    for (let child = 2 * at + 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && before(heap[child + 1] as number, heap[child] as number)) child++;
      if (before(slot, heap[child] as number)) break;
      put(heap[child] as number, at);
      at = child;
    }
    put(slot, at);
  };
  const remove = (slot: number): void => {
    const at = position[slot] as number;
    position[slot] = -1;
    const last = heap[--size] as number;
    if (last === slot) return;
    down(last, at);
    up(last, position[last] as number);
  };
  const arm = (): void => {
    const head = size > 0 ? (times[heap[0] as number] as number) : Number.POSITIVE_INFINITY;
    if (head >= armed) return;
    armed = head;
    clock.at(head, () => wake(head));
  };
  // A timer overtaken by an earlier one still comes; it then finds nothing due, or what is due, and either is right.
  const wake = (time: number): void => {
    if (time === armed) armed = Number.POSITIVE_INFINITY;
    const now = clock.now();
    let ran = false;
    for (let slot = heap[0] as number; size > 0 && (times[slot] as number) <= now; slot = heap[0] as number) {
      remove(slot);
      run(slot);
      ran = true;
    }
    arm();
    if (ran) after();
  };

  return {
    set(slot, time) {
      if (position[slot] !== -1) remove(slot);
      times[slot] = time;
      up(slot, size++);
      arm();
    },
    clear(slot) {
      if (position[slot] !== -1) remove(slot);
    },
  };
}
