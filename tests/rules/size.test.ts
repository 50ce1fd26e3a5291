/** Small parts: a file over 300 lines must say why in its first lines; a folder holds at most 15 source entries. */
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { isTest, read, sources } from "../support/tree.ts";

const files = sources(["shared/src", "server/src", "simulator/src", "client/src"]);

function tooLong(text: string): boolean {
  const lines = text.split("\n");
  return lines.length > 301 && !/long because/i.test(lines.slice(0, 12).join("\n"));
}

test("the rule sees a file that is too long, and accepts a reason", () => {
  expect(tooLong("x\n".repeat(302))).toBe(true);
  expect(tooLong(`/** Long because it is one page. */\n${"x\n".repeat(302)}`)).toBe(false);
});

test("every file over 300 lines says why", () => {
  expect(files.filter((f) => !isTest(f) && tooLong(read(f)))).toEqual([]);
});

/** One entry per stage or word is the point of these two. */
const ROOMS = new Set(["server/src", "shared/src"]);

test("no folder holds more than 15 source entries", () => {
  const entries = new Map<string, Set<string>>();
  for (const file of files.filter((f) => !isTest(f))) {
    const folder = dirname(file);
    entries.set(folder, (entries.get(folder) ?? new Set()).add(file));
    const above = dirname(folder);
    if (above.includes("/src")) entries.set(above, (entries.get(above) ?? new Set()).add(folder));
  }
  const crowded = [...entries]
    .filter(([folder, set]) => set.size > 15 && !ROOMS.has(folder))
    .map(([folder, set]) => `${folder}: ${set.size}`);
  expect(crowded).toEqual([]);
});
