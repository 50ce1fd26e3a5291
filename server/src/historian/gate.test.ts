import { expect, test } from "vitest";
import { createGate } from "./gate.ts";

/** Work that ends when told. */
function held(): { work: () => Promise<string>; end: () => void; begun: () => boolean } {
  const { promise, resolve } = Promise.withResolvers<string>();
  let begun = false;
  const work = (): Promise<string> => {
    begun = true;
    return promise;
  };
  return { work, end: () => resolve("done"), begun: () => begun };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("only so many run at once, the others in order; too many are refused", async () => {
  const gate = createGate({ running: 1, waiting: 1 });
  const [first, second] = [held(), held()];
  const answers = [gate(first.work), gate(second.work)];
  await expect(gate(held().work)).rejects.toMatchObject({ code: "E_RATE" });
  expect([first.begun(), second.begun()]).toEqual([true, false]);
  first.end();
  await turn();
  expect(second.begun()).toBe(true);
  second.end();
  expect(await Promise.all(answers)).toEqual(["done", "done"]);
});

test("who waits and is taken back leaves at once, and the next comes in its place", async () => {
  const gate = createGate({ running: 1, waiting: 1 });
  const [first, second, third] = [held(), held(), held()];
  const back = new AbortController();
  const answer = gate(first.work);
  const waiting = gate(second.work, back.signal);
  back.abort(new Error("gone"));
  await expect(waiting).rejects.toThrow("gone");
  const next = gate(third.work);
  first.end();
  third.end();
  expect(await Promise.all([answer, next])).toEqual(["done", "done"]);
  expect(second.begun()).toBe(false);
});

test("who runs and is taken back is answered at once, and keeps its place until the work has ended", async () => {
  const gate = createGate({ running: 1, waiting: 1 });
  const [first, second] = [held(), held()];
  const back = new AbortController();
  const running = gate(first.work, back.signal);
  const waiting = gate(second.work);
  await turn();
  back.abort(new Error("gone"));
  await expect(running).rejects.toThrow("gone");
  expect(second.begun()).toBe(false);
  first.end();
  second.end();
  expect(await waiting).toBe("done");
});
