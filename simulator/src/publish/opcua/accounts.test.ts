import { ManualClock } from "@cellhouse/shared";
import { makeRoles, type ServerSession } from "node-opcua";
import { expect, test } from "vitest";
import { accounts, MOST_WRONG, PAUSE_MS, WINDOW_MS } from "./accounts.ts";

const clock = new ManualClock(1_000_000);
const users = accounts("secret", clock);

/** Undefined while there is no answer yet. */
function tryIn(user: string, password: string, address = "10.0.0.1"): () => boolean | undefined {
  let answer: boolean | undefined;
  const session = { channel: { remoteAddress: address } } as unknown as ServerSession;
  users.isValidUserAsync.call(session, user, password, (_error, isAuthorized) => {
    answer = isAuthorized;
  });
  return () => answer;
}

test("both names open with the field password at once; a wrong password or name is answered slowly", () => {
  expect(tryIn("cellhouse", "secret")()).toBe(true);
  expect(tryIn("reader", "secret")()).toBe(true);
  const wrong = [tryIn("cellhouse", "wrong"), tryIn("edge-L01", "secret"), tryIn("toString", "secret"), tryIn("", "")];
  clock.advanceTo(clock.now() + PAUSE_MS - 1);
  expect(wrong.map((answer) => answer())).toEqual([undefined, undefined, undefined, undefined]);
  clock.advanceTo(clock.now() + 1);
  expect(wrong.map((answer) => answer())).toEqual([false, false, false, false]);
});

test("who guesses too often is refused unheard until the minute is over; others are not", () => {
  for (let k = 0; k < MOST_WRONG; k++) tryIn("cellhouse", `guess ${k}`, "10.0.0.9");
  const right = tryIn("cellhouse", "secret", "10.0.0.9");
  clock.advanceTo(clock.now() + PAUSE_MS);
  expect(right()).toBe(false);
  expect(tryIn("cellhouse", "secret", "10.0.0.8")()).toBe(true);
  clock.advanceTo(clock.now() + WINDOW_MS);
  expect(tryIn("cellhouse", "secret", "10.0.0.9")()).toBe(true);
});

test("only cellhouse may act; who is not known may at most look", () => {
  expect(users.getUserRoles("cellhouse")).toEqual(makeRoles("AuthenticatedUser;Operator"));
  expect(users.getUserRoles("reader")).toEqual(makeRoles("AuthenticatedUser;Observer"));
  expect(users.getUserRoles("__proto__")).toEqual(makeRoles("Anonymous"));
});
