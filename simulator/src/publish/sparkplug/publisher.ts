/** All Sparkplug lines of a plant: one edge node with one connection each. */
import type { Clock, Plant } from "@cellhouse/shared";
import type { Plc, Publisher, SimulatedPlant } from "../../contracts.ts";
import type { PublishedCounters } from "../../counters.ts";
import type { PublishMode } from "../sampler.ts";
import { Edge } from "./edge.ts";
import { Session } from "./session.ts";

export interface SparkplugOptions {
  plant: Plant;
  simulated: SimulatedPlant;
  url: string;
  /** Account of a line's edge. */
  account(line: string): { user: string; password: string };
  mode: PublishMode;
  counters: Pick<PublishedCounters, "add" | "drop">;
  clock: Clock;
  say(text: string): void;
}

const HOST = "cellhouse";

/** `start` resolves at once: a broker that is not there yet is tried for ever. */
export function createSparkplugPublisher(options: SparkplugOptions): Publisher {
  const { plant } = options;
  const lines = plant.lines.filter((line) => line.description.protocol === "sparkplug");
  const parts = lines.map((line) => {
    const edge = makeEdge(options, line.id);
    const clientId = `${plant.site}-${plant.area}-${line.id}`;
    const { url, clock, say } = options;
    return { edge, session: new Session(edge, { url, ...options.account(line.id), clientId, clock, say }) };
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
    },
  };
}

function makeEdge({ plant, simulated, counters, mode, say }: SparkplugOptions, line: string): Edge {
  return new Edge({
    group: `${plant.site}-${plant.area}`,
    host: HOST,
    line: simulated.lines.find((plc) => plc.home.id === line) as Plc,
    cells: simulated.cells.filter(({ home }) => "line" in home && home.line.id === line),
    plant: simulated,
    mode,
    published: counters,
    dropped: (n) => counters.drop(line, n),
    say,
  });
}
