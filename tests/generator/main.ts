/**
 * A load of Sparkplug data for benches: every Sparkplug line of a plant as an edge with a connection of its own, births as they should be, then
 * messages of 24 values at the rates asked for. A program of its own, so that its CPU is not the server's. Ends with one line of JSON.
 *
 *   node tests/generator/main.ts --url mqtt://127.0.0.1:1883 --plant hall-15kt --data ./data --phases 5000:20,50000:10
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { accountSecret } from "@cellhouse/shared/program";
import type { Plc } from "@cellhouse/simulator/src/contracts.ts";
import { createSimulatedPlant } from "@cellhouse/simulator/src/plant.ts";
import { GeneratedEdge, METRICS } from "../support/generated-edge.ts";
import { plantOf } from "../support/plant.ts";

const TICK_MS = 5;

const { values: options } = parseArgs({
  options: {
    url: { type: "string", default: "mqtt://127.0.0.1:1883" },
    plant: { type: "string", default: "hall-15kt" },
    /** Ids of the lines to play; all that speak Sparkplug otherwise. */
    lines: { type: "string" },
    /** Folder with the passwords of the edges. */
    data: { type: "string", default: "./data" },
    user: { type: "string" },
    password: { type: "string" },
    /** Values per second for so many seconds, one after the other. */
    phases: { type: "string", default: "1000000:10" },
    help: { type: "boolean" },
  },
});

async function open(): Promise<GeneratedEdge[]> {
  const plant = plantOf(options.plant);
  const simulated = createSimulatedPlant(plant, { seed: 1, speed: 1, start: Date.now() });
  const file = join(options.data, "broker-ca.pem");
  const ca = options.url.startsWith("mqtts") && existsSync(file) ? readFileSync(file) : undefined;
  const wanted = options.lines?.split(",");
  const lines = plant.lines.filter(({ id, description }) => wanted?.includes(id) ?? description.protocol === "sparkplug");
  return Promise.all(
    lines.map((line) => {
      const user = options.user ?? `edge-${line.id}`;
      const password = options.password ?? accountSecret(options.data, user);
      const cells = simulated.cells.filter(({ home }) => "line" in home && home.line.id === line.id);
      const plcs = [simulated.lines.find(({ home }) => home.id === line.id) as Plc, ...cells];
      return GeneratedEdge.open({ url: options.url, user, password, ...(ca && { ca }), group: `${plant.site}-${plant.area}`, line, plcs });
    }),
  );
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Keeps to the rate on average; what full connections do not take is made up for, and counted as late at the end. */
async function run(edges: readonly GeneratedEdge[], rate: number, seconds: number): Promise<object> {
  const begun = performance.now();
  const cpu = process.cpuUsage();
  const before = edges.reduce((sum, edge) => sum + edge.values, 0);
  const share = rate / METRICS / edges.length / 1000;
  const due = edges.map(() => 0);
  for (let last = 0; last < seconds * 1000; ) {
    await pause(TICK_MS);
    const now = Math.min(performance.now() - begun, seconds * 1000);
    for (const [i, edge] of edges.entries()) {
      due[i] = (due[i] as number) + (now - last) * share;
      if (edge.full) continue;
      edge.send(Math.floor(due[i] as number), Date.now());
      due[i] = (due[i] as number) % 1;
    }
    last = now;
  }
  const values = edges.reduce((sum, edge) => sum + edge.values, 0) - before;
  const took = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const late = Math.round(due.reduce((sum, n) => sum + n, 0) * METRICS);
  return { rate, values, perSecond: Math.round(values / took), late, core: (user + system) / 1e6 / took };
}

async function main(): Promise<void> {
  const edges = await open();
  while (!edges.every(({ born }) => born)) await pause(50);
  process.stdout.write(`born: ${edges.length} edges\n`);
  const phases: object[] = [];
  for (const phase of options.phases.split(",")) {
    const [rate, seconds] = phase.split(":").map(Number);
    phases.push(await run(edges, rate ?? 0, seconds ?? 0));
  }
  await Promise.all(edges.map((edge) => edge.end()));
  process.stdout.write(`${JSON.stringify({ values: edges.reduce((sum, edge) => sum + edge.values, 0), phases })}\n`);
}

if (options.help) process.stdout.write("see the first lines of tests/generator/main.ts\n");
else await main();
