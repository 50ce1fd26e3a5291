/** A foreign Sparkplug host for tests: the Sparkplug project's own encoder and decoder, and a memory of all it heard. */
import { addHash, Quality, sampleHash } from "@cellhouse/shared";
import type { PublishedTag } from "@cellhouse/simulator/src/counters.ts";
import { connectAsync, type MqttClient } from "mqtt";
import sparkplug from "sparkplug-payload";
import protocol from "sparkplug-payload/lib/sparkplugPayloadProto.js";

/** As the standard asks, our data messages leave the data type to the birth: hence the raw decoder besides. */
export const tahu = sparkplug.get("spBv1.0") as NonNullable<ReturnType<typeof sparkplug.get>>;
const { Payload } = protocol.org.eclipse.tahu.protobuf;
type ForeignMetric = InstanceType<typeof Payload.Metric>;

export interface Heard {
  type: string;
  device: string | undefined;
  seq: number | undefined;
  metrics: ForeignMetric[];
  raw: Uint8Array;
}

export type SampleMap = Map<string, Map<number, { value: number; quality: Quality }>>;

export class SparkplugHost {
  readonly heard: Heard[] = [];
  readonly aliases = new Map<string, string>();
  readonly client: MqttClient;

  private constructor(client: MqttClient) {
    this.client = client;
    client.on("message", (topic, payload) => {
      const [, , type, , device] = topic.split("/");
      if (type === undefined || topic.includes("/STATE/")) return;
      const decoded = Payload.decode(payload);
      const metrics = decoded.metrics as ForeignMetric[];
      for (const { name, alias } of metrics) if (name && alias) this.aliases.set(String(alias), `${device ?? "L01"}:${name}`);
      const seq = Object.hasOwn(decoded, "seq") ? Number(decoded.seq) : undefined;
      this.heard.push({ type, device, seq, metrics, raw: payload });
    });
  }

  /** Connected and subscribed, with STATE offline as its will; says nothing yet. */
  static async open(url: string, password: string): Promise<SparkplugHost> {
    const will = {
      topic: "spBv1.0/STATE/cellhouse",
      payload: Buffer.from(JSON.stringify({ online: false, timestamp: Date.now() })),
      qos: 1,
      retain: true,
    } as const;
    const client = await connectAsync(url, { username: "host", password, will, reconnectPeriod: 0 });
    const host = new SparkplugHost(client);
    await client.subscribeAsync("spBv1.0/BT-EL1/#", { qos: 1 });
    return host;
  }

  state(online: boolean): Promise<unknown> {
    return this.client.publishAsync("spBv1.0/STATE/cellhouse", JSON.stringify({ online, timestamp: Date.now() }), { qos: 1, retain: true });
  }

  command(topic: string, name: string, type: "Boolean" | "Float" | "String", value: boolean | number | string): Promise<unknown> {
    const payload = tahu.encodePayload({ timestamp: Date.now(), metrics: [{ name, type, value }] });
    return this.client.publishAsync(topic, Buffer.from(payload));
  }

  count(type: string): number {
    return this.heard.filter((each) => each.type === type).length;
  }

  /** Distinct samples by metric (`C001:TI-101`) and time, live and historical together; `into` has those of an earlier connection. */
  samples(into: SampleMap = new Map()): SampleMap {
    const samples = into;
    for (const { metrics, type } of this.heard) {
      if (type === "NDEATH") continue;
      for (const metric of metrics) {
        const name = this.aliases.get(String(metric.alias));
        if (name === undefined || /SIM\/|Control\/|Properties\//.test(name)) continue;
        const ofTag = samples.get(name) ?? new Map();
        samples.set(name, ofTag);
        ofTag.set(Number(metric.timestamp), { value: numberOf(metric), quality: qualityOf(metric) });
      }
    }
    return samples;
  }
}

/** Whatever value field is set. */
export function setValueOf(metric: ForeignMetric): unknown {
  const field = metric.value;
  return field === undefined ? undefined : metric[field];
}

function numberOf(metric: ForeignMetric): number {
  const value = setValueOf(metric);
  return metric.isNull || value === undefined ? Number.NaN : Number(value);
}

export function qualityOf({ properties }: ForeignMetric): Quality {
  const i = properties?.keys?.indexOf("Quality") ?? -1;
  if (i < 0) return Quality.Good;
  const code = properties?.values?.[i]?.intValue;
  if (code === 192) return Quality.Good;
  return code === 0 ? Quality.Bad : Quality.Stale;
}

export function bdSeqOf(heard: Heard | undefined): number {
  return numberOf(heard?.metrics.find(({ name }) => name === "bdSeq") as ForeignMetric);
}

/** The tags of which not every published sample was heard bit by bit, with what was published and what was heard. */
export function differences(samples: SampleMap, published: Readonly<Record<string, PublishedTag>>): object[] {
  return Object.entries(published).flatMap(([path, { count, checksum, first }]) => {
    const name = path
      .split(".")
      .slice(path.includes(".C") ? 3 : 2)
      .join(".")
      .replace(/:(.*)\.(.*)/, ":$1/$2");
    const heard = [...(samples.get(name) ?? [])].filter(([time]) => time >= first);
    const sum = heard.reduce((all, [time, { value, quality }]) => addHash(all, sampleHash(time, value, quality)), 0);
    return heard.length === count && sum === checksum ? [] : [{ path, count, checksum, heard: heard.length, sum }];
  });
}
