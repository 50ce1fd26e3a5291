/** The main job under full load: from the edges' own counters to what the engine holds, sample by sample. */
import { addHash, sampleHash, systemClock } from "@cellhouse/shared";
import { createHistorian } from "../../server/src/historian/index.ts";
import { type Started, startCellhouse } from "../support/cellhouse.ts";
import { type Influxd, startInfluxd } from "../support/influxd.ts";
import { processFigures, quantile, type Watcher, watch } from "../support/measure.ts";
import { plantOf } from "../support/plant.ts";
import { until } from "../support/processes.ts";
import type { SoakOptions } from "./main.ts";

export interface PublishedTag {
  count: number;
  checksum: number;
  first: number;
  last: number;
}
export type PublishedTags = Record<string, PublishedTag>;

const sim = (house: Started, path: string, init?: RequestInit): Promise<Response> =>
  fetch(`http://127.0.0.1:${house.ports.sim}${path}`, init);

async function counter(house: Started, name: string): Promise<number> {
  const text = await (await fetch(`${house.url}/metrics`)).text();
  let sum = 0;
  for (const line of text.split("\n")) if (line.startsWith(name)) sum += Number(line.split(" ").pop());
  return sum;
}

export interface MainJobResult {
  figures: Figures;
  published: PublishedTags;
  /** Tags whose count or checksum differs between edge and engine. */
  lost: string[];
}

/** Prints the table; true when nothing was lost. Figures over budget are shown, not failed. */
export async function mainSoak(options: SoakOptions): Promise<boolean> {
  const result = await mainJob(options);
  print(options, result);
  return result.lost.length === 0;
}

/** Runs plant and server at full rate for the time given and holds what the engine has against the edges' own sums. */
export async function mainJob(options: SoakOptions): Promise<MainJobResult> {
  const influxd = options.historian === "influx" ? await startInfluxd() : undefined;
  const server = influxd === undefined ? [] : ["--influx-url", influxd.url];
  const house = await startCellhouse({ plant: options.plant, publish: "raw", server });
  const plant = plantOf(options.plant);
  try {
    const api = await house.api("operator");
    const watcher = await watch(house.url, api.cookie, { hall: true });
    const voltages = plant.cells.map((cell) => `${cell.path}:EI-201`);
    await until("every cell to be live", () => voltages.every((path) => watcher.live.has(path)), 60_000);
    await pause(10_000);
    const figures = await measure(house, watcher, options.seconds);
    process.kill(house.simulator.process.pid as number, "SIGUSR2"); // hold: no further scans, counters stay readable
    await pause(2000);
    const published = ((await (await sim(house, "/published")).json()) as { tags: PublishedTags }).tags;
    await until(
      "the historian to have all that was recorded",
      async () => (await counter(house, "cellhouse_stored_total")) >= (await counter(house, "cellhouse_recorded_total")),
      120_000,
    );
    watcher.close();
    await house.server.stop();
    const lost = await compare(published, options, house, influxd);
    return { figures, published, lost };
  } finally {
    await house.stop();
    await influxd?.stop();
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export interface Figures {
  rate: number;
  cpuMicros: number;
  peakMb: number;
  mqtt: number[];
  opcua: number[];
  seconds: number;
}

async function measure(house: Started, watcher: Watcher, seconds: number): Promise<Figures> {
  const pid = house.server.process.pid as number;
  await sim(house, "/published", { method: "DELETE" });
  watcher.reset();
  const [from, received] = [processFigures(pid), await counter(house, "cellhouse_received_total")];
  const begun = Date.now();
  await pause(seconds * 1000);
  const took = (Date.now() - begun) / 1000;
  const to = processFigures(pid);
  const values = (await counter(house, "cellhouse_received_total")) - received;
  const lines = plantOfHouse(house);
  return {
    rate: values / took,
    cpuMicros: ((to.cpuSeconds - from.cpuSeconds) * 1e6) / values,
    peakMb: to.peakMb,
    mqtt: watcher.latencies(lines.sparkplug),
    opcua: watcher.latencies(lines.opcua),
    seconds: took,
  };
}

function plantOfHouse(house: Started): { sparkplug: string[]; opcua: string[] } {
  const of = (protocol: string): string[] => house.plant.lines.filter((l) => l.description.protocol === protocol).map((l) => `${l.path}.`);
  return { sparkplug: of("sparkplug"), opcua: of("opcua") };
}

/** Reads each tag's span straight from the engine and holds it against the edge's count and checksum. */
export async function compare(
  published: PublishedTags,
  options: SoakOptions,
  house: Started,
  influxd: Influxd | undefined,
): Promise<string[]> {
  const plant = plantOf(options.plant);
  const settings = influxd === undefined ? { folder: house.data } : { url: influxd.url };
  const engine = createHistorian(options.historian, settings, { plant, clock: systemClock });
  await engine.start();
  const wrong: string[] = [];
  for (const [path, edge] of Object.entries(published)) {
    const tag = plant.tag(path);
    if (tag === undefined || edge.count === 0) continue;
    const rows = await engine.raw({ tag: tag.id, from: edge.first, to: edge.last + 1, limit: 10_000_000 });
    let sum = 0;
    for (let i = 0; i < rows.time.length; i++)
      sum = addHash(sum, sampleHash(rows.time[i] as number, rows.value[i] as number, rows.quality[i] as number));
    if (rows.time.length !== edge.count || sum !== edge.checksum) wrong.push(`${path}: edge ${edge.count}, historian ${rows.time.length}`);
  }
  await engine.stop();
  return wrong;
}

function print(options: SoakOptions, { figures: f, published, lost }: MainJobResult): void {
  const samples = Object.values(published).reduce((n, t) => n + t.count, 0);
  const row = (name: string, value: string, budget: string): string =>
    `| ${name.padEnd(42)} | ${value.padStart(18)} | ${budget.padEnd(16)} |`;
  const ms = (list: readonly number[], q: number): string => `${quantile(list, q).toFixed(0)} ms`;
  const lines = [
    `\nsoak main, ${options.plant}, ${options.historian}, ${f.seconds.toFixed(0)} s, ${new Date().toISOString()}`,
    row("figure", "measured", "budget"),
    row("values received per second", f.rate.toFixed(0), ">= 3700"),
    row("server CPU per value", `${f.cpuMicros.toFixed(1)} us`, "<= 15 us"),
    row("server memory, peak", `${f.peakMb.toFixed(0)} MB`, "<= 600 MB"),
    row("source to socket, MQTT lines, p50", ms(f.mqtt, 0.5), "<= 10 ms"),
    row("source to socket, MQTT lines, p99", ms(f.mqtt, 0.99), "<= 100 ms"),
    row("source to socket, OPC UA lines, p50", ms(f.opcua, 0.5), ""),
    row("source to socket, OPC UA lines, p99", ms(f.opcua, 0.99), ""),
    row("samples published in the window", String(samples), ""),
    row("tags whose count or checksum differs", `${lost.length} of ${Object.keys(published).length}`, "0"),
    ...lost.slice(0, 10),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
