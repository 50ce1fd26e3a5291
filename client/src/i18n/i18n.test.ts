import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CELL_TAGS, FAULTS, LINE_TAGS, SYSTEM_TAGS } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { en } from "./en.ts";
import { zh } from "./zh.ts";

/** `a.b.c` of every text. */
function keys(node: object, path = ""): string[] {
  return Object.entries(node).flatMap(([key, value]) =>
    typeof value === "string" ? [`${path}${key}`] : keys(value as object, `${path}${key}.`),
  );
}

const text = (node: object, key: string): string =>
  key.split(".").reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], node) as string;

test("both languages have exactly the same keys", () => {
  expect(keys(zh).sort()).toEqual(keys(en).sort());
});

test("both languages put the same values into a text", () => {
  const slots = (s: string): string[] => [...s.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1] as string).sort();
  for (const key of keys(en)) expect(slots(text(zh, key)), key).toEqual(slots(text(en, key)));
});

test("every fault code says what happened and what to do, in both languages", () => {
  for (const code of Object.keys(FAULTS))
    for (const language of [en, zh]) {
      const words = (language.faults as Record<string, { message: string; remedy: string }>)[code];
      expect(words?.message.length, code).toBeGreaterThan(2);
      expect(words?.remedy.length, code).toBeGreaterThan(2);
    }
});

test("every tag has words in both languages", () => {
  for (const { name } of [...CELL_TAGS, ...LINE_TAGS, ...SYSTEM_TAGS])
    for (const language of [en, zh]) expect((language.tags as Record<string, string>)[name.replaceAll(".", "_")], name).toBeTruthy();
});

test("no text is empty and Chinese is not left in English", () => {
  const untranslated = keys(en).filter(
    (key) => !key.startsWith("letter") && text(en, key) === text(zh, key) && /[a-z]{4}/.test(text(en, key)),
  );
  expect(untranslated).toEqual([]);
  for (const key of keys(en)) expect(text(en, key).trim(), key).not.toBe("");
});

test("every key the screens name exists, and every text is named somewhere", () => {
  const root = join(import.meta.dirname, "..");
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
    (f) => /\.tsx?$/.test(f) && !f.includes("i18n") && !f.endsWith(".test.ts"),
  );
  const source = files.map((f) => readFileSync(join(root, f), "utf8")).join("\n");
  const known = new Set(keys(en));
  const named = [...source.matchAll(/\bt\(\s*"([\w.-]+)"/g)].map((m) => m[1] as string);
  expect(named.filter((key) => !known.has(key))).toEqual([]);
  const unused = keys(en).filter((key) => !source.includes(`"${key}"`) && !dynamic(key));
  expect(unused).toEqual([]);
  function dynamic(key: string): boolean {
    const [group = ""] = key.split(".");
    return source.includes(`\`${group}.`) || source.includes(`\`${key.split(".").slice(0, -1).join(".")}.`);
  }
});
