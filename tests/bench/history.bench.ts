/** How long a trend waits for its points: 2,000 over each span people look at, of tags chosen at random, from the embedded engine. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ManualClock, type TagId } from "@cellhouse/shared";
import { createRng, uniform } from "@cellhouse/shared/process";
import { createHistorian, createHistory } from "../../server/src/historian/index.ts";
import { quantile } from "../support/measure.ts";
import { plantOf } from "../support/plant.ts";
import { END, folderOf, MINUTE_TAGS, querySet, SETS } from "./history/query-set.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const POINTS = 2000;
const QUESTIONS = 200;

/** The large set where it has been made (`node tests/bench/history/query-set.ts day`), else the small one. */
const name = existsSync(join(folderOf("day"), "whole")) ? "day" : "small";

/** 95 of 100 questions are answered within this, ms; each tag is asked for once, so nothing of it is known already. */
async function p95(span: number): Promise<number> {
  const plant = plantOf(SETS[name].plant);
  const historian = createHistorian("duckdb", { folder: await querySet(name) }, { plant, clock: new ManualClock(END) });
  const history = createHistory({ historian, forwarder: { settle: async () => true, links: () => [] } });
  await historian.start();
  try {
    const tags = plant.tags.filter((tag) => (MINUTE_TAGS as readonly string[]).includes(tag.definition.name));
    const rng = createRng(span | 0);
    const chance = (): number => uniform(rng);
    const took: number[] = [];
    for (let i = 0; i < QUESTIONS; i++) {
      const tag = tags[Math.floor(chance() * tags.length)]?.id as TagId;
      const to = END - Math.floor(chance() * 0.2 * Math.min(span, SETS[name].raw));
      const at = performance.now();
      const { time } = await history.buckets({ tag, from: to - span, to, count: POINTS });
      took.push(performance.now() - at);
      if (time.length === 0) throw new Error("no points: the set is not what it should be");
    }
    return quantile(
      took.sort((a, b) => a - b),
      0.95,
    );
  } finally {
    await historian.stop();
  }
}

const SPANS = { "10 min": 10 * MINUTE, "1 h": HOUR, "24 h": DAY, "30 d": 30 * DAY, "1 y": 365 * DAY };

export const benches = Object.entries(SPANS).map(([words, span]) => ({
  name: `history: ${POINTS} points over ${words}, p95 (${name} set)`,
  unit: "ms",
  budget: 50,
  better: "lower" as const,
  runs: 1,
  run: () => p95(span),
}));
