/** Proves that the import rules of biome.json still bite: each seeded bad import must be reported, each good one must pass. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "../support/tree.ts";

const BAD: [file: string, text: string, rule: string][] = [
  ["client/src/live/bad-workspace.ts", 'import "@cellhouse/server";', "noRestrictedImports"],
  ["simulator/src/bad-relative.ts", 'import "../../server/src/main.ts";', "noRestrictedImports"],
  ["shared/src/bad-ours.ts", 'import "@cellhouse/client";', "noRestrictedImports"],
  ["server/src/alarms/bad-stage.ts", 'import "../control/loops.ts";', "noRestrictedImports"],
  ["server/src/alarms/kinds/bad-stage.ts", 'import "../../recorder/recorder.ts";', "noRestrictedImports"],
  ["server/src/ingest/opcua/bad-sibling.ts", 'import "../sparkplug/decode.ts";', "noRestrictedImports"],
  ["server/src/web/bad-stage.ts", 'import "../ledger/ledger.ts";', "noRestrictedImports"],
  ["client/src/parts/bad-layer.ts", 'import "../screens/index.ts";', "noRestrictedImports"],
  ["client/src/live/store.ts", 'import "react";', "noRestrictedImports"],
  ["server/src/bad-undeclared.ts", 'import "left-pad";', "noUndeclaredDependencies"],
];
const GOOD: [file: string, text: string][] = [
  ["server/src/alarms/good.ts", 'import "../contracts.ts";\nimport "@cellhouse/shared";\nimport "./machine.ts";\n'],
  ["client/src/screens/hall/good.ts", 'import "../../parts/value.ts";\nimport "../../live/store.ts";\n'],
];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cellhouse-rules-"));
  const config = JSON.parse(readFileSync(join(ROOT, "biome.json"), "utf8"));
  writeFileSync(join(folder, "biome.json"), JSON.stringify({ ...config, $schema: undefined, vcs: { enabled: false } }));
  for (const ws of [".", "shared", "server", "client", "simulator", "tests"]) {
    mkdirSync(join(folder, ws), { recursive: true });
    cpSync(join(ROOT, ws, "package.json"), join(folder, ws, "package.json"));
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  for (const [file, text] of [...BAD, ...GOOD]) seed(file, text);
  seed("server/src/model/cycle-a.ts", 'import { b } from "./cycle-b.ts";\nexport const a = (): number => b();\n');
  seed("server/src/model/cycle-b.ts", 'import { a } from "./cycle-a.ts";\nexport const b = (): number => a();\n');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function seed(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

/** The rules that report a file. */
function reported(file: string): string {
  const run = spawnSync(join(ROOT, "node_modules/.bin/biome"), ["lint", "--colors=off", "--max-diagnostics=50", file], {
    cwd: folder,
    encoding: "utf8",
  });
  return run.stdout + run.stderr;
}

test.each(BAD)("reports %s", (file, _text, rule) => {
  expect(reported(file)).toContain(rule);
});

test("reports an import cycle", () => {
  expect(reported("server/src/model")).toContain("noImportCycles");
});

test.each(GOOD)("lets %s pass", (file) => {
  expect(reported(file)).not.toMatch(/noRestrictedImports|noUndeclaredDependencies/);
});
