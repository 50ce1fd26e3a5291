/** The users of the server, their roles, and how often a password may be guessed. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Clock } from "@cellhouse/shared";
import { makeRoles, type ServerSession } from "node-opcua";

/** Both have the field password: what it opens is a question of the name. */
const ROLES: ReadonlyMap<string, string> = new Map([
  ["cellhouse", "AuthenticatedUser;Operator"],
  ["reader", "AuthenticatedUser;Observer"],
]);

/** A wrong password is answered after this long, ms. */
export const PAUSE_MS = 1000;
/** After so many wrong ones in `WINDOW_MS` an address is refused unheard until the window is over. */
export const MOST_WRONG = 10;
export const WINDOW_MS = 60_000;
/** Addresses remembered; beyond it the longest known is forgotten. */
const MOST_ADDRESSES = 1000;

type Answer = (error: Error | null, isAuthorized?: boolean) => void;

/** The user manager as the library wants it. */
export function accounts(password: string, clock: Clock) {
  const guesses = new Guesses(clock);
  const right = digest(password);
  return {
    isValidUserAsync(this: ServerSession, user: string, given: string, answer: Answer): void {
      const address = this.channel?.remoteAddress ?? "";
      const known = ROLES.has(user);
      const matches = timingSafeEqual(digest(given), right);
      if (known && matches && guesses.allowed(address)) {
        answer(null, true);
        return;
      }
      guesses.wrong(address);
      clock.at(clock.now() + PAUSE_MS, () => answer(null, false));
    },
    getUserRoles: (user: string) => makeRoles(ROLES.get(user) ?? "Anonymous"),
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** Wrong passwords per address within the last window. */
class Guesses {
  readonly #clock: Clock;
  readonly #wrong = new Map<string, { since: number; count: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  allowed(address: string): boolean {
    const entry = this.#wrong.get(address);
    return entry === undefined || entry.count < MOST_WRONG || this.#clock.now() - entry.since >= WINDOW_MS;
  }

  wrong(address: string): void {
    const now = this.#clock.now();
    const entry = this.#wrong.get(address);
    if (entry !== undefined && now - entry.since < WINDOW_MS) {
      entry.count++;
      return;
    }
    this.#wrong.delete(address);
    this.#wrong.set(address, { since: now, count: 1 });
    if (this.#wrong.size > MOST_ADDRESSES) this.#wrong.delete(this.#wrong.keys().next().value as string);
  }
}
