/** The simulator: PLCs of a plant file, published as their real ones would be. */
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Cancel, type Clock, Fault, type Plant, systemClock } from "@cellhouse/shared";
import { loadPlant } from "@cellhouse/shared/plant-file";
import { giveUp, whenOrphaned } from "@cellhouse/shared/program";
import { brokerReach, fieldPassword, readConfig, type SimulatorConfig } from "./config.ts";
import type { Publisher, SimulatedPlant } from "./contracts.ts";
import { PublishedCounters } from "./counters.ts";
import { readScenario, type Scenario } from "./faults/scenario.ts";
import { serveCounters } from "./http.ts";
import { createSimulatedPlant } from "./plant.ts";
import { createOpcUaPublisher, type OpcUaPublisher } from "./publish/opcua/publisher.ts";
import { createSparkplugPublisher } from "./publish/sparkplug/publisher.ts";
import type { Reach } from "./publish/sparkplug/session.ts";

/** The PLCs' scan. */
const SCAN_MS = 100;
/** The grid has surely passed when the timer fires this much after it. */
const AFTER_MS = 1;
const STOP_MS = 1800;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function openPlant(config: SimulatorConfig): Plant {
  return loadPlant(
    config.plant,
    (path) => readFileSync(path, "utf8"),
    (from, to) => resolve(dirname(from), to),
  );
}

/** Throws `E_OPTION`. */
function openScenario({ scenario: file }: SimulatorConfig): Scenario | undefined {
  if (file === undefined) return undefined;
  try {
    return readScenario(readFileSync(file, "utf8"), file);
  } catch (cause) {
    throw cause instanceof Fault ? cause : new Fault("E_OPTION", `--scenario: ${(cause as Error).message}`, { cause });
  }
}

/**
 *   plant.advance(now) ──▶ images ──▶ opcua.publish(now)      ──▶ subscribers, HistoryRead
 *                                └──▶ sparkplug.publish(now)  ──▶ broker        (every 100 ms, in this order)
 */
async function run(config: SimulatorConfig): Promise<() => Promise<void>> {
  const clock = systemClock;
  const plant = openPlant(config);
  const scenario = openScenario(config);
  const simulated = createSimulatedPlant(plant, {
    seed: config.seed,
    speed: config.speed,
    start: clock.now(),
    ...(scenario && { scenario }),
  });
  const counters = new PublishedCounters(plant);
  const { opcua, sparkplug } = makePublishers(config, { plant, simulated, counters });
  const http = await openHttp(config, plant, counters);
  await opcua.start();
  await sparkplug.start();
  let held = false;
  process.on("SIGUSR2", () => {
    held = true;
  });
  const scan = (): void => {
    if (held) return;
    const now = clock.now();
    simulated.advance(now);
    opcua.publish(now);
    sparkplug.publish(now);
  };
  scan();
  const cancel = onGrid(clock, scan);
  const listeners = [opcua.url === undefined ? "" : ` opcua=${opcua.url}`, http === undefined ? "" : ` http=${http.url}`];
  say(`simulator ready mqtt=${new URL(config.mqttUrl).host}${listeners.join("")}`);
  return async () => {
    cancel();
    await Promise.all([opcua.stop(), sparkplug.stop(), http?.stop()]);
  };
}

/** Each scan just after its place on the 100 ms grid of the PLCs' clocks, so that nothing waits a scan to be published. */
function onGrid(clock: Clock, scan: () => void): Cancel {
  let cancel: Cancel = () => undefined;
  const next = (): void => {
    cancel = clock.at((Math.floor(clock.now() / SCAN_MS) + 1) * SCAN_MS + AFTER_MS, () => {
      next(); // aimed at the grid each time: one late scan must not make all later ones late
      scan();
    });
  };
  next();
  return () => cancel();
}

function makePublishers(
  config: SimulatorConfig,
  parts: { plant: Plant; simulated: SimulatedPlant; counters: PublishedCounters },
): { opcua: OpcUaPublisher; sparkplug: Publisher } {
  const { host, opcuaPort: port, opcuaTrust: trust, data, publish: mode, mqttUrl: url, bufferHours: hours } = config;
  const password = fieldPassword(config);
  const common = { ...parts, mode, say };
  const reach = (line: string): Reach => brokerReach(config, line);
  const buffer = { folder: join(data, "outbox"), hours };
  return {
    opcua: createOpcUaPublisher({ ...common, host, port, data, password, trust, clock: systemClock }),
    sparkplug: createSparkplugPublisher({ ...common, url, reach, buffer, clock: systemClock }),
  };
}

async function openHttp({ host, httpPort: port }: SimulatorConfig, plant: Plant, counters: PublishedCounters) {
  return port === undefined ? undefined : serveCounters({ host, port, plant }, counters);
}

async function main(): Promise<void> {
  // Whoever read our words may be gone; that is no reason to stop.
  process.stdout.on("error", () => undefined);
  const config = readConfig(process.argv.slice(2));
  if ("help" in config) return say(config.help);
  const stop = await run(config);
  const end = (): void => {
    systemClock.at(systemClock.now() + STOP_MS, () => process.exit(0));
    stop().then(() => process.exit(0), giveUp);
  };
  process.once("SIGTERM", end).once("SIGINT", end);
  if (process.env.npm_lifecycle_event !== undefined) whenOrphaned(end);
}

main().catch(giveUp);
