/**
 * Asks the embedded engine for trends as the server would, in a process with nothing else in it and the server's own flags:
 *
 *   node tests/bench/history/questions.ts <set> <span in ms>
 *
 * Prints how long 95 of 100 questions took at most, ms.
 */
import { ManualClock, type TagId } from "@cellhouse/shared";
import { createRng, uniform } from "@cellhouse/shared/process";
import { createHistorian, createHistory } from "../../../server/src/historian/index.ts";
import { quantile } from "../../support/measure.ts";
import { plantOf } from "../../support/plant.ts";
import { END, folderOf, MINUTE_TAGS, SETS } from "./query-set.ts";

const POINTS = 2000;
const QUESTIONS = 200;

const [name, span] = [process.argv[2] as keyof typeof SETS, Number(process.argv[3])];
const plant = plantOf(SETS[name].plant);
const historian = createHistorian("duckdb", { folder: folderOf(name) }, { plant, clock: new ManualClock(END) });
const history = createHistory({ historian, forwarder: { settle: async () => true, links: () => [] } });
await historian.start();
const tags = plant.tags.filter((tag) => (MINUTE_TAGS as readonly string[]).includes(tag.definition.name));
const rng = createRng(span | 0);
const chance = (): number => uniform(rng);
const took: number[] = [];
// Each tag is asked for once or twice at most, so nothing of it is known already.
for (let i = 0; i < QUESTIONS; i++) {
  const tag = tags[Math.floor(chance() * tags.length)]?.id as TagId;
  const to = END - Math.floor(chance() * 0.2 * Math.min(span, SETS[name].raw));
  const at = performance.now();
  const { time } = await history.buckets({ tag, from: to - span, to, count: POINTS });
  took.push(performance.now() - at);
  if (time.length === 0) throw new Error("no points: the set is not what it should be");
}
took.sort((a, b) => a - b);
process.stdout.write(`${quantile(took, 0.95)}\n`);
await historian.stop();
