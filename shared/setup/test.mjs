/** `npm test`: everything CI runs, kind by kind, fastest first; ends with the totals on a line of their own. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const bin = (name) => join(root, "node_modules/.bin", name);
const results = join(root, "node_modules/.cache/test-results");
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });

const CHECKS = [
  ["types", bin("tsc"), ["-b"]],
  ["format, lint, imports", bin("biome"), ["check", "--error-on-warnings", "."]],
  ["dead code", bin("knip"), []],
];
/** What runs together, and how many files at a time. Those that start real programs mostly wait: a few side by side use two cores and starve none. */
const GROUPS = [
  { projects: ["unit"], workers: 2 },
  { projects: ["rules"], workers: 2 },
  { projects: ["integration", "chaos"], workers: 5 },
  { projects: ["e2e"], workers: 3 },
];

const only = process.argv.slice(2);
const env = { ...process.env, NODE_OPTIONS: "--disable-warning=ExperimentalWarning" };
let passed = 0;
let failed = 0;
let skipped = 0;
const started = Date.now();
const seconds = (since) => `${Math.round((Date.now() - since) / 1000)} s`;

function run(label, command, args) {
  const begun = Date.now();
  process.stdout.write(`\n── ${label}\n`);
  const { status } = spawnSync(command, args, { cwd: root, env, stdio: "inherit" });
  process.stdout.write(`── ${label}: ${status === 0 ? "ok" : "FAILED"} in ${seconds(begun)}\n`);
  return status === 0;
}

for (const [label, command, args] of only.length === 0 ? CHECKS : []) {
  if (run(label, command, args)) passed++;
  else failed++;
}
for (const { projects, workers } of GROUPS) {
  const wanted = projects.filter((name) => only.length === 0 || only.includes(name));
  if (wanted.length === 0) continue;
  const file = join(results, `${wanted.join("-")}.json`);
  const ok = run(wanted.join(", "), process.execPath, [
    join(root, "node_modules/vitest/vitest.mjs"),
    ...["run", ...wanted.flatMap((name) => ["--project", name]), `--maxWorkers=${workers}`],
    ...["--reporter=default", "--reporter=json", `--outputFile.json=${file}`],
  ]);
  try {
    const report = JSON.parse(readFileSync(file, "utf8"));
    passed += report.numPassedTests;
    failed += report.numFailedTests;
    skipped += report.numPendingTests + report.numTodoTests;
    if (!ok && report.numFailedTests === 0) failed++;
  } catch {
    if (!ok) failed++;
  }
}
process.stdout.write(`\nwhole run: ${seconds(started)}\n${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exit(failed === 0 ? 0 : 1);
