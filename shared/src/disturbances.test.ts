import fc from "fast-check";
import { expect, test } from "vitest";
import { ALL_TAGS, CELL_TAGS, DISTURBANCES, type DisturbanceEntry, readDisturbance, STRUCK_TAGS } from "./index.ts";

const entries: [string, DisturbanceEntry][] = Object.entries(DISTURBANCES);

test("without arguments every kind has its defaults, and each default lies in its range", () => {
  for (const [kind, { args }] of entries) {
    const read = readDisturbance(kind, {});
    const fallbacks = Object.fromEntries(Object.entries(args).map(([name, arg]) => [name, arg.fallback]));
    expect(read, kind).toEqual({ ok: true, kind, args: fallbacks });
    for (const arg of Object.values(args))
      if ("choices" in arg) expect(arg.choices[arg.fallback]).toBeTypeOf("string");
      else expect(arg.low <= arg.fallback && arg.fallback <= arg.high).toBe(true);
  }
});

test("a choice may be named or numbered, and leaves as its number", () => {
  expect(readDisturbance("stuck_value", { tag: "TI-103" })).toMatchObject({ ok: true, args: { tag: STRUCK_TAGS.indexOf("TI-103") } });
  expect(readDisturbance("bad_quality", { tag: ALL_TAGS })).toMatchObject({ ok: true, args: { tag: 0 } });
  expect(readDisturbance("bad_quality", { tag: 1 })).toMatchObject({ ok: true, args: { tag: 1 } });
});

test.each([
  ["kind", "earthquake", {}],
  ["kind", "constructor", {}],
  ["args.size", "over_temp", { size: 1e9 }],
  ["args.size", "over_temp", { size: "hot" }],
  ["args.size", "over_temp", { size: Number.NaN }],
  ["args.(keys)", "over_temp", { speed: 1 }],
  ["args.anode", "anode_break", { anode: 1.5 }],
  ["args.tag", "stuck_value", { tag: "YC-905" }],
  ["args.tag", "stuck_value", { tag: 99 }],
  ["args.tag", "stuck_value", { tag: ALL_TAGS }],
])("a wrong order names the field %s (%s)", (field, kind, args) => {
  expect(readDisturbance(kind, args)).toMatchObject({ ok: false, detail: expect.stringContaining(`${field}: `) });
});

test("every tag that can be struck is a measurement of a cell", () => {
  for (const name of STRUCK_TAGS) expect(CELL_TAGS.find((tag) => tag.name === name)?.scanMs, name).toBeGreaterThan(0);
});

test("whatever it is given it answers, and what it lets pass are finite numbers inside their ranges", () => {
  const kinds = fc.oneof(fc.constantFrom(...Object.keys(DISTURBANCES)), fc.string());
  const args = fc.dictionary(fc.oneof(fc.constantFrom("size", "tag", "delay", "share", "anode"), fc.string()), fc.anything());
  fc.assert(
    fc.property(kinds, args, (kind, given) => {
      const read = readDisturbance(kind, given);
      if (!read.ok) return /^(kind|args\.[^:]*): ./.test(read.detail);
      const { args: known }: DisturbanceEntry = DISTURBANCES[read.kind];
      return Object.entries(read.args).every(([name, value]) => {
        const arg = known[name];
        if (arg === undefined) return false;
        return "choices" in arg ? arg.choices[value] !== undefined : value >= arg.low && value <= arg.high;
      });
    }),
  );
});
