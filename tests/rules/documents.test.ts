/** Documents that cannot drift: the tables of the README and the docs are held against the code they describe. */
import { FAULTS } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { SERVER_OPTIONS } from "../../server/src/options.ts";
import { SERVER_FLAGS } from "../support/processes.ts";
import { read, sources } from "../support/tree.ts";

test("every fault code stands in faults.md with its message and remedy, and no other code does", () => {
  const rows = read("shared/docs/faults.md")
    .split("\n")
    .filter((l) => l.startsWith("| `E_"));
  const wanted = Object.entries(FAULTS).map(
    ([code, f]) => `| \`${code}\` | ${f.status} | ${f.message} | ${f.retry ? "yes" : "no"} | ${f.remedy} |`,
  );
  expect(rows).toEqual(wanted);
});

test("every option of the server stands in the README with flag, variable and default", () => {
  const readme = read("README.md");
  for (const option of Object.values(SERVER_OPTIONS)) {
    const names = [option.flag && `\`--${option.flag}\``, option.env && `\`${option.env}\``].filter(Boolean).join(" / ");
    const row = readme.split("\n").find((l) => l.startsWith(`| ${names} |`));
    expect(row, `README has no row "| ${names} |"`).toBeDefined();
    if (option.fallback !== undefined) expect(row).toContain(`\`${option.fallback}\``);
  }
});

test("the server's image gives Node the flags that npm run server gives it", () => {
  expect(SERVER_FLAGS.length).toBeGreaterThan(0);
  for (const flag of SERVER_FLAGS) expect(read("server/Dockerfile")).toContain(`"${flag}"`);
});

test("every link to a file in the documents leads somewhere", () => {
  const missing: string[] = [];
  const documents = sources(["."], [".md"]);
  const known = new Set(sources(["."], [""]));
  for (const file of documents) {
    const base = file.split("/").slice(0, -1);
    for (const [, target] of read(file).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      const path: string[] = [...base];
      for (const part of (target as string).replace(/\/$/, "").split("/")) {
        if (part === "..") path.pop();
        else if (part !== ".") path.push(part);
      }
      const full = path.join("/");
      if (!known.has(full) && ![...known].some((k) => k.startsWith(`${full}/`))) missing.push(`${file} -> ${target}`);
    }
  }
  expect(missing).toEqual([]);
});

test("every file named in the table of architecture.md exists", () => {
  const known = sources(["."], [""]);
  const named = [...read("shared/docs/architecture.md").matchAll(/^- `([^`]+)`/gm)].map((m) => m[1] as string);
  expect(named.length).toBeGreaterThan(4);
  expect(named.filter((path) => !known.some((k) => k === path || k.startsWith(path)))).toEqual([]);
});
