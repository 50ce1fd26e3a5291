/** The driver of gateways that speak plain JSON over MQTT: what they say and how stands in the plant file (`shared/src/json-map.ts`). */
import { type Cancel, covers, every, type JsonMap, type Line, type Link, OK, refuse, topicFilter, type Verdict } from "@cellhouse/shared";
import { z } from "zod";
import type { Driver, FieldWrite, PipeInput } from "../../contracts.ts";
import { type DriverDeps, Once } from "../driver.ts";
import { createJudge } from "../judge.ts";
import { createMqtt, type MqttConnection, type Qos } from "../mqtt.ts";
import { Runner } from "../runner.ts";
import { readable } from "../tap.ts";
import { Gateway } from "./gateway.ts";
import { Intake } from "./intake.ts";
import { Orders } from "./orders.ts";
import { addShapes, type TopicShapes } from "./shapes.ts";

export const schema = z.strictObject({
  url: z.string().regex(/^(mqtts?|wss?|tcp|ssl):\/\//, "must look like mqtt://host:1883"),
  user: z.string().optional(),
  password: z.string().optional(),
});

class JsonDriver implements Driver {
  readonly #settings: z.infer<typeof schema>;
  readonly #deps: DriverDeps;
  readonly #orders: Orders;
  readonly #mqtt: MqttConnection;
  readonly #runner: Runner;
  #gateways: ReadonlyMap<string, Gateway> = new Map();
  #intake: Intake | undefined;
  #input: PipeInput | undefined;
  #stopTicks: Cancel = () => undefined;

  constructor(settings: z.infer<typeof schema>, deps: DriverDeps) {
    this.#settings = settings;
    this.#deps = deps;
    const { plant, clock, log, broker } = deps;
    this.#orders = new Orders(plant, clock);
    const message = (topic: string, payload: Uint8Array, retained: boolean): void => {
      deps.taps?.offer(topic, () => readable(payload));
      if (!this.#orders.take(topic, payload)) this.#intake?.message(topic, payload, retained);
    };
    const clientId = `cellhouse-json-${plant.site}-${plant.area}`;
    this.#mqtt = createMqtt({ ...settings, clientId, clock, broker, message, subscriptions: subscriptionsOf(plant.lines) });
    this.#runner = new Runner({ name: "broker", connection: this.#mqtt, clock, log, onDown: (reason) => this.#lost(reason) });
  }

  async start(input: PipeInput): Promise<void> {
    const { plant, counters, clock, log } = this.#deps;
    const once = new Once(clock);
    const now = (): number => clock.now();
    const deps = { input, counters, judge: createJudge(plant, counters), now };
    const topics = new Map<string, TopicShapes>();
    const mapped = plant.lines.flatMap((line) => (line.description.json ? [new Gateway(line, line.description.json, deps)] : []));
    for (const gateway of mapped) addShapes(topics, gateway, gateway.line.description.json as JsonMap);
    this.#input = input;
    this.#gateways = new Map(mapped.map((gateway) => [gateway.line.id, gateway]));
    this.#intake = new Intake({
      topics,
      counters,
      now,
      report: (key, fields, message) => {
        if (once.first(key)) log.warn(fields, message);
      },
    });
    this.#stopTicks = every(clock, 1000, () => this.#tick());
    await this.#runner.start();
  }

  async stop(): Promise<void> {
    this.#stopTicks();
    this.#intake = undefined;
    await this.#runner.stop();
    this.#orders.stop();
  }

  links(): Link[] {
    const { up, since, detail } = this.#runner;
    const { protocol, host } = new URL(this.#settings.url);
    const broker: Link = {
      id: "broker:json",
      kind: "broker",
      state: up ? "up" : "down",
      since,
      detail: up ? "" : `${protocol}//${host}: ${detail}; trying again`,
    };
    return [broker, ...[...this.#gateways.values()].map((gateway) => gateway.link())];
  }

  async write(write: FieldWrite): Promise<Verdict> {
    const tag = this.#deps.plant.tags[write.tag];
    if (tag === undefined) return refuse("E_TAG_UNKNOWN", `tag ${write.tag}`);
    const order = this.#orders.make(write);
    if ("blocked" in order) return refuse("E_NOT_WRITABLE", order.blocked);
    if (this.#gateways.get(tag.line)?.isUp(tag.owner) !== true) return this.#linkDown(tag.owner);
    // The answer may be faster than our own broker's.
    const answer = order.answer && this.#orders.wait(order.answer);
    const { topic, text, qos } = order;
    const sent = await this.#mqtt.publish({ topic, payload: Buffer.from(text), qos, retain: false });
    return sent ? ((await answer) ?? OK) : this.#linkDown(tag.owner);
  }

  #linkDown(owner: string): Verdict {
    return refuse("E_LINK_DOWN", this.#runner.up ? `nothing is heard of ${owner}` : `the broker: ${this.#runner.detail}`);
  }

  #lost(reason: string): void {
    const detail = `broker lost: ${reason}`;
    this.#input?.link({ link: "broker:json", event: "down", owners: [], detail });
    for (const gateway of this.#gateways.values()) gateway.lost(detail);
  }

  #tick(): void {
    const { clock, counters } = this.#deps;
    for (const gateway of this.#gateways.values()) gateway.tick(clock.now());
    for (const link of this.links()) counters.linkUp(link.id, link.state !== "down");
  }
}

export function create(settings: z.infer<typeof schema>, deps: DriverDeps): Driver {
  return new JsonDriver(settings, deps);
}

/** Every filter once, with the highest QoS asked for; those that another one contains are left out. */
function subscriptionsOf(lines: readonly Line[]): ReadonlyMap<string, Qos> {
  const found = new Map<string, Qos>();
  for (const line of lines) {
    const map = line.description.json;
    const answers = map?.write?.ack === undefined ? [] : [{ topic: map.write.ack.topic, qos: map.write.qos }];
    for (const { topic, qos } of [...(map?.messages ?? []), ...answers]) {
      const filter = topicFilter(topic, line, map as JsonMap);
      found.set(filter, Math.max(qos, found.get(filter) ?? 0) as Qos);
    }
  }
  const filters = [...found.keys()];
  return new Map([...found].filter(([filter]) => !filters.some((other) => other !== filter && covers(other, filter))));
}
