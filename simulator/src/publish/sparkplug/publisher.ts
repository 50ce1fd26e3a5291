/** All Sparkplug lines of a plant: one edge node with one connection each. */
import { join } from "node:path";
import type { Clock, Plant } from "@cellhouse/shared";
import type { Plc, Publisher, SimulatedPlant } from "../../contracts.ts";
import type { PublishedCounters } from "../../counters.ts";
import type { PublishMode } from "../sampler.ts";
import { Edge } from "./edge.ts";
import { type Reach, Session } from "./session.ts";

export interface SparkplugOptions {
  plant: Plant;
  simulated: SimulatedPlant;
  url: string;
  /** Account of a line's edge, and whom to trust. */
  reach(line: string): Reach;
  /** Folder of what could not be sent yet, and for how many hours it is kept. */
  buffer: { folder: string; hours: number };
  mode: PublishMode;
  counters: Pick<PublishedCounters, "add" | "drop" | "watch">;
  clock: Clock;
  say(text: string): void;
}

const HOST = "cellhouse";
/** Per edge; three days of 24 cells published raw take less than half of it. */
const BUFFER_BYTES = 1 << 30;
const HOUR_MS = 3_600_000;

/** `start` resolves at once: a broker that is not there yet is tried for ever. Throws `E_DATA_FOLDER` for a buffer that cannot be used. */
export function createSparkplugPublisher(options: SparkplugOptions): Publisher {
  const { plant } = options;
  // A line with names of its own in the plant file is spoken for by a foreign edge.
  const lines = plant.lines.filter(({ description }) => description.protocol === "sparkplug" && description.sparkplug === undefined);
  const parts = lines.map((line) => {
    const edge = makeEdge(options, line.id);
    options.counters.watch(line.id, () => edge.waiting);
    const clientId = `${plant.site}-${plant.area}-${line.id}`;
    const { url, clock, say } = options;
    return { edge, session: new Session(edge, { url, reach: () => options.reach(line.id), clientId, clock, say }) };
  });
  return {
    async start() {
      for (const { session } of parts) session.start();
    },
    publish(now) {
      for (const { edge } of parts) edge.publish(now);
    },
    async stop() {
      await Promise.all(parts.map(({ session }) => session.stop()));
      for (const { edge } of parts) edge.end();
    },
  };
}

function makeEdge({ plant, simulated, counters, mode, say, buffer }: SparkplugOptions, line: string): Edge {
  const group = `${plant.site}-${plant.area}`;
  return new Edge({
    group,
    host: HOST,
    line: simulated.lines.find((plc) => plc.home.id === line) as Plc,
    cells: simulated.cells.filter(({ home }) => "line" in home && home.line.id === line),
    plant: simulated,
    mode,
    published: counters,
    buffer: { file: join(buffer.folder, `${group}-${line}.db`), bytes: BUFFER_BYTES, ageMs: buffer.hours * HOUR_MS },
    dropped: (n) => counters.drop(line, n),
    say,
  });
}
