import fc from "fast-check";
import { expect, test } from "vitest";
import { Outbox } from "./outbox.ts";

const START = 1_700_000_000_000;
const everyone = (): boolean => true;

/** An outbox with samples one second apart, sample k of value k. */
function filled(n: number, sent: (k: number) => boolean, limit?: number) {
  let dropped = 0;
  const outbox = new Outbox((count) => {
    dropped += count;
  }, limit);
  for (let k = 0; k < n; k++)
    outbox.append({ owner: k % 2, tag: 3, time: START + k * 1000, value: k, quality: 0 }, START + k * 1000, sent(k));
  const take = (budget = 1e9, reachable: (owner: number) => boolean = everyone): number[] => {
    const values: number[] = [];
    outbox.take(budget, reachable, (sample) => values.push(sample.value));
    return values;
  };
  return { outbox, take, dropped: () => dropped };
}

test("what was sent stays where it is, what was not is given once, in order", () => {
  const { take } = filled(10, (k) => k < 6);
  expect(take()).toEqual([6, 7, 8, 9]);
  expect(take()).toEqual([]);
});

test("a resend since a time gives what was sent since then again, and everything unsent however old", () => {
  const { outbox, take } = filled(10, (k) => k !== 1);
  outbox.resendSince(START + 7000);
  expect(take()).toEqual([1, 7, 8, 9]);
});

test("a resend is given in portions and goes on where it stopped", () => {
  const { take } = filled(10, () => false);
  expect([take(4), take(4), take(4), take(4)]).toEqual([[0, 1, 2, 3], [4, 5, 6, 7], [8, 9], []]);
});

test("samples of an owner out of reach wait for it", () => {
  const { outbox, take } = filled(6, () => false);
  expect(take(100, (owner) => owner === 0)).toEqual([0, 2, 4]);
  outbox.rewind(0);
  expect(take()).toEqual([1, 3, 5]);
});

test("after a minute what was sent is forgotten, what was not is kept", () => {
  const { outbox, take } = filled(10, (k) => k !== 5);
  take();
  outbox.trim(START + 3_600_000);
  outbox.resendSince(Number.NEGATIVE_INFINITY);
  expect(take()).toEqual([]);
  const other = filled(10, (k) => k !== 5);
  other.outbox.trim(START + 3_600_000);
  other.outbox.resendSince(Number.NEGATIVE_INFINITY);
  expect(other.take()).toContain(5);
});

test("a full outbox gives up the oldest and counts only what was never sent", () => {
  const { take, dropped } = filled(20, (k) => k < 5, 8);
  expect(dropped()).toBe(7);
  expect(take()).toEqual([12, 13, 14, 15, 16, 17, 18, 19]);
});

test("whatever the order of outages, no sample that fits is lost and none is given as new twice", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("append" as const), sent: fc.boolean() }),
    fc.record({ kind: fc.constant("take" as const), budget: fc.integer({ min: 1, max: 20 }) }),
    fc.record({ kind: fc.constant("resend" as const), back: fc.nat(20) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const outbox = new Outbox(() => undefined, 10_000);
      const seen: number[] = [];
      let n = 0;
      for (const each of steps) {
        if (each.kind === "append") {
          if (each.sent) seen.push(n);
          outbox.append({ owner: 0, tag: 0, time: n, value: n, quality: 0 }, n, each.sent);
          n++;
        } else if (each.kind === "resend") outbox.resendSince(n - each.back);
        else outbox.take(each.budget, everyone, (sample, first) => first && seen.push(sample.value));
      }
      outbox.take(10_000, everyone, (sample, first) => first && seen.push(sample.value));
      expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, k) => k));
    }),
  );
});
