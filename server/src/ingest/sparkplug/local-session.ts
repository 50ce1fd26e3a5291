/** The host inside the broker's own process: the same STATE, subscription and commands as over MQTT, without a socket and so without a will. */
import { encodePayload, formatTopic, type Payload, type Topic } from "@cellhouse/shared/sparkplug";
import type { LocalBroker } from "../../contracts.ts";
import type { Connection } from "../runner.ts";
import type { SessionOptions } from "./session.ts";

export type LocalSessionOptions = Pick<SessionOptions, "hostId" | "filters" | "clock" | "message"> & { broker: LocalBroker };

export class LocalSession implements Connection {
  readonly #options: LocalSessionOptions;
  readonly #state: string;
  #detach: (() => void) | undefined;
  #timestamp = 0;

  constructor(options: LocalSessionOptions) {
    this.#options = options;
    this.#state = formatTopic({ type: "STATE", host: options.hostId });
  }

  async open(): Promise<void> {
    const { broker, clock, filters } = this.#options;
    this.#timestamp = Math.max(clock.now(), this.#timestamp + 1);
    this.#detach = await broker.attach([this.#state, ...filters], (topic, payload) => this.#message(topic, payload));
    await this.#publishState(true);
  }

  async close(): Promise<void> {
    this.#detach?.();
    this.#timestamp = Math.max(this.#options.clock.now(), this.#timestamp);
    if (this.#detach !== undefined) await this.#publishState(false);
    this.#detach = undefined;
  }

  /** True when the broker has taken it. */
  async publish(topic: Topic, payload: Payload): Promise<boolean> {
    if (this.#detach === undefined) return false;
    return this.#options.broker.publish({ topic: formatTopic(topic), payload: encodePayload(payload), qos: 0, retain: false });
  }

  /** Someone else says that we are gone (an earlier server of this id, elsewhere): say again that we are not. */
  #message(topic: string, payload: Uint8Array): void {
    if (topic !== this.#state) this.#options.message(topic, payload);
    else if (Buffer.from(payload).includes('"online":false')) void this.#publishState(true);
  }

  #publishState(online: boolean): Promise<boolean> {
    const payload = Buffer.from(JSON.stringify({ online, timestamp: this.#timestamp }));
    return this.#options.broker.publish({ topic: this.#state, payload, qos: 1, retain: true });
  }
}
