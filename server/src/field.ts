/** The field side of the composition: the broker and a driver per protocol. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@cellhouse/shared";
import { createAccounts } from "./broker/accounts.ts";
import { createBroker } from "./broker/broker.ts";
import { fieldAccounts } from "./broker/passwords.ts";
import type { Config } from "./config.ts";
import type { Driver, LocalBroker } from "./contracts.ts";
import type { Metrics } from "./counters.ts";
import { createDriver, type DriverDeps, type DriverKind } from "./ingest/index.ts";

type Stop = () => Promise<void> | void;

/** Where MQTT is spoken: an external broker's address, or our own broker, which drivers of this process need no socket for. */
export interface BrokerReach {
  url: string;
  local?: LocalBroker;
}

/** What the local simulator knows an encrypted broker by. */
const CA_FILE = "broker-ca.pem";

/** The embedded broker, where no external one is named. */
export async function openBroker(config: Config, counters: Metrics, stops: Stop[]): Promise<BrokerReach> {
  if (config.mqttUrl !== undefined) return { url: config.mqttUrl };
  const { builtPlant: plant, mqttPort: port, fieldPassword, host, tls, data } = config;
  const passwords = fieldAccounts(data, createAccounts(plant).keys());
  if (tls !== undefined) writeFileSync(join(data, CA_FILE), tls.cert);
  const broker = createBroker({ port, host, plant, fieldPassword, passwords, tls, counters, clock: systemClock });
  await broker.start();
  stops.push(() => broker.stop());
  if (port === 0) process.stdout.write(`broker on port ${broker.port}\n`);
  const scheme = tls === undefined ? "mqtt" : "mqtts";
  return { url: `${scheme}://${host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host}:${broker.port}`, local: broker };
}

export interface Reach {
  config: Config;
  broker: BrokerReach;
  /** Until when the record reaches: what an OPC UA server has kept since then is asked for. */
  since: number | undefined;
}

/** One driver per protocol that a line of the plant speaks. */
export function openDrivers({ config, broker, since }: Reach, deps: DriverDeps): Partial<Record<DriverKind, Driver>> {
  const spoken = new Set(config.builtPlant.lines.map((line) => line.description.protocol));
  const external = config.mqttUrl !== undefined;
  const user = external ? config.mqttUser : "host";
  const password = external ? config.mqttPassword : config.fieldPassword;
  const mqtt = { url: broker.url, ...(user && { user }), ...(password && { password }) };
  const mqttDeps = { ...deps, ...(broker.local && { broker: broker.local }) };
  return {
    ...(spoken.has("sparkplug") && { sparkplug: createDriver("sparkplug", mqtt, mqttDeps) }),
    ...(spoken.has("mqttjson") && { mqttjson: createDriver("mqttjson", mqtt, mqttDeps) }),
    ...(spoken.has("opcua") && {
      opcua: createDriver(
        "opcua",
        {
          url: config.opcuaUrl,
          user: "cellhouse",
          password: config.fieldPassword,
          owedFile: join(config.data, "opcua-owed.json"),
          pkiFolder: join(config.data, "pki", "client"),
          trustFirst: config.opcuaTrust === "first",
          ...(since !== undefined && { since }),
        },
        deps,
      ),
    }),
  };
}
