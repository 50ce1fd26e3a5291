/** The host's MQTT connection: STATE with its will, the subscription, commands out. One attempt per `open`; retrying is the runner's. */

import { Socket } from "node:net";
import type { Clock } from "@cellhouse/shared";
import { encodePayload, formatTopic, type Payload, type Topic } from "@cellhouse/shared/sparkplug";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import type { Connection } from "../runner.ts";

export interface SessionOptions {
  url: string;
  user?: string | undefined;
  password?: string | undefined;
  hostId: string;
  /** What to subscribe beside the own STATE. */
  filters: readonly string[];
  clock: Clock;
  message(topic: string, payload: Uint8Array): void;
}

const CONNECT_TIMEOUT = 3_000;
/** A dead broker is noticed after at most one and a half of it, s. */
const KEEPALIVE = 2;
const GOODBYE_WITHIN = 1_000;
const PUBLISH_WITHIN = 2_000;

export class Session implements Connection {
  readonly #options: SessionOptions;
  readonly #state: string;
  #client: MqttClient | undefined;
  #timestamp = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#state = formatTopic({ type: "STATE", host: options.hostId });
  }

  async open(lost: (reason: string) => void): Promise<void> {
    // Birth and will carry the same time (spec 3.0, 5.10), and a later session always a later one.
    this.#timestamp = Math.max(this.#options.clock.now(), this.#timestamp + 1);
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
    client.on("message", (topic, payload) => this.#message(topic, payload));
    client.once("close", () => {
      if (this.#client === client) lost(reason);
    });
    await this.#subscribe(client);
    this.#publishState(client, true);
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined) return;
    const { clock } = this.#options;
    // The will says when we came; a goodbye in person says when we go (spec 3.0, 5.10).
    this.#timestamp = Math.max(clock.now(), this.#timestamp);
    if (client.connected) this.#publishState(client, false);
    await new Promise<void>((resolve) => {
      const cancel = clock.at(clock.now() + GOODBYE_WITHIN, () => client.end(true, () => resolve()));
      client.end(!client.connected, () => {
        cancel();
        resolve();
      });
    });
  }

  /** True when the broker's socket has taken it; false without a connection, or when it has not within 2 s. */
  async publish(topic: Topic, payload: Payload): Promise<boolean> {
    const client = this.#client;
    if (client === undefined || !client.connected) return false;
    const bytes = Buffer.from(encodePayload(payload));
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const cancel = clock.at(clock.now() + PUBLISH_WITHIN, () => resolve(false));
      client.publish(formatTopic(topic), bytes, { qos: 0, retain: false }, (error) => {
        cancel();
        resolve(error === undefined || error === null);
      });
    });
  }

  #connectOptions(): IClientOptions {
    const { hostId, user, password } = this.#options;
    return {
      clientId: `${hostId}-host`,
      ...(user !== undefined && { username: user }),
      ...(password !== undefined && { password }),
      clean: true,
      protocolVersion: 4,
      keepalive: KEEPALIVE,
      reconnectPeriod: 0,
      queueQoSZero: false,
      connectTimeout: CONNECT_TIMEOUT,
      will: { topic: this.#state, payload: this.#statePayload(false), qos: 1, retain: true },
    };
  }

  async #subscribe(client: MqttClient): Promise<void> {
    const granted = await client.subscribeAsync([this.#state, ...this.#options.filters], { qos: 0 });
    const refused = granted.find((grant) => Number(grant.qos) > 2);
    if (refused === undefined) return;
    this.#client = undefined;
    client.end(true);
    throw new Error(`the broker refuses the subscription to ${refused.topic}`);
  }

  #message(topic: string, payload: Buffer): void {
    if (topic !== this.#state) this.#options.message(topic, payload);
    // The will of an earlier, half-open session of ours may arrive after we are back: say again that we are.
    else if (this.#client !== undefined && payload.includes('"online":false')) this.#publishState(this.#client, true);
  }

  #publishState(client: MqttClient, online: boolean): void {
    client.publish(this.#state, this.#statePayload(online), { qos: 1, retain: true }, () => undefined);
  }

  #statePayload(online: boolean): Buffer {
    return Buffer.from(JSON.stringify({ online, timestamp: this.#timestamp }));
  }
}
