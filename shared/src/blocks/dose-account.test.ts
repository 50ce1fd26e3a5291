import fc from "fast-check";
import { expect, test } from "vitest";
import { createDoseAccount, type DoseAccount, type DoseInput, stepDoseAccount } from "./dose-account.ts";

const USED = 9.6;
const MADE = USED / 1.1768;
const FULL = USED / 0.985;
/** wt% a minute of each kg/h in a 6 kA cell. */
const PER_KG_H = 1 / 3.2 / 60;
/** µOhm/min, µOhm/kg. */
const WEAR = 0.11;
const METAL = -2.75;

/** A cell whose resistance does exactly what the model says; `gain` is the share of the commanded oxide that arrives. */
class Story {
  readonly account: DoseAccount = createDoseAccount();
  #resistance = 1330;
  #metal = 4;
  /** By what was commanded, wt%: where on its curve the cell stands. */
  #oxide = 2;

  run(minutes: number, gain: number, more: Partial<DoseInput> = {}): this {
    const { commanded = FULL } = more;
    for (let m = 0; m < minutes; m++) {
      this.#metal += MADE / 60;
      this.#resistance += WEAR + (METAL * MADE) / 60 + 42 * (2.2 / this.#oxide) ** 2.9 * PER_KG_H * (USED - 0.985 * gain * commanded);
      this.#oxide += PER_KG_H * (0.985 * commanded - USED);
      const input = { commanded, used: USED, metal: this.#metal, resistance: this.#resistance, blind: false, moved: false };
      stepDoseAccount(this.account, { ...input, ...more });
    }
    return this;
  }

  tap(kg: number): this {
    this.#metal -= kg;
    this.#resistance -= METAL * kg;
    return this;
  }

  jump(ohm: number): this {
    this.#resistance += ohm;
    return this;
  }
}

test("a feeder that gives what it is told is believed, wear and metal notwithstanding", () => {
  const { account } = new Story().run(60, 1);
  expect(account.known).toBe(true);
  expect(account.share).toBeCloseTo(1, 2);
  expect(account.inferred).toBeCloseTo(FULL, 1);
});

test.each([0.8, 0.9, 1.1])("a feeder that gives %s of it shows that after half an hour", (gain) => {
  expect(new Story().run(40, 1).run(30, gain).account.share).toBeCloseTo(gain, 1);
});

test("underfed on purpose is not short: what is missing was never commanded", () => {
  const { account } = new Story().run(60, 1, { commanded: 0.75 * FULL });
  expect(account.share).toBeGreaterThan(0.93);
  expect(account.inferred).toBeLessThan(0.85 * FULL);
});

test("a tap as weighed moves nothing", () => {
  const story = new Story().run(40, 1).tap(16).run(3, 1, { blind: true }).run(10, 1);
  expect(story.account.share).toBeCloseTo(1, 2);
  expect(new Story().run(40, 0.8).tap(16).run(3, 0.8, { blind: true }).run(10, 0.8).account.share).toBeCloseTo(0.8, 1);
});

test("after a step of unknown size the account begins anew and meanwhile says what it last knew", () => {
  const story = new Story().run(40, 0.8).jump(200).run(5, 1, { moved: true });
  expect([story.account.known, story.account.share]).toEqual([true, expect.closeTo(0.8, 1)]);
  const { share } = story.run(12, 1).account;
  expect(story.account.known).toBe(false);
  expect(story.run(1, 1).account).toMatchObject({ known: false, share });
  expect(story.run(20, 1).account).toMatchObject({ known: true, share: expect.closeTo(1, 2) });
});

test("nothing is claimed before half an hour, nor of a feeder that was told nothing", () => {
  expect(new Story().run(15, 0.5).account).toMatchObject({ known: false, share: 1 });
  expect(new Story().run(60, 0, { commanded: 0 }).account).toMatchObject({ known: false, share: 1, inferred: 0 });
});

test("a cell twice the size is judged alike", () => {
  const [small, large] = [createDoseAccount(1), createDoseAccount(2)];
  for (let m = 0; m < 60; m++) {
    const same = { blind: false, moved: false };
    stepDoseAccount(small, { commanded: FULL, used: USED, metal: m / 8, resistance: 1330 + m / 2, ...same });
    stepDoseAccount(large, { commanded: 2 * FULL, used: 2 * USED, metal: m / 4, resistance: 665 + m / 4, ...same });
  }
  expect(large.share).toBeCloseTo(small.share, 9);
  expect(large.inferred).toBeCloseTo(2 * small.inferred, 9);
});

test("whatever the instruments say, the share is a number from 0 to 2", () => {
  const reading = fc.double({ min: 0, max: 1e5, noNaN: true });
  const minute = fc.record({
    commanded: reading,
    used: reading,
    metal: reading,
    resistance: fc.double(),
    blind: fc.boolean(),
    moved: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(minute, { maxLength: 80 }), (minutes) => {
      const account = createDoseAccount();
      for (const input of minutes) stepDoseAccount(account, input);
      expect(account.share).toBeGreaterThanOrEqual(0);
      expect(account.share).toBeLessThanOrEqual(2);
      expect(Number.isFinite(account.inferred)).toBe(true);
    }),
  );
});
