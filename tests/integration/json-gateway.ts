/** A foreign gateway as a plant's people would script it: two pots, plain JSON, the topics and names of `shared/plants/gateway.yaml`. */
import { connectAsync, type MqttClient } from "mqtt";

interface Pot {
  bath_temp: number;
  cell_mv: number;
  feed_set: number;
  mode: string;
  /** Says nothing any more. */
  silent: boolean;
}

export interface WriteHeard {
  pot: number;
  id: string;
  point: string;
  value: number | string;
  by: string;
}

export class JsonGateway {
  readonly #client: MqttClient;
  readonly pots: Pot[] = [1, 2].map(() => ({ bath_temp: 1050, cell_mv: 9930, feed_set: 8, mode: "auto", silent: false }));
  readonly writes: WriteHeard[] = [];
  /** What it answers instead of obeying. */
  objection: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(client: MqttClient) {
    this.#client = client;
    client.on("error", () => undefined);
    client.on("message", (topic, payload) => this.#write(topic, payload));
  }

  static async connect(url: string, username: string, password: string): Promise<JsonGateway> {
    const client = await connectAsync(url, { username, password, reconnectPeriod: 0 }, false);
    const gateway = new JsonGateway(client);
    await client.subscribeAsync("hall/L01/+/set", { qos: 1 });
    return gateway;
  }

  run(): void {
    this.#timer = setInterval(() => this.say(), 500);
    this.say();
  }

  say(extra: object = {}): void {
    const ts = new Date().toISOString();
    for (const [i, { silent, mode, ...values }] of this.pots.entries()) {
      if (silent) continue;
      this.publish(`hall/L01/pot-${i + 1}/telemetry`, {
        ts,
        q: { bath_temp: 192 },
        values,
        mode,
        state: { anode_effect: false },
        ...extra,
      });
      this.publish(`hall/L01/pot-${i + 1}/single/WI-302`, 31.5);
    }
    this.publish("hall/L01/rectifier", { ts, amps: 12_000, volts: 20 });
  }

  publish(topic: string, body: unknown, retain = false): void {
    this.#client.publish(topic, typeof body === "string" ? body : JSON.stringify(body), { qos: 1, retain });
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#client.endAsync(true);
  }

  #write(topic: string, payload: Buffer): void {
    const pot = Number(/pot-(\d)/.exec(topic)?.[1]);
    const order = JSON.parse(String(payload)) as Omit<WriteHeard, "pot">;
    this.writes.push({ pot, ...order });
    const done = this.objection === undefined;
    if (done) Object.assign(this.pots[pot - 1] as Pot, order.point === "feed_set" ? { feed_set: order.value } : { mode: order.value });
    this.publish(`hall/L01/pot-${pot}/done`, { id: order.id, done, why: this.objection });
  }
}
