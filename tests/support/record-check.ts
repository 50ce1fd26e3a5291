/** Nothing lost, nothing doubled: what the edges say they published against what the engine holds, sample by sample. */
import { addHash, type Plant, sampleHash, systemClock } from "@cellhouse/shared";
import { createHistorian } from "../../server/src/historian/index.ts";
import type { Started } from "./cellhouse.ts";
import { until } from "./processes.ts";

interface PublishedTag {
  count: number;
  checksum: number;
  first: number;
  last: number;
}
export type PublishedTags = Record<string, PublishedTag>;

const sim = (house: Started, path: string, init?: RequestInit): Promise<Response> =>
  fetch(`http://127.0.0.1:${house.ports.sim}${path}`, init);

/** From here on counts. */
export async function beginCounting(house: Started): Promise<void> {
  await sim(house, "/published", { method: "DELETE" });
}

/** No further scans: what was published stays as it is. */
export function holdScans(house: Started): void {
  process.kill(house.simulator.process.pid as number, "SIGUSR2");
}

export async function published(house: Started): Promise<PublishedTags> {
  return ((await (await sim(house, "/published")).json()) as { tags: PublishedTags }).tags;
}

/** Sum over all labels of a counter of the server. */
export const counter = ({ url }: Started, name: string): Promise<number> => sumAt(`${url}/metrics`, name);

/** Samples of a Sparkplug line that came, over those it published: what was sent twice. */
export async function surplus(house: Started, line: string): Promise<number> {
  const published = await sumAt(`http://127.0.0.1:${house.ports.sim}/metrics`, `cellhouse_sim_published_total{line="${line}"`);
  return (await counter(house, `cellhouse_received_total{link="edge:${line}"`)) - published;
}

/** Samples the edges have yet to send. */
export const waitingAtEdges = ({ ports }: Started): Promise<number> =>
  sumAt(`http://127.0.0.1:${ports.sim}/metrics`, "cellhouse_sim_waiting");

async function sumAt(url: string, name: string): Promise<number> {
  const text = await (await fetch(url)).text();
  let sum = 0;
  for (const line of text.split("\n")) if (line.startsWith(name)) sum += Number(line.split(" ").pop());
  return sum;
}

/** Resolves when everything recorded is stored, and nothing more arrives. */
export async function settled(house: Started): Promise<void> {
  let before = -1;
  await until(
    "the historian to have all that was recorded",
    async () => {
      const [recorded, stored] = [await counter(house, "cellhouse_recorded_total"), await counter(house, "cellhouse_stored_total")];
      const still = recorded === before;
      before = recorded;
      // After a restart the counters know nothing of what waited before it; the backlog does.
      return still && stored >= recorded && (await counter(house, 'cellhouse_backlog{link="historian"}')) === 0;
    },
    120_000,
    1000,
  );
}

export interface Held {
  plant: Plant;
  historian: "duckdb" | "influx";
  /** The engine's own settings. */
  settings: { folder: string } | { url: string };
  /** While nothing was counted yet, epoch ms: a clock that is far behind makes a tag's span reach over it. */
  uncounted?: { from: number; to: number };
}

/** In words, for a table's end. */
export const told = ({ path, edge, held, hole }: Difference): string => `${path}: edge ${edge}, historian ${held}; longest hole ${hole}`;

/** A tag of which edge and engine do not say the same; with equal counts some value, time or quality is another. */
export interface Difference {
  path: string;
  /** Samples the edge published, and those the engine has in the same span. */
  edge: number;
  held: number;
  /** The longest time between two samples the engine has, where something is missing as a rule. */
  hole: string;
}

/** Reads each tag's span straight from the engine (no server may hold it) and names the tags that differ in count or checksum. */
export async function differences(tags: PublishedTags, { plant, historian, settings, uncounted }: Held): Promise<Difference[]> {
  const engine = createHistorian(historian, settings as never, { plant, clock: systemClock });
  await engine.start();
  const wrong: Difference[] = [];
  for (const [path, edge] of Object.entries(tags)) {
    const tag = plant.tag(path);
    if (tag === undefined || edge.count === 0) continue;
    const { time, value, quality } = await engine.raw({ tag: tag.id, from: edge.first, to: edge.last + 1, limit: 10_000_000 });
    const behind = uncounted !== undefined && edge.first < uncounted.from;
    let [sum, held] = [0, 0];
    for (let i = 0; i < time.length; i++) {
      const at = time[i] as number;
      if (behind && at >= uncounted.from && at < uncounted.to) continue;
      sum = addHash(sum, sampleHash(at, value[i] as number, quality[i] as number));
      held++;
    }
    if (held !== edge.count || sum !== edge.checksum) wrong.push({ path, edge: edge.count, held, hole: longestHole(time) });
  }
  await engine.stop();
  return wrong;
}

function longestHole(times: Float64Array): string {
  let [from, longest] = [0, 0];
  for (let i = 1; i < times.length; i++) {
    const wide = (times[i] as number) - (times[i - 1] as number);
    if (wide > longest) [from, longest] = [times[i - 1] as number, wide];
  }
  return `${longest} ms from ${new Date(from).toISOString()}`;
}
