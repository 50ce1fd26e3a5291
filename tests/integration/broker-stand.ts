/** An embedded broker of its own for each test, and clients of it; all of it ends with the test. */
import { systemClock } from "@cellhouse/shared";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { onTestFinished } from "vitest";
import { type Broker, type BrokerLimits, type BrokerOptions, createBroker } from "../../server/src/broker/broker.ts";
import { type CountedThings, counted, plantFile } from "./ingest-support.ts";

/** Opens every account. */
export const PASSWORD = "field-password";
export const plant = plantFile("demo");

export interface BrokerStand {
  broker: Broker;
  counters: CountedThings;
  url: string;
  sign(username: string | undefined, extra?: IClientOptions): Promise<MqttClient>;
}

export async function stand(limits: Partial<BrokerLimits> = {}, more: Partial<BrokerOptions> = {}): Promise<BrokerStand> {
  const counters = counted();
  const options = { port: 0, host: "127.0.0.1", plant, fieldPassword: PASSWORD, limits, counters, clock: systemClock, ...more };
  const broker = createBroker(options);
  await broker.start();
  onTestFinished(() => broker.stop());
  const url = `${more.tls === undefined ? "mqtt" : "mqtts"}://127.0.0.1:${broker.port}`;
  const sign = async (username: string | undefined, extra: IClientOptions = {}): Promise<MqttClient> => {
    const wanted: IClientOptions = { password: PASSWORD, reconnectPeriod: 0, connectTimeout: 2000, ...extra };
    if (username !== undefined) wanted.username = username;
    else delete wanted.password;
    const client = await connectAsync(url, wanted, false);
    client.on("error", () => undefined);
    onTestFinished(() => client.endAsync(true).catch(() => undefined));
    return client;
  };
  return { broker, counters, url, sign };
}

/** What a client hears, as `topic=text`. */
export async function ear(client: MqttClient, filter: string): Promise<string[]> {
  const heard: string[] = [];
  client.on("message", (topic, payload) => heard.push(`${topic}=${payload}`));
  await client.subscribeAsync(filter, { qos: 1 });
  return heard;
}
