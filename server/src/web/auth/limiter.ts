/** Slows guessing: failed sign-ins are counted per name from one address, per address and per name, in windows of five minutes. */
import { type Clock, Fault } from "@cellhouse/shared";

const WINDOW_MS = 5 * 60_000;
/** A name alone is allowed the most, else a stranger could lock a colleague out cheaply. */
const ALLOWED = { pair: 10, address: 50, name: 100 } as const;
/** Keys kept at once; beyond it the oldest goes. */
const MAX_KEYS = 10_000;
/** Each check of a password costs 19 MiB and about 25 ms of a core. */
const MAX_CHECKS = 16;

export interface SignInLimiter {
  /** Runs the check unless too many have failed; throws E_RATE naming the seconds to wait. `undefined` is a failure. */
  attempt<T>(name: string, address: string, check: () => Promise<T | undefined>): Promise<T | undefined>;
}

export function signInLimiter(clock: Clock): SignInLimiter {
  const failures = new Map<string, { count: number; until: number }>();
  let running = 0;
  const count = (key: string): void => {
    const now = clock.now();
    const known = failures.get(key);
    if (known !== undefined && known.until > now) known.count++;
    else failures.set(key, { count: 1, until: now + WINDOW_MS });
    if (failures.size > MAX_KEYS) failures.delete(failures.keys().next().value as string);
  };
  const check = (key: string, allowed: number): void => {
    const known = failures.get(key);
    const wait = known === undefined ? 0 : known.until - clock.now();
    if (known !== undefined && wait > 0 && known.count >= allowed) throw new Fault("E_RATE", `sign-in: wait ${Math.ceil(wait / 1000)} s`);
  };
  return {
    async attempt(name, address, run) {
      const keys = [
        ["pair", `p ${address} ${name}`],
        ["address", `a ${address}`],
        ["name", `n ${name}`],
      ] as const;
      for (const [kind, key] of keys) check(key, ALLOWED[kind]);
      if (running >= MAX_CHECKS) throw new Fault("E_RATE", "sign-in: too many at once, wait 1 s");
      running++;
      try {
        const result = await run();
        if (result === undefined) for (const [, key] of keys) count(key);
        else failures.delete(keys[0][1]);
        return result;
      } finally {
        running--;
      }
    },
  };
}
