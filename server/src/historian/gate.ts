/** Lets only so many asynchronous calls run at once; the others wait in order, and too many are refused. */
import { Fault } from "@cellhouse/shared";

/** Runs `work` when there is room. Throws E_RATE when too many wait already. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

export function createGate({ running, waiting }: { running: number; waiting: number }): Gate {
  let active = 0;
  const queue: (() => void)[] = [];
  const leave = (): void => {
    const next = queue.shift();
    if (next === undefined) active--;
    else next();
  };
  return async (work) => {
    if (active < running) active++;
    else {
      if (queue.length >= waiting) throw new Fault("E_RATE", `${waiting} questions to the historian wait already`);
      await new Promise<void>((resolve) => queue.push(resolve));
    }
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
