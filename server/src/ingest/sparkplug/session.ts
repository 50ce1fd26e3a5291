/** The host's session: STATE with its will around one MQTT connection, what is heard, commands out. */
import type { Clock } from "@cellhouse/shared";
import { encodePayload, formatTopic, type Payload, type Topic } from "@cellhouse/shared/sparkplug";
import type { LocalBroker } from "../../contracts.ts";
import { createMqtt, type MqttConnection, type MqttMessage } from "../mqtt.ts";
import type { Connection } from "../runner.ts";

export interface SessionOptions {
  url: string;
  user?: string | undefined;
  password?: string | undefined;
  hostId: string;
  /** What to subscribe beside the own STATE. */
  filters: readonly string[];
  clock: Clock;
  broker?: LocalBroker | undefined;
  message(topic: string, payload: Uint8Array): void;
}

export class Session implements Connection {
  readonly #options: SessionOptions;
  readonly #state: string;
  readonly #mqtt: MqttConnection;
  #timestamp = 0;
  #online = false;

  constructor(options: SessionOptions) {
    const { hostId, filters, message, ...reach } = options;
    this.#options = options;
    this.#state = formatTopic({ type: "STATE", host: hostId });
    this.#mqtt = createMqtt({
      ...reach,
      clientId: `${hostId}-host`,
      subscriptions: new Map([this.#state, ...filters].map((filter) => [filter, 0])),
      will: () => this.#stateMessage(false),
      message: (topic, payload) => this.#message(topic, payload),
    });
  }

  async open(lost: (reason: string) => void): Promise<void> {
    // Birth and will carry the same time (spec 3.0, 5.10), and a later session always a later one.
    this.#timestamp = Math.max(this.#options.clock.now(), this.#timestamp + 1);
    await this.#mqtt.open(lost);
    this.#online = true;
    void this.#sayState();
  }

  async close(): Promise<void> {
    this.#online = false;
    // The will says when we came; a goodbye in person says when we go (spec 3.0, 5.10).
    this.#timestamp = Math.max(this.#options.clock.now(), this.#timestamp);
    const said = this.#sayState();
    await this.#mqtt.close();
    await said;
  }

  /** True when the broker has taken it; false without a connection, or when it has not within 2 s. */
  publish(topic: Topic, payload: Payload): Promise<boolean> {
    return this.#mqtt.publish({ topic: formatTopic(topic), payload: encodePayload(payload), qos: 0, retain: false });
  }

  /** Someone says that we are gone (the will of an earlier, half-open session of ours): say again that we are not. */
  #message(topic: string, payload: Uint8Array): void {
    if (topic !== this.#state) this.#options.message(topic, payload);
    else if (this.#online && Buffer.from(payload).includes('"online":false')) void this.#sayState();
  }

  #sayState(): Promise<boolean> {
    return this.#mqtt.publish(this.#stateMessage(this.#online));
  }

  #stateMessage(online: boolean): MqttMessage {
    const payload = Buffer.from(JSON.stringify({ online, timestamp: this.#timestamp }));
    return { topic: this.#state, payload, qos: 1, retain: true };
  }
}
