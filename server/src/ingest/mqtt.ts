/** How MQTT is spoken: over a socket, or within the embedded broker's own process. One attempt per `open`; retrying is the runner's. */
import { Socket } from "node:net";
import type { Clock } from "@cellhouse/shared";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import type { LocalBroker } from "../contracts.ts";
import type { Connection } from "./runner.ts";

export type Qos = 0 | 1 | 2;

export interface MqttMessage {
  topic: string;
  payload: Uint8Array;
  qos: Qos;
  retain: boolean;
}

export interface MqttOptions {
  url: string;
  user?: string | undefined;
  password?: string | undefined;
  clientId: string;
  clock: Clock;
  /** Given, it is used in place of the address. */
  broker?: LocalBroker | undefined;
  /** By filter; none contains another. */
  subscriptions: ReadonlyMap<string, Qos>;
  /** What the broker says when a connection ends without a word; asked anew for each. Without a socket there is none to lose. */
  will?: () => MqttMessage;
  /** The payload is lent. */
  message(topic: string, payload: Uint8Array, retained: boolean): void;
}

export interface MqttConnection extends Connection {
  /** True when it has left us; false without a connection, or when nobody took it within 2 s. */
  publish(message: MqttMessage): Promise<boolean>;
}

const CONNECT_TIMEOUT = 3_000;
/** A dead broker is noticed after at most one and a half of it, s. */
const KEEPALIVE = 2;
const GOODBYE_WITHIN = 1_000;
const PUBLISH_WITHIN = 2_000;

export function createMqtt(options: MqttOptions): MqttConnection {
  return options.broker === undefined ? new SocketConnection(options) : new LocalConnection(options, options.broker);
}

class SocketConnection implements MqttConnection {
  readonly #options: MqttOptions;
  #client: MqttClient | undefined;

  constructor(options: MqttOptions) {
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
    if (client.stream instanceof Socket) client.stream.setNoDelay(true); // a command must not wait for the answer to the one before
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

  publish({ topic, payload, qos, retain }: MqttMessage): Promise<boolean> {
    const client = this.#client;
    if (client === undefined || !client.connected) return Promise.resolve(false);
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const cancel = clock.at(clock.now() + PUBLISH_WITHIN, () => resolve(false));
      client.publish(topic, Buffer.from(payload), { qos, retain }, (error) => {
        cancel();
        resolve(error === undefined || error === null);
      });
    });
  }

  #connectOptions(): IClientOptions {
    const { user, password, clientId, will } = this.#options;
    const last = will?.();
    return {
      clientId,
      ...(user !== undefined && { username: user }),
      ...(password !== undefined && { password }),
      ...(last !== undefined && { will: { ...last, payload: Buffer.from(last.payload) } }),
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

class LocalConnection implements MqttConnection {
  readonly #options: MqttOptions;
  readonly #broker: LocalBroker;
  #detach: (() => void) | undefined;

  constructor(options: MqttOptions, broker: LocalBroker) {
    this.#options = options;
    this.#broker = broker;
  }

  async open(): Promise<void> {
    const { subscriptions, message } = this.#options;
    this.#detach = await this.#broker.attach([...subscriptions.keys()], message);
  }

  async close(): Promise<void> {
    this.#detach?.();
    this.#detach = undefined;
  }

  async publish({ qos, ...message }: MqttMessage): Promise<boolean> {
    if (this.#detach === undefined) return false;
    return this.#broker.publish({ ...message, qos: qos === 0 ? 0 : 1 });
  }
}
