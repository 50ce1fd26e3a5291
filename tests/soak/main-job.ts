/** The main job under full load: from the edges' own counters to what the engine holds, sample by sample. */
import { type Started, startCellhouse } from "../support/cellhouse.ts";
import { startInfluxd } from "../support/influxd.ts";
import { madePlant, mixedLines } from "../support/made-plant.ts";
import { processFigures, quantile, type Watcher, watch } from "../support/measure.ts";
import { plantOf } from "../support/plant.ts";
import { until } from "../support/processes.ts";
import {
  beginCounting,
  counter,
  type Difference,
  differences,
  holdScans,
  type PublishedTags,
  published,
  settled,
  told,
} from "../support/record-check.ts";
import type { SoakOptions } from "./main.ts";

export interface MainJobResult {
  figures: Figures;
  published: PublishedTags;
  /** Tags whose count or checksum differs between edge and engine. */
  lost: Difference[];
}

/** Prints the table; true when nothing was lost. Figures over budget are shown, not failed. */
export async function mainSoak(options: SoakOptions): Promise<boolean> {
  const result = await mainJob(options);
  print(options, result);
  return result.lost.length === 0;
}

/** Lines of 24 cells that send a little more than 5,000 values a second at their tags' scan rates. */
const RATED_LINES = 13;

/** The main job at the rated load. */
export async function ratedSoak(options: SoakOptions): Promise<boolean> {
  const plant = madePlant("Rated load", mixedLines(RATED_LINES));
  try {
    return await mainSoak({ ...options, plant: plant.file });
  } finally {
    plant.remove();
  }
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
    holdScans(house);
    await pause(2000);
    const tags = await published(house);
    await settled(house);
    watcher.close();
    await house.server.stop();
    const settings = influxd === undefined ? { folder: house.data } : { url: influxd.url };
    const lost = await differences(tags, { plant, historian: options.historian, settings });
    return { figures, published: tags, lost };
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
  await beginCounting(house);
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

function print(options: SoakOptions, { figures: f, published: tags, lost }: MainJobResult): void {
  const samples = Object.values(tags).reduce((n, t) => n + t.count, 0);
  const row = (name: string, value: string, budget: string): string =>
    `| ${name.padEnd(42)} | ${value.padStart(18)} | ${budget.padEnd(16)} |`;
  const ms = (list: readonly number[], q: number): string => `${quantile(list, q).toFixed(0)} ms`;
  const lines = [
    `\nsoak main, ${options.plant}, ${options.historian}, ${f.seconds.toFixed(0)} s, ${new Date().toISOString()}`,
    row("figure", "measured", "budget"),
    row("values received per second", f.rate.toFixed(0), ">= 3700"),
    row("server CPU per value", `${f.cpuMicros.toFixed(1)} us`, "<= 15 us"),
    row("server CPU, of one core", `${((f.cpuMicros * f.rate) / 1e4).toFixed(0)} %`, "<= 70 %"),
    row("server memory, peak", `${f.peakMb.toFixed(0)} MB`, "<= 600 MB"),
    row("source to socket, MQTT lines, p50", ms(f.mqtt, 0.5), "<= 10 ms"),
    row("source to socket, MQTT lines, p99", ms(f.mqtt, 0.99), "<= 100 ms"),
    row("source to socket, OPC UA lines, p50", ms(f.opcua, 0.5), ""),
    row("source to socket, OPC UA lines, p99", ms(f.opcua, 0.99), ""),
    row("samples published in the window", String(samples), ""),
    row("tags whose count or checksum differs", `${lost.length} of ${Object.keys(tags).length}`, "0"),
    ...lost.slice(0, 10).map(told),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
