import fc from "fast-check";
import { expect, test } from "vitest";
import { Sequence } from "./sequence.ts";

/** A sequence after an NBIRTH with number 0 at time 0. */
function begun(): Sequence {
  const sequence = new Sequence();
  sequence.restart(0, 0);
  return sequence;
}

test("the next is next over 255, the same again is again", () => {
  const sequence = begun();
  for (let i = 1; i < 600; i++) {
    expect(sequence.place(i & 0xff, i)).toBe("next");
    sequence.pass(i & 0xff, i);
    expect(sequence.place(i & 0xff, i)).toBe("again");
  }
});

test("a little ahead is early, far ahead or without a number a jump, what was given up is late", () => {
  const sequence = begun();
  expect([2, 193, 194, 250, -1, 256, 1e9].map((seq) => sequence.place(seq, 50))).toEqual([
    "early",
    "early",
    "jump",
    "jump",
    "jump",
    "jump",
    "jump",
  ]);
  sequence.pass(3, 50);
  expect([1, 2, 3].map((seq) => sequence.place(seq, 20))).toEqual(["late", "late", "jump"]);
  sequence.fill(2, 20);
  expect(sequence.place(2, 20)).toBe("again");
});

test("a birth forgets what came before it: nothing of another session is late", () => {
  const sequence = begun();
  for (let i = 1; i < 70; i++) sequence.pass(i, i);
  sequence.restart(0, 100);
  expect(sequence.expected).toBe(1);
  expect([2, 69, 70, 100].map((seq) => sequence.place(seq, 101))).toEqual(["early", "early", "early", "early"]);
});

test("what was sent before a birth and comes after it is late, whatever its number, and keeps no place from the new session", () => {
  const sequence = begun();
  sequence.restart(0, 100);
  sequence.pass(1, 101);
  expect(sequence.place(83, 99)).toBe("late");
  sequence.fill(83, 99);
  expect(sequence.place(3, 103)).toBe("early");
  expect(sequence.place(83, 150)).toBe("early");
  expect(sequence.place(2, 102)).toBe("next");
  sequence.settle();
  expect(sequence.place(90, 99)).toBe("early");
});

test("losing almost a whole round is a jump, not lateness", () => {
  const sequence = begun();
  sequence.pass(1, 1);
  expect(sequence.place(252, 9)).toBe("jump");
});

test("whatever is lost of a stream, a message is never called next unless all before it came", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 700 }), (arrives) => {
      const sequence = begun();
      let whole = true;
      for (const [i, comes] of arrives.entries()) {
        if (!comes) whole = false;
        if (!comes || !whole) continue;
        expect(sequence.place((i + 1) & 0xff, i + 1)).toBe("next");
        sequence.pass((i + 1) & 0xff, i + 1);
      }
    }),
  );
});
