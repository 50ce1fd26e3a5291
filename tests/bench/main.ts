/**
 * `npm run bench [-- name]`: every `*.bench.ts` beside the code and here, each figure with its budget and its ratio to the
 * earlier figures of this machine (kept in `.bench/`, not in the repository). Warns, never fails: the machine is noisy.
 */
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, hostname } from "node:os";
import { join } from "node:path";
import { ROOT } from "../support/tree.ts";

/** What a bench file exports as `benches`; one run gives one figure. */
interface Bench {
  name: string;
  unit: string;
  budget: number;
  better: "higher" | "lower";
  /** Counted runs; the median counts. */
  runs?: number;
  run(): number | Promise<number>;
}

const wanted = process.argv.slice(2);
if (wanted.includes("--help")) {
  process.stdout.write("npm run bench -- [part of a name ...]\n");
  process.exit(0);
}
const folder = join(ROOT, ".bench");
mkdirSync(folder, { recursive: true });
const file = join(folder, `${hostname()}.json`);
const earlier = readEarlier();

function readEarlier(): Record<string, number[]> {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, number[]>;
  } catch {
    return {};
  }
}

function median(list: readonly number[]): number {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
}

async function measure(bench: Bench): Promise<number> {
  await bench.run();
  const figures: number[] = [];
  for (let i = 0; i < (bench.runs ?? 5); i++) figures.push(await bench.run());
  return median(figures);
}

const cell = (text: string, width: number, right = true): string => (right ? text.padStart(width) : text.padEnd(width));
const show = (n: number): string => (n >= 1000 ? Math.round(n).toLocaleString("en") : n.toPrecision(3));

process.stdout.write(`bench, ${new Date().toISOString()}, ${cpus()[0]?.model} x ${cpus().length}, node ${process.version}\n`);
process.stdout.write(
  `| ${cell("bench", 52, false)} | ${cell("median", 12)} | ${cell("budget", 12)} | unit          | to earlier | verdict |\n`,
);
for (const path of globSync("{shared,server,simulator,client}/src/**/*.bench.ts", { cwd: ROOT })
  .concat(globSync("tests/bench/*.bench.ts", { cwd: ROOT }))
  .sort()) {
  const { benches } = (await import(join(ROOT, path))) as { benches: Bench[] };
  for (const bench of benches.filter((b) => wanted.length === 0 || wanted.some((w) => b.name.includes(w)))) {
    const figure = await measure(bench);
    const before = earlier[bench.name] ?? [];
    const ratio = before.length === 0 ? "-" : (figure / median(before)).toFixed(2);
    const kept = bench.better === "higher" ? figure >= bench.budget : figure <= bench.budget;
    process.stdout.write(
      `| ${cell(bench.name, 52, false)} | ${cell(show(figure), 12)} | ${cell(show(bench.budget), 12)} | ${cell(bench.unit, 13, false)} | ${cell(ratio, 10)} | ${kept ? "ok     " : "OVER   "} |\n`,
    );
    earlier[bench.name] = [...before, figure].slice(-20);
    writeFileSync(file, JSON.stringify(earlier, null, 1));
  }
}
