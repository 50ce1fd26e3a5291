import { ManualClock } from "@cellhouse/shared";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DueHeap } from "./due.ts";

const SLOTS = 40;
const slot = fc.nat(SLOTS - 1);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant("set" as const), slot, after: fc.integer({ min: -5, max: 60 }) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("clear" as const), slot, after: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("wait" as const), slot, after: fc.integer({ min: 1, max: 20 }) }) },
);

test("whatever is set, moved and cleared: exactly what is due runs, in order of time, then of slot", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const clock = new ManualClock(1000);
      const ran: string[] = [];
      const due = new DueHeap({ slots: SLOTS, clock, run: (s) => ran.push(`${clock.now()} ${s}`), after: () => undefined });
      const model = new Map<number, number>();
      const expected: string[] = [];
      for (const { op, slot, after } of steps) {
        if (op === "clear") {
          due.clear(slot);
          model.delete(slot);
        } else if (op === "set") {
          due.set(slot, clock.now() + after);
          model.set(slot, clock.now() + after);
        } else {
          const until = clock.now() + after;
          const now = [...model].filter(([, time]) => time <= until).sort((a, b) => a[1] - b[1] || a[0] - b[0]);
          // What was set in the past runs at the first turn of the clock, with whatever else is past then.
          const start = clock.now();
          for (const [s, time] of now) {
            expected.push(`${Math.max(start, time)} ${s}`);
            model.delete(s);
          }
          clock.advanceTo(until);
        }
      }
      expect(ran).toEqual(expected);
    }),
    { numRuns: 500, seed: 7 },
  );
});
