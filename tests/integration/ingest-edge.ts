/** A small Sparkplug edge for tests: says exactly what it is told to, also the wrong things. */
import { type Cell, type Line, metricName, type TagDefinition } from "@cellhouse/shared";
import { DataType, decodePayload, encodePayload, formatTopic, type Metric, type Payload } from "@cellhouse/shared/sparkplug";
import { connectAsync, type MqttClient } from "mqtt";

const TYPES = { f32: DataType.Float, f64: DataType.Double, u32: DataType.UInt32, bool: DataType.Boolean, ms: DataType.DateTime };

export interface EdgeSettings {
  url: string;
  user?: string;
  password: string;
  group: string;
  line: Line;
}

export class TestEdge {
  readonly #settings: EdgeSettings;
  client: MqttClient | undefined;
  bdSeq = 0;
  seq = 0;
  /** Commands heard, by topic. */
  readonly orders: { topic: string; payload: Payload }[] = [];
  /** Births again when asked, as a good edge does. */
  obedient = true;

  constructor(settings: EdgeSettings) {
    this.#settings = settings;
  }

  async connect(): Promise<void> {
    const { url, user, password, group, line } = this.#settings;
    this.client = await connectAsync(url, {
      clientId: `edge-${line.id}`,
      username: user ?? `edge-${line.id}`,
      password,
      reconnectPeriod: 0,
      will: { topic: formatTopic({ type: "NDEATH", group, edge: line.id }), payload: Buffer.from(this.#death()), qos: 1, retain: false },
    });
    this.client.on("message", (topic, bytes) => {
      const payload = decodePayload(bytes);
      this.orders.push({ topic, payload });
      if (this.obedient && payload.metrics.some((m) => m.name === "Node Control/Rebirth")) this.birth();
    });
    await this.client.subscribeAsync([`spBv1.0/${group}/NCMD/${line.id}`, `spBv1.0/${group}/DCMD/${line.id}/+`], { qos: 1 });
  }

  /** Cuts the connection without a word: the broker then publishes the will. */
  kill(): void {
    this.client?.stream.destroy();
    this.bdSeq = (this.bdSeq + 1) & 0xff;
  }

  async end(): Promise<void> {
    await this.client?.endAsync(true);
  }

  birth(values: Record<string, number> = {}): void {
    const { line } = this.#settings;
    this.seq = 255;
    const own: Metric[] = [
      { name: "bdSeq", datatype: DataType.Int64, value: this.bdSeq },
      { name: "Node Control/Rebirth", datatype: DataType.Boolean, value: false },
    ];
    this.send("NBIRTH", undefined, [...own, ...this.#all(line, 0)], true);
    for (const [i, cell] of line.cells.entries()) this.deviceBirth(cell, i, values);
  }

  deviceBirth(cell: Cell, index: number, values: Record<string, number> = {}): void {
    const door: Metric[] = ["SIM/FAULT", "SIM/FAULT_RESULT"].map((name, k) => ({
      name,
      alias: (index + 1) * 256 + 200 + k,
      datatype: DataType.String,
      value: "",
    }));
    this.send("DBIRTH", cell.id, [...door, ...this.#all(cell, index + 1, values)], true);
  }

  /** A metric of a cell by alias, as it goes in DDATA. */
  metric(cell: Cell, tag: string, value: number | null, time = Date.now(), extra: Partial<Metric> = {}): Metric {
    const names = [...cell.tags.keys()];
    const definition = cell.tags.get(tag)?.definition as TagDefinition;
    const alias = (this.#settings.line.cells.indexOf(cell) + 1) * 256 + names.indexOf(tag) + 1;
    const wire = definition.type === "bool" && value !== null ? value !== 0 : value;
    return { alias, timestamp: time, datatype: TYPES[definition.type], value: wire, ...extra };
  }

  data(cell: Cell, metrics: Metric[]): void {
    this.send("DDATA", cell.id, metrics, false);
  }

  send(type: "NBIRTH" | "DBIRTH" | "NDATA" | "DDATA" | "DDEATH", device: string | undefined, metrics: Metric[], datatypes: boolean): void {
    this.seq = (this.seq + 1) & 0xff;
    this.raw(type, device, encodePayload({ timestamp: Date.now(), seq: this.seq, metrics }, { datatypes }));
  }

  raw(type: string, device: string | undefined, bytes: Uint8Array): void {
    const { group, line } = this.#settings;
    this.client?.publish(["spBv1.0", group, type, line.id, device].filter(Boolean).join("/"), Buffer.from(bytes), { qos: 0 });
  }

  #death(): Uint8Array {
    return encodePayload({ metrics: [{ name: "bdSeq", datatype: DataType.Int64, value: this.bdSeq }] });
  }

  #all(home: Cell | Line, owner: number, values: Record<string, number> = {}): Metric[] {
    return [...home.tags.values()].map(({ definition }, i) => {
      const value = values[definition.name] ?? definition.range[0];
      return {
        name: metricName(definition.name),
        alias: owner * 256 + i + 1,
        timestamp: Date.now(),
        datatype: TYPES[definition.type],
        value: definition.type === "bool" ? value !== 0 : value,
        properties: { Quality: { type: DataType.Int32, value: 192 } },
      };
    });
  }
}
