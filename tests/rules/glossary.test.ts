/** A term that is not in the glossary may not name a type: every word of an exported type's name is one of its terms. */
import { expect, test } from "vitest";
import { isTest, read, sources } from "../support/tree.ts";

const terms = new Set(
  [...read("shared/docs/glossary.md").matchAll(/^- \*\*([^*]+)\*\*/gm)].flatMap((m) => (m[1] as string).toLowerCase().split(/[^a-z0-9]+/)),
);

/** `AlarmStates` -> alarm, states. */
function words(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(" ");
}

/** The word, or what it is the plural or verb form of. */
function known(word: string): boolean {
  const forms = [
    word,
    word.replace(/ies$/, "y"),
    word.replace(/es$/, ""),
    word.replace(/s$/, ""),
    word.replace(/(er|or|ing|ed)$/, ""),
    word.replace(/(er|ing|ed)$/, "e"),
  ];
  return forms.some((form) => terms.has(form));
}

test("the rule knows a term and refuses a stranger", () => {
  expect(words("LimitAlarm").every(known)).toBe(true);
  expect(words("FooAlarm").every(known)).toBe(false);
});

test("every exported type is named by terms of the glossary", () => {
  const strangers: string[] = [];
  for (const file of sources(["shared/src", "server/src", "simulator/src", "client/src"]).filter((f) => !isTest(f)))
    for (const [, name] of read(file).matchAll(/^export (?:abstract )?(?:interface|type|class) (\w+)/gm)) {
      const unknown = words(name as string).filter((word) => !known(word));
      if (unknown.length > 0) strangers.push(`${name} (${unknown.join(", ")}) in ${file}`);
    }
  expect(strangers).toEqual([]);
});
