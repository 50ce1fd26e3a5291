import { type AlarmState, INHIBITS } from "@cellhouse/shared";
import fc from "fast-check";
import { expect, test } from "vitest";
import { heldState, INHIBIT_BIT, inhibited, isActive, next, type Stimulus } from "./machine.ts";

const STIMULI: Stimulus[] = ["raise", "re-raise", "return", "ack", "reset"];

/** The standard's wording, written down apart from the tables: three facts about an alarm and what each stimulus does to them. */
interface Facts {
  active: boolean;
  told: boolean;
  latched: boolean;
}

function nameOf({ active, told, latched }: Facts): AlarmState {
  if (active) return told ? "ACKED" : "UNACK";
  if (latched) return told ? "LATCH_ACK" : "LATCH_UNACK";
  return told ? "NORM" : "RTN_UNACK";
}

function legal(facts: Facts, stimulus: Stimulus): boolean {
  const normal = nameOf(facts) === "NORM";
  if (stimulus === "raise") return normal;
  if (stimulus === "re-raise") return !normal && nameOf(facts) !== "UNACK";
  if (stimulus === "return") return facts.active;
  if (stimulus === "ack") return !facts.told;
  return facts.latched && facts.told;
}

function after(facts: Facts, stimulus: Stimulus, latching: boolean): Facts {
  if (stimulus === "raise" || stimulus === "re-raise") return { active: true, told: false, latched: false };
  if (stimulus === "return") return { ...facts, active: false, latched: latching };
  if (stimulus === "ack") return { ...facts, told: true };
  return { active: false, told: true, latched: false };
}

test("every walk of stimuli goes as the standard says, and illegal ones are refused", () => {
  const seen = new Set<string>();
  const walk = fc.array(fc.constantFrom(...STIMULI), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(fc.boolean(), walk, (latching, stimuli) => {
      let facts: Facts = { active: false, told: true, latched: false };
      for (const stimulus of stimuli) {
        const to = next(nameOf(facts), stimulus, latching);
        seen.add(`${nameOf(facts)} ${stimulus} ${latching}`);
        if (!legal(facts, stimulus)) expect(to, `${stimulus} in ${nameOf(facts)}`).toBeUndefined();
        else {
          facts = after(facts, stimulus, latching);
          expect(to).toBe(nameOf(facts));
          expect(isActive(nameOf(facts))).toBe(facts.active);
        }
      }
    }),
    { numRuns: 3000, seed: 18 },
  );
  // A latching alarm never stands in RTN_UNACK, another never in a latch: 5 + 4 states, each met with every stimulus.
  expect(seen.size).toBe((5 + 4) * STIMULI.length);
});

test("a reset before the acknowledge is refused", () => {
  expect(next("LATCH_UNACK", "reset", true)).toBeUndefined();
  expect(next("LATCH_ACK", "reset", true)).toBe("NORM");
});

test("holds overlap, none begins or ends twice, and the last one out opens the door", () => {
  const step = fc.record({ inhibit: fc.constantFrom(...INHIBITS), begin: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let holds = 0;
      const model = new Set<string>();
      for (const { inhibit, begin } of steps) {
        const to = inhibited(holds, inhibit, begin);
        expect(to === undefined).toBe(model.has(inhibit) === begin);
        if (to === undefined) continue;
        holds = to;
        if (begin) model.add(inhibit);
        else model.delete(inhibit);
        expect(holds === 0).toBe(model.size === 0);
        for (const each of INHIBITS) expect((holds & INHIBIT_BIT[each]) !== 0).toBe(model.has(each));
      }
    }),
  );
});

test("while held back the state is the process alone", () => {
  expect([heldState(true), heldState(false)]).toEqual(["ACKED", "NORM"]);
});
