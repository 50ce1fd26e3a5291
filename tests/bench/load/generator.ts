/**
 * A process that is all edges of the load hall at once: real births, then messages of 24 metrics at the rate asked, built by
 * patching templates, because building each anew costs more than receiving it. Talks to its parent by messages.
 */
import { type Cell, metricName } from "@cellhouse/shared";
import { DataType, encodePayload, formatTopic, type Metric } from "@cellhouse/shared/sparkplug";
import { connectAsync, type MqttClient } from "mqtt";
import { loadHall, PER_MESSAGE, sentTags } from "./hall.ts";

const plant = loadHall();
const GROUP = `${plant.site}-${plant.area}`;
/** Values in the middle of the range move a little with each message; no alarm stands. */
const CALM: Record<string, number> = {
  "TI-101": 1050,
  "TY-100": 1050,
  "TI-103": 1050,
  "EI-201": 9.9,
  "FI-501": 20,
  "PI-601": -115,
  "WI-302": 40,
};
const TICK_MS = 5;
/** What the socket has not taken yet may grow to this; beyond it the generator waits, and says that it fell behind. */
const MAX_WAITING = 8 << 20;

interface Template {
  /** The MQTT packet without its last one or two bytes, which are the sequence number. */
  packet: Buffer;
  /** Where the six bytes of the payload's timestamp stand. */
  time: number;
  /** Where the first metric's f32 stands. */
  value: number;
}

class LoadEdge {
  readonly #line: (typeof plant.lines)[number];
  readonly #client: MqttClient;
  readonly #short: Template[];
  readonly #long: Template[];
  #seq = 0;
  #next = 0;

  constructor(line: (typeof plant.lines)[number], client: MqttClient) {
    this.#line = line;
    this.#client = client;
    this.#short = line.cells.map((cell, device) => template(cell, device, 1));
    this.#long = line.cells.map((cell, device) => template(cell, device, 2));
  }

  get waiting(): number {
    return (this.#client.stream as unknown as { writableLength: number }).writableLength;
  }

  birth(now: number): void {
    const edge = { group: GROUP, edge: this.#line.id };
    const bdSeq: Metric = { name: "bdSeq", timestamp: now, datatype: DataType.Int64, value: 0 };
    const rebirth: Metric = { name: "Node Control/Rebirth", timestamp: now, datatype: DataType.Boolean, value: false };
    this.#seq = 255;
    this.#say(formatTopic({ type: "NBIRTH", ...edge }), now, [bdSeq, rebirth]);
    for (const [device, cell] of this.#line.cells.entries()) {
      const metrics = sentTags(cell).map(({ definition: { name } }, i): Metric => {
        const value = CALM[name] ?? 100;
        return { name: metricName(name), alias: aliasOf(device, i), timestamp: now, datatype: DataType.Float, value };
      });
      this.#say(formatTopic({ type: "DBIRTH", ...edge, device: cell.id }), now, metrics);
    }
  }

  #say(topic: string, timestamp: number, metrics: Metric[]): void {
    this.#seq = (this.#seq + 1) & 0xff;
    this.#client.publish(topic, Buffer.from(encodePayload({ timestamp, seq: this.#seq, metrics })), { qos: 0 });
  }

  /** Copies `count` messages, one cell after another, into one write. */
  send(count: number, now: number): void {
    const parts: Buffer[] = [];
    for (let i = 0; i < count; i++) {
      this.#seq = (this.#seq + 1) & 0xff;
      const { packet, time, value } = (this.#seq < 128 ? this.#short : this.#long)[this.#next] as Template;
      const message = Buffer.from(packet);
      writeTime(message, time, now);
      message.writeFloatLE(1049 + (now % 2000) / 1000, value);
      if (this.#seq < 128) message[message.length - 1] = this.#seq;
      else message.set([(this.#seq & 0x7f) | 0x80, 1], message.length - 2);
      parts.push(message);
      this.#next = (this.#next + 1) % this.#line.cells.length;
    }
    if (parts.length > 0) this.#client.stream.write(Buffer.concat(parts));
  }
}

function aliasOf(device: number, i: number): number {
  return (device + 1) * 100 + i;
}

/** A DDATA of one cell as an MQTT packet; `seqBytes` 1 for numbers below 128. */
function template(cell: Cell, device: number, seqBytes: 1 | 2): Template {
  const metrics = sentTags(cell).map(({ definition }, i): Metric => {
    const value = CALM[definition.name] ?? 100;
    return { alias: aliasOf(device, i), datatype: DataType.Float, value };
  });
  const payload = Buffer.from(encodePayload({ timestamp: Date.now(), seq: seqBytes === 1 ? 1 : 200, metrics }, { datatypes: false }));
  const topic = Buffer.from(formatTopic({ type: "DDATA", group: GROUP, edge: cell.line.id, device: cell.id }));
  const length = 2 + topic.length + payload.length;
  const head = Buffer.from([0x30, (length & 0x7f) | 0x80, length >> 7, topic.length >> 8, topic.length & 0xff]);
  const packet = Buffer.concat([head, topic, payload]);
  const at = head.length + topic.length;
  if (payload[0] !== 0x08 || length < 128 || length >= 1 << 14) throw new Error("the codec's layout has changed; templates must follow");
  const first = Buffer.alloc(4);
  first.writeFloatLE(metrics[0]?.value as number);
  return { packet, time: at + 1, value: packet.indexOf(first, at) };
}

/** Epoch ms as a varint of six bytes, as it is until the year 2109. */
function writeTime(to: Buffer, at: number, ms: number): void {
  let rest = ms;
  for (let i = 0; i < 6; i++) {
    to[at + i] = (rest % 128) | (i < 5 ? 0x80 : 0);
    rest = Math.floor(rest / 128);
  }
}

interface Order {
  url: string;
  password: string;
  /** Values per second, all edges together. */
  rate: number;
  seconds: number;
}

async function run({ url, password, rate, seconds }: Order): Promise<void> {
  const edges: LoadEdge[] = [];
  for (const line of plant.lines) {
    const username = `edge-${line.id}`;
    edges.push(new LoadEdge(line, await connectAsync(url, { username, password, reconnectPeriod: 0, keepalive: 60 })));
  }
  for (const edge of edges) edge.birth(Date.now());
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const begun = performance.now();
  let sent = 0;
  let behind = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsed = Math.min(seconds * 1000, performance.now() - begun);
      const due = Math.floor(((elapsed / 1000) * (rate / PER_MESSAGE)) / edges.length);
      const now = Date.now();
      let each = due - sent;
      if (edges.some((edge) => edge.waiting > MAX_WAITING)) {
        behind++;
        each = 0;
      }
      for (const edge of edges) edge.send(each, now);
      sent += each;
      if (elapsed < seconds * 1000 || (each === 0 && due > sent)) return;
      clearInterval(timer);
      resolve();
    }, TICK_MS);
  });
  const took = (performance.now() - begun) / 1000;
  process.send?.({ messages: sent * edges.length, seconds: took, behind });
}

process.on("message", (order: Order) => void run(order));
process.send?.("ready");
