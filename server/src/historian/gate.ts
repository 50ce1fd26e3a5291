/** Lets only so many asynchronous calls run at once; the others wait in order, and too many are refused. */
import { Fault } from "@cellhouse/shared";
import type { Historian } from "../contracts.ts";

/** Runs `work` when there is room. Throws E_RATE when too many wait already, and the signal's reason once it is taken back; work under way keeps its place until it ends. */
export type Gate = <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;

export function createGate({ running, waiting }: { running: number; waiting: number }): Gate {
  let active = 0;
  const queue = new Set<() => void>();
  const leave = (): void => {
    const [next] = queue;
    if (next === undefined) active--;
    else {
      queue.delete(next);
      next();
    }
  };
  const enter = async (signal: AbortSignal | undefined): Promise<void> => {
    signal?.throwIfAborted();
    if (active < running) {
      active++;
      return;
    }
    if (queue.size >= waiting) throw new Fault("E_RATE", `${waiting} questions to the historian wait already`);
    await new Promise<void>((resolve, reject) => {
      const back = (): void => {
        if (queue.delete(admit)) reject(signal?.reason);
      };
      const admit = (): void => {
        signal?.removeEventListener("abort", back);
        resolve();
      };
      queue.add(admit);
      signal?.addEventListener("abort", back, { once: true });
    });
  };
  return async (work, signal) => {
    await enter(signal);
    if (signal?.aborted) {
      leave();
      throw signal.reason;
    }
    const done = work().finally(leave);
    return signal === undefined ? done : Promise.race([done, taken(signal, done)]);
  };
}

/** Rejects when the signal is taken back before `done` has ended. */
function taken(signal: AbortSignal, done: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => {
    const back = (): void => reject(signal.reason);
    signal.addEventListener("abort", back, { once: true });
    const end = (): void => signal.removeEventListener("abort", back);
    done.then(end, end);
  });
}

/** What answers questions of an engine. */
export type Questions = Pick<Historian, "raw" | "rollup" | "at" | "reach">;

/** The same answers, so many at once: a screen that asks for everything leaves the engine its writing. */
export function gated(historian: Questions, gate: Gate): Questions {
  return {
    raw: (query) => gate(() => historian.raw(query), query.signal),
    rollup: (query) => gate(() => historian.rollup(query), query.signal),
    at: (tag, time) => gate(() => historian.at(tag, time)),
    reach: () => historian.reach(),
  };
}
