/** The simulator: PLCs of a plant file, published as their real ones would be. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { every, Fault, type Plant, systemClock } from "@cellhouse/shared";
import { loadPlant } from "@cellhouse/shared/plant-file";
import { fieldPassword, readConfig, type SimulatorConfig } from "./config.ts";
import type { Publisher } from "./contracts.ts";
import { PublishedCounters } from "./counters.ts";
import { serveCounters } from "./http.ts";
import { createSimulatedPlant } from "./plant.ts";
import { createOpcUaPublisher } from "./publish/opcua/publisher.ts";
import { createSparkplugPublisher } from "./publish/sparkplug/publisher.ts";

const SCAN_MS = 100;
const STOP_MS = 1800;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function openPlant(config: SimulatorConfig): Plant {
  return loadPlant(
    config.plant,
    (path) => readFileSync(path, "utf8"),
    (from, to) => resolve(dirname(from), to),
  );
}

async function run(config: SimulatorConfig): Promise<() => Promise<void>> {
  const plant = openPlant(config);
  const clock = systemClock;
  const { seed, speed, publish: mode } = config;
  const simulated = createSimulatedPlant(plant, { seed, speed, start: clock.now() });
  const counters = new PublishedCounters(plant);
  const password = fieldPassword(config);
  const account = (line: string): { user: string; password: string } =>
    config.mqttUser === undefined ? { user: `edge-${line}`, password } : { user: config.mqttUser, password: config.mqttPassword ?? "" };
  const opcua = createOpcUaPublisher({
    plant,
    simulated,
    host: config.host,
    port: config.opcuaPort,
    data: config.data,
    password,
    mode,
    counters,
    say,
  });
  const sparkplug = createSparkplugPublisher({ plant, simulated, url: config.mqttUrl, account, mode, counters, clock, say });
  const publishers: Publisher[] = [opcua, sparkplug];

  simulated.advance(clock.now());
  const http =
    config.httpPort === undefined ? undefined : await serveCounters({ host: config.host, port: config.httpPort, plant }, counters);
  for (const publisher of publishers) await publisher.start();
  const cancel = every(clock, SCAN_MS, () => {
    const now = clock.now();
    simulated.advance(now);
    for (const publisher of publishers) publisher.publish(now);
  });
  const listeners = [opcua.url === undefined ? "" : ` opcua=${opcua.url}`, http === undefined ? "" : ` http=${http.url}`];
  say(`simulator ready mqtt=${new URL(config.mqttUrl).host}${listeners.join("")}`);
  return async () => {
    cancel();
    await Promise.all([...publishers.map((publisher) => publisher.stop()), http?.stop()]);
  };
}

/** One clear line for what the person can mend; a stack only for a bug. */
function giveUp(cause: unknown): never {
  process.stderr.write(`${cause instanceof Fault ? cause.message : cause instanceof Error ? cause.stack : String(cause)}\n`);
  process.exit(1);
}

async function main(): Promise<void> {
  const config = readConfig(process.argv.slice(2));
  if ("help" in config) return say(config.help);
  const stop = await run(config);
  const end = (): void => {
    systemClock.at(systemClock.now() + STOP_MS, () => process.exit(0));
    stop().then(() => process.exit(0), giveUp);
  };
  process.once("SIGTERM", end).once("SIGINT", end);
}

main().catch(giveUp);
