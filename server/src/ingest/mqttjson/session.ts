/** How the gateways are reached: over MQTT, or within the embedded broker's own process. One attempt per `open`; retrying is the runner's. */
import type { Clock } from "@cellhouse/shared";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import type { LocalBroker } from "../../contracts.ts";
import type { Connection } from "../runner.ts";

export type Qos = 0 | 1 | 2;

export interface SessionOptions {
  url: string;
  user?: string | undefined;
  password?: string | undefined;
  clientId: string;
  clock: Clock;
  /** By filter; none contains another. */
  subscriptions: ReadonlyMap<string, Qos>;
  message(topic: string, payload: Uint8Array, retained: boolean): void;
}

export interface JsonSession extends Connection {
  /** True when it has left us; false without a connection, or when nobody took it within 2 s. */
  publish(topic: string, text: string, qos: Qos): Promise<boolean>;
}

const CONNECT_TIMEOUT = 3_000;
/** A dead broker is noticed after at most one and a half of it, s. */
const KEEPALIVE = 2;
const GOODBYE_WITHIN = 1_000;
const PUBLISH_WITHIN = 2_000;

export class MqttSession implements JsonSession {
  readonly #options: SessionOptions;
  #client: MqttClient | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  async open(lost: (reason: string) => void): Promise<void> {
    const client = connect(this.#options.url, this.#connectOptions());
    this.#client = client;
    let reason = "the broker closed the connection";
    client.on("error", (error) => {
      reason = error.message || String((error as NodeJS.ErrnoException).code ?? error);
    });
    await new Promise<void>((resolve, reject) => {
      client.once("connect", () => resolve());
      client.once("close", () => reject(new Error(reason)));
    });
    client.on("message", (topic, payload, packet) => this.#options.message(topic, payload, packet.retain));
    client.once("close", () => {
      if (this.#client === client) lost(reason);
    });
    await this.#subscribe(client);
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined) return;
    const { clock } = this.#options;
    await new Promise<void>((resolve) => {
      const cancel = clock.at(clock.now() + GOODBYE_WITHIN, () => client.end(true, () => resolve()));
      client.end(!client.connected, () => {
        cancel();
        resolve();
      });
    });
  }

  publish(topic: string, text: string, qos: Qos): Promise<boolean> {
    const client = this.#client;
    if (client === undefined || !client.connected) return Promise.resolve(false);
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const cancel = clock.at(clock.now() + PUBLISH_WITHIN, () => resolve(false));
      client.publish(topic, text, { qos, retain: false }, (error) => {
        cancel();
        resolve(error === undefined || error === null);
      });
    });
  }

  #connectOptions(): IClientOptions {
    const { user, password, clientId } = this.#options;
    return {
      clientId,
      ...(user !== undefined && { username: user }),
      ...(password !== undefined && { password }),
      clean: true,
      protocolVersion: 4,
      keepalive: KEEPALIVE,
      reconnectPeriod: 0,
      queueQoSZero: false,
      connectTimeout: CONNECT_TIMEOUT,
    };
  }

  async #subscribe(client: MqttClient): Promise<void> {
    const wanted = Object.fromEntries([...this.#options.subscriptions].map(([filter, qos]) => [filter, { qos }]));
    const granted = await client.subscribeAsync(wanted);
    const refused = granted.find((grant) => Number(grant.qos) > 2);
    if (refused === undefined) return;
    this.#client = undefined;
    client.end(true);
    throw new Error(`the broker refuses the subscription to ${refused.topic}`);
  }
}

/** Within the broker's own process there is no connection to lose. */
export class LocalSession implements JsonSession {
  readonly #options: Pick<SessionOptions, "subscriptions" | "message"> & { broker: LocalBroker };
  #detach: (() => void) | undefined;

  constructor(options: Pick<SessionOptions, "subscriptions" | "message"> & { broker: LocalBroker }) {
    this.#options = options;
  }

  async open(): Promise<void> {
    const { broker, subscriptions, message } = this.#options;
    this.#detach = await broker.attach([...subscriptions.keys()], message);
  }

  async close(): Promise<void> {
    this.#detach?.();
    this.#detach = undefined;
  }

  async publish(topic: string, text: string, qos: Qos): Promise<boolean> {
    if (this.#detach === undefined) return false;
    return this.#options.broker.publish({ topic, payload: Buffer.from(text), qos: qos === 0 ? 0 : 1, retain: false });
  }
}
