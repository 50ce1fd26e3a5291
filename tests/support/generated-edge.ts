/** One Sparkplug edge of the generator: a line's births as a real edge states them, then as many data messages as asked for. */
import type { Line, TagDefinition } from "@cellhouse/shared";
import { DataType, decodePayload, encodePayload, formatTopic, type Metric } from "@cellhouse/shared/sparkplug";
import type { Plc } from "@cellhouse/simulator/src/contracts.ts";
import { aliasOf, birthMetric } from "@cellhouse/simulator/src/publish/sparkplug/metrics.ts";
import { connectAsync, type MqttClient } from "mqtt";
import { MessageTemplate } from "./message-template.ts";

export interface GeneratedEdgeOptions {
  url: string;
  user: string;
  password: string;
  ca?: Buffer;
  group: string;
  line: Line;
  /** The line's PLC, then its cells': the values births and data begin with. */
  plcs: readonly Plc[];
}

/** What a cell sends: its heartbeat, and the first floats of the tag list. */
export const METRICS = 24;
const HEARTBEAT = "YC-905";
const BATCH_BYTES = 1 << 18;
/** Beyond it a connection is full, and what is due waits. */
const FULL_BYTES = 4 << 20;

interface Source {
  template: MessageTemplate;
  base: Float64Array;
  values: Float64Array;
  /** Of its last message: no two samples of a tag share a time. */
  time: number;
}

export class GeneratedEdge {
  readonly #options: GeneratedEdgeOptions;
  readonly #client: MqttClient;
  readonly #cells: readonly Source[];
  /** Bytes of the largest message. */
  readonly #largest: number;
  #seq = 255;
  #next = 0;
  /** The host is online, and has the births. */
  born = false;
  messages = 0;

  private constructor(options: GeneratedEdgeOptions, client: MqttClient) {
    this.#options = options;
    this.#client = client;
    this.#cells = options.plcs.slice(1).map((plc, i) => sourceOf(options, plc, i + 1));
    this.#largest = Math.max(...this.#cells.map(({ template }) => template.size));
    client.on("message", (topic, payload) => this.#hear(topic, payload));
  }

  /** Connected; is born as soon as the host is online. */
  static async open(options: GeneratedEdgeOptions): Promise<GeneratedEdge> {
    const { url, user: username, password, ca, group, line } = options;
    const edge = { group, edge: line.id };
    const death = encodePayload({ metrics: [{ name: "bdSeq", datatype: DataType.Int64, value: 0 }] });
    const will = { topic: formatTopic({ type: "NDEATH", ...edge }), payload: Buffer.from(death), qos: 1, retain: false } as const;
    const client = await connectAsync(url, {
      clientId: `${group}-${line.id}`,
      username,
      password,
      reconnectPeriod: 0,
      will,
      ...(ca !== undefined && { ca, allowPartialTrustChain: true, checkServerIdentity: () => undefined }),
    });
    const generated = new GeneratedEdge(options, client);
    await client.subscribeAsync([formatTopic({ type: "STATE", host: "cellhouse" }), formatTopic({ type: "NCMD", ...edge })], { qos: 1 });
    return generated;
  }

  get full(): boolean {
    return (this.#client.stream?.writableLength ?? 0) > FULL_BYTES;
  }

  get values(): number {
    return this.messages * METRICS;
  }

  /** So many messages, one cell after the other. `now`: epoch ms. */
  send(messages: number, now: number): void {
    for (let left = messages; left > 0; ) {
      const batch = Buffer.allocUnsafe(Math.min(BATCH_BYTES, left * this.#largest));
      let at = 0;
      while (left > 0) {
        const cell = this.#cells[this.#next] as Source;
        if (at + cell.template.size > batch.length) break;
        this.#next = (this.#next + 1) % this.#cells.length;
        at = this.#write(cell, batch, at, now);
        left--;
      }
      this.#client.stream.write(batch.subarray(0, at));
    }
    this.messages += messages;
  }

  /** The death certificate; when it is acknowledged the broker has taken all that came before. */
  async end(): Promise<void> {
    const topic = formatTopic({ type: "NDEATH", group: this.#options.group, edge: this.#options.line.id });
    const payload = encodePayload({ metrics: [{ name: "bdSeq", datatype: DataType.Int64, value: 0 }] });
    await this.#client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    await this.#client.endAsync();
  }

  #write(cell: Source, batch: Buffer, at: number, now: number): number {
    cell.time = Math.max(now, cell.time + 1);
    this.#seq = (this.#seq + 1) & 0xff;
    const wobble = 1 + ((cell.time & 0xff) - 128) * 1e-6;
    for (let i = 1; i < METRICS; i++) cell.values[i] = (cell.base[i] as number) * wobble;
    cell.values[0] = Math.floor(cell.time / 1000) >>> 0;
    return cell.template.write(batch, at, { time: cell.time, seq: this.#seq, values: cell.values });
  }

  #hear(topic: string, payload: Buffer): void {
    const wanted = topic.includes("/STATE/")
      ? !this.born && (JSON.parse(payload.toString()) as { online: boolean }).online
      : decodePayload(payload).metrics.some(({ name }) => name === "Node Control/Rebirth");
    if (wanted) this.#birth(Date.now());
  }

  #birth(now: number): void {
    this.#seq = 255;
    this.born = true;
    for (const [owner, plc] of this.#options.plcs.entries()) {
      const tags = plc.definitions.map((definition, tag) =>
        birthMetric(definition, { owner, tag, time: now, value: plc.value[tag] as number, quality: plc.quality[tag] as number }),
      );
      const own: Metric[] = [
        { name: "bdSeq", timestamp: now, datatype: DataType.Int64, value: 0 },
        { name: "Node Control/Rebirth", timestamp: now, datatype: DataType.Boolean, value: false },
      ];
      const { group, line } = this.#options;
      const edge = { group, edge: line.id };
      const to = formatTopic(owner === 0 ? { type: "NBIRTH", ...edge } : { type: "DBIRTH", ...edge, device: plc.home.id });
      this.#seq = (this.#seq + 1) & 0xff;
      const payload = encodePayload({ timestamp: now, seq: this.#seq, metrics: owner === 0 ? [...own, ...tags] : tags });
      this.#client.publish(to, Buffer.from(payload));
      const cell = this.#cells[owner - 1];
      if (cell !== undefined) cell.time = Math.max(cell.time, now);
    }
  }
}

function sourceOf({ group, line }: GeneratedEdgeOptions, plc: Plc, owner: number): Source {
  const definitions: readonly TagDefinition[] = plc.definitions;
  const floats = definitions.flatMap((definition, i) => (definition.type === "f32" && Number.isFinite(plc.value[i]) ? [i] : []));
  const tags = [definitions.findIndex(({ name }) => name === HEARTBEAT), ...floats.slice(0, METRICS - 1)];
  const metrics = tags.map((tag, i) => ({ alias: aliasOf(owner, tag), type: i === 0 ? ("u32" as const) : ("float" as const) }));
  return {
    template: new MessageTemplate({ group, edge: line.id, device: plc.home.id }, metrics),
    base: Float64Array.from(tags, (tag) => plc.value[tag] as number),
    values: new Float64Array(METRICS),
    time: 0,
  };
}
