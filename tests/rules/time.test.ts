/** Time and chance are arguments: only composition roots, configuration and the clock may ask the operating system. */
import { expect, test } from "vitest";
import { isTest, read, sources } from "../support/tree.ts";

const FORBIDDEN = /\b(Date\.now\(|new Date\(\)|setTimeout\(|setInterval\(|setImmediate\(|Math\.random\(|performance\.now\(|process\.env\b)/;
const ALLOWED = /(^|\/)(main|config|clock|verify)\.tsx?$/;

/** Lines of a text that ask for time or chance; comments do not count. */
function offences(text: string): string[] {
  return text.split("\n").filter((line) => FORBIDDEN.test(line.replace(/\/\/.*$|^\s*\*.*$/, "")));
}

test("the rule sees a seeded offence and passes an injected clock", () => {
  expect(offences("const t = Date.now();")).toHaveLength(1);
  expect(offences("const t = clock.now(); // never Date.now()")).toHaveLength(0);
});

const files = sources(["shared/src", "server/src", "simulator/src"]).filter((f) => !ALLOWED.test(f) && !isTest(f));

test("there are sources to check", () => expect(files.length).toBeGreaterThan(20));

test("every module but the composition roots takes time and chance as arguments", () => {
  expect(files.flatMap((file) => offences(read(file)).map((line) => `${file}: ${line.trim()}`))).toEqual([]);
});
