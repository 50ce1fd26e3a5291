/** How long a trend waits for its points: 2,000 over each span people look at, of tags chosen at random, from the embedded engine. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SERVER_FLAGS } from "../support/processes.ts";
import { folderOf, querySet } from "./history/query-set.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const BUDGET_MS = 50;

interface Span {
  words: string;
  ms: number;
}

const SPANS: readonly Span[] = [
  { words: "10 min", ms: 10 * MINUTE },
  { words: "1 h", ms: HOUR },
  { words: "24 h", ms: DAY },
  { words: "30 d", ms: 30 * DAY },
  { words: "1 y", ms: 365 * DAY },
];

const isMade = (name: "day" | "group"): boolean => existsSync(join(folderOf(name), "whole"));

/** The hall's large set where it has been made (`node tests/bench/history/query-set.ts day`), else the small one. */
const hall = isMade("day") ? "day" : "small";

/** 95 of 100 questions are answered within this, ms. */
async function p95(name: typeof hall | "group", span: Span): Promise<number> {
  await querySet(name);
  const flags = ["--disable-warning=ExperimentalWarning", ...SERVER_FLAGS];
  const program = fileURLToPath(new URL("./history/questions.ts", import.meta.url));
  return Number(execFileSync(process.execPath, [...flags, program, name, String(span.ms)], { encoding: "utf8" }));
}

function bench(name: typeof hall | "group", span: Span) {
  const run = (): Promise<number> => p95(name, span);
  return {
    name: `history: 2000 points over ${span.words}, p95 (${name} set)`,
    unit: "ms",
    budget: BUDGET_MS,
    better: "lower",
    runs: 1,
    run,
  };
}

/** The group's set is raw only, and three times the cells: the question is whether that makes it slower. */
export const benches = [
  ...SPANS.map((span) => bench(hall, span)),
  ...(isMade("group") ? SPANS.slice(0, 2).map((span) => bench("group", span)) : []),
];
