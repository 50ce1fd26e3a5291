/** One Sparkplug edge node: a line and its cells. Knows births, sequence, aliases and what was missed; knows nothing of sockets. */
import { type Quality, type TagDefinition, tagOf } from "@cellhouse/shared";
import { DataType, encodePayload, formatTopic, type Metric, parseTopic } from "@cellhouse/shared/sparkplug";
import type { Plc, Published, SimulatedPlant } from "../../contracts.ts";
import { writeTag } from "../door.ts";
import { orderFault } from "../fault-order.ts";
import { type PublishMode, Sampler } from "../sampler.ts";
import { hostState } from "./host-state.ts";
import { aliasOf, birthMetric, dataMetric, FAULT, FAULT_RESULT, nameOfAlias, qualityOnWire, REBIRTH, type Sample } from "./metrics.ts";
import { type Order, readOrders } from "./orders.ts";
import { SentLog } from "./sent-log.ts";

/** The connection as the edge may use it, from `open` until `close`. */
export interface Transport {
  publish(topic: string, payload: Uint8Array, qos: 0 | 1): void;
  /** Bytes not yet taken by the network. */
  backlog(): number;
  /** Ends this connection and begins another, with a new will. */
  restart(): void;
}

export interface EdgeOptions {
  /** Sparkplug group, `BT-EL1`. */
  group: string;
  /** Id of the primary host. */
  host: string;
  line: Plc;
  cells: readonly Plc[];
  plant: Pick<SimulatedPlant, "startFault" | "stopFault">;
  mode: PublishMode;
  published: Published;
  /** Samples a full buffer gave up. */
  dropped(n: number): void;
  /** One line for the console. */
  say(text: string): void;
}

/** The edge node itself (owner 0) or one of its devices. */
interface Owner {
  plc: Plc;
  sampler: Sampler;
  device: string | undefined;
  paths: readonly string[];
  offline: boolean;
  /** Where in the log its time off the network began. */
  offlineFrom: number;
}

/** What was sent is kept this long; what was not, until the log is full. */
const KEEP_MS = 60_000;
/** The last moment the host is known to have listened may lie this far before we noticed that it does not. */
const DOUBT_MS = 30_000;
/** Without a retained STATE after this time there is no primary host to wait for. */
const HOST_GRACE_MS = 2000;
const REBIRTH_PAUSE_MS = 1000;
/** 15 MB per edge; 22 minutes of 24 cells published raw. */
const LOG_SAMPLES = 524_288;
const RESEND_PER_TICK = 2000;
const RESEND_PER_MESSAGE = 500;
const MAX_BACKLOG = 1 << 20;

export class Edge {
  readonly id: string;
  readonly #options: EdgeOptions;
  readonly #owners: readonly Owner[];
  readonly #log: SentLog;
  #transport: Transport | undefined;
  #opened = 0;
  #born = false;
  #bornAt = Number.NEGATIVE_INFINITY;
  #rebirth = false;
  #host: "unknown" | "online" | "offline" = "unknown";
  #hostTime = Number.NEGATIVE_INFINITY;
  #bdSeq = 0;
  #seq = 0;
  /** Last moment the broker was heard while born. */
  #heard = Number.NEGATIVE_INFINITY;
  #cursor = 0;
  #resendEnd = 0;
  #resendSince = Number.POSITIVE_INFINITY;
  #saidRefusal = Number.NEGATIVE_INFINITY;

  constructor(options: EdgeOptions) {
    this.#options = options;
    this.id = options.line.home.id;
    this.#owners = [options.line, ...options.cells].map((plc, i) => makeOwner(plc, i, options.mode));
    this.#log = new SentLog(LOG_SAMPLES, options.dropped);
  }

  /** The topics to subscribe, all with QoS 1. */
  subscriptions(): string[] {
    const { group, host } = this.#options;
    const edge = { group, edge: this.id };
    return [
      formatTopic({ type: "STATE", host }),
      formatTopic({ type: "NCMD", ...edge }),
      `${formatTopic({ type: "DCMD", ...edge, device: "x" }).slice(0, -1)}+`,
    ];
  }

  /** The death certificate of the coming connection, to be left with the broker as its will (QoS 1). */
  will(): { topic: string; payload: Uint8Array } {
    return { topic: this.#topic("NDEATH"), payload: encodePayload({ metrics: [this.#bdSeqMetric()] }) };
  }

  /** The connection stands and the subscriptions are granted. */
  open(transport: Transport, now: number): void {
    this.#transport = transport;
    this.#opened = now;
    this.#born = false;
  }

  /** The connection has ended, or failed; `connected`: the broker had accepted it, so that its bdSeq is used up. */
  close(connected: boolean): void {
    this.#transport = undefined;
    this.#born = false;
    this.#host = "unknown";
    this.#hostTime = Number.NEGATIVE_INFINITY;
    if (connected) this.#bdSeq = (this.#bdSeq + 1) & 0xff;
  }

  /** Something came from the broker: what was sent before has reached it. */
  heard(now: number): void {
    if (this.#born) this.#heard = now;
  }

  /** The death certificate in person, before a clean end. */
  goodbye(): void {
    const { topic, payload } = this.will();
    if (this.#born) this.#transport?.publish(topic, payload, 1);
    this.#born = false;
  }

  receive(text: string, payload: Uint8Array, now: number): void {
    const topic = parseTopic(text);
    if (topic?.type === "STATE" && topic.host === this.#options.host) return this.#hearHost(payload);
    if (topic?.type !== "NCMD" && topic?.type !== "DCMD") return;
    const device = "device" in topic ? topic.device : undefined;
    const index = this.#owners.findIndex((each) => each.device === device);
    const owner = this.#owners[index];
    if (owner === undefined) return this.#refused(now, `there is no device ${device}`);
    const orders = readOrders(payload, (alias) => nameOfAlias(owner.plc.definitions, index, alias));
    for (const order of orders) this.#obey(order, index, now);
  }

  /** Scans the PLCs and sends what is due; call after every `advance`. */
  publish(now: number): void {
    this.#considerBirth(now);
    for (let i = 0; i < this.#owners.length; i++) this.#report(i, now);
    if (this.#born) this.#resend(now);
    this.#log.trim(now - KEEP_MS, this.#cursor);
  }

  // ── host and birth ──────────────────────────────────────────────────────────────────────────────────────

  #hearHost(payload: Uint8Array): void {
    const state = hostState(payload);
    if (state === undefined || state.timestamp < this.#hostTime) return;
    this.#hostTime = state.timestamp;
    const before = this.#host;
    this.#host = state.online ? "online" : "offline";
    if (this.#host === before || this.#transport === undefined || !this.#born) return;
    if (state.online) {
      this.#born = false;
      return;
    }
    this.#options.say(`edge ${this.id}: host ${this.#options.host} is offline, keeping samples until it returns`);
    this.goodbye();
    this.#transport.restart();
  }

  #considerBirth(now: number): void {
    if (this.#transport === undefined) return;
    if (this.#born) {
      if (this.#rebirth && now - this.#bornAt >= REBIRTH_PAUSE_MS) this.#birth(now);
      return;
    }
    if (this.#host === "offline" || (this.#host === "unknown" && now - this.#opened < HOST_GRACE_MS)) return;
    this.#resendEnd = this.#log.head;
    this.#resendSince = this.#heard - DOUBT_MS;
    this.#cursor = this.#log.tail;
    this.#birth(now);
  }

  #birth(now: number): void {
    this.#rebirth = false;
    this.#born = true;
    this.#bornAt = now;
    this.#seq = 255;
    for (const owner of this.#owners) owner.offline = owner.plc.offline;
    for (let i = 0; i < this.#owners.length; i++) if (!this.#owners[i]?.offline) this.#certify(i, now);
  }

  /** NBIRTH or DBIRTH of one owner, with every metric as it now stands. */
  #certify(index: number, now: number): void {
    const owner = this.#owners[index] as Owner;
    owner.sampler.collectAll(now);
    this.#keep(index, now, true);
    const own: Metric[] =
      index === 0
        ? [
            { ...this.#bdSeqMetric(), timestamp: now },
            { name: REBIRTH, timestamp: now, datatype: DataType.Boolean, value: false },
          ]
        : [FAULT, FAULT_RESULT].map((name, k) => ({
            name,
            alias: aliasOf(index, owner.plc.definitions.length + k),
            timestamp: now,
            datatype: DataType.String,
            value: "",
          }));
    const tags = owner.plc.definitions.map((definition, i) => birthMetric(definition, sampleOf(owner, index, i)));
    this.#send(index === 0 ? "NBIRTH" : "DBIRTH", owner, now, [...own, ...tags], true);
  }

  #bdSeqMetric(): Metric {
    return { name: "bdSeq", datatype: DataType.Int64, value: this.#bdSeq };
  }

  // ── samples ─────────────────────────────────────────────────────────────────────────────────────────────

  #report(index: number, now: number): void {
    const owner = this.#owners[index] as Owner;
    if (owner.plc.offline !== owner.offline) this.#turn(index, now);
    const n = owner.sampler.collect(now);
    if (n === 0) return;
    const live = this.#born && !owner.offline;
    this.#keep(index, now, live);
    if (!live) return;
    const metrics: Metric[] = [];
    for (let k = 0; k < n; k++) {
      const i = owner.sampler.due[k] as number;
      metrics.push(dataMetric(owner.plc.definitions[i] as TagDefinition, sampleOf(owner, index, i), false));
    }
    this.#send(index === 0 ? "NDATA" : "DDATA", owner, now, metrics, false);
  }

  /** A PLC has left the network, or has come back. */
  #turn(index: number, now: number): void {
    const owner = this.#owners[index] as Owner;
    owner.offline = owner.plc.offline;
    if (owner.offline) owner.offlineFrom = this.#log.head;
    else this.#cursor = Math.min(this.#cursor, owner.offlineFrom);
    if (!this.#born || index === 0) return;
    if (owner.offline) this.#send("DDEATH", owner, now, [], true);
    else this.#certify(index, now);
  }

  /** Notes the sampler's due samples in the log, and counts them if they go out now. */
  #keep(index: number, at: number, sent: boolean): void {
    const { sampler } = this.#owners[index] as Owner;
    for (let k = 0; k < sampler.count; k++) {
      const i = sampler.due[k] as number;
      const sample = sampleOf(this.#owners[index] as Owner, index, i);
      this.#log.append({ ...sample, at, sent });
      if (sent) this.#count(sample);
    }
  }

  #count(sample: Sample): void {
    const path = this.#owners[sample.owner]?.paths[sample.tag] as string;
    this.#options.published.add(path, sample.time, sample.value, qualityOnWire(sample.quality));
  }

  /** Sends a part of what was missed, as historical: never sent at all, or sent when the host may not have listened. */
  #resend(now: number): void {
    if ((this.#transport?.backlog() ?? 0) > MAX_BACKLOG) return;
    const log = this.#log;
    const batches = new Map<number, Metric[]>();
    this.#cursor = Math.max(this.#cursor, log.tail);
    for (let budget = RESEND_PER_TICK; this.#cursor < log.head && budget > 0; this.#cursor++) {
      const seq = this.#cursor;
      const index = log.owner(seq);
      const owner = this.#owners[index] as Owner;
      const again = seq < this.#resendEnd && log.at(seq) >= this.#resendSince;
      if (owner.offline || (log.isSent(seq) && !again)) continue;
      budget--;
      const sample: Sample = { owner: index, tag: log.tag(seq), time: log.time(seq), value: log.value(seq), quality: log.quality(seq) };
      if (!log.isSent(seq)) this.#count(sample);
      log.markSent(seq);
      const batch = batches.get(index) ?? [];
      batches.set(index, batch);
      batch.push(dataMetric(owner.plc.definitions[sample.tag] as TagDefinition, sample, true));
      if (batch.length < RESEND_PER_MESSAGE) continue;
      this.#sendData(index, now, batch);
      batches.delete(index);
    }
    for (const [index, batch] of batches) this.#sendData(index, now, batch);
  }

  #sendData(index: number, now: number, metrics: Metric[]): void {
    this.#send(index === 0 ? "NDATA" : "DDATA", this.#owners[index] as Owner, now, metrics, false);
  }

  #send(type: MessageType, owner: Owner, now: number, metrics: Metric[], datatypes: boolean): void {
    this.#seq = (this.#seq + 1) & 0xff;
    const payload = encodePayload({ timestamp: now, seq: this.#seq, metrics }, { datatypes });
    this.#transport?.publish(this.#topic(type, owner.device), payload, 0);
  }

  #topic(type: MessageType | "NDEATH", device?: string): string {
    const edge = { group: this.#options.group, edge: this.id };
    if (type === "NBIRTH" || type === "NDATA" || type === "NDEATH") return formatTopic({ type, ...edge });
    return formatTopic({ type, ...edge, device: device ?? "" });
  }

  // ── orders ──────────────────────────────────────────────────────────────────────────────────────────────

  #obey(order: Order, index: number, now: number): void {
    const owner = this.#owners[index] as Owner;
    if (order.type === "rebirth" && index === 0) this.#rebirth = true;
    else if (order.type === "write") {
      const verdict = writeTag(owner.plc, order.tag, order.value);
      if (!verdict.ok) this.#refused(now, `${verdict.code}: ${verdict.detail}`);
    } else if (order.type === "fault" && owner.device !== undefined) this.#fault(index, order.text, now);
    else this.#refused(now, order.type === "refused" ? order.reason : `${order.type}: not at ${owner.plc.home.id}`);
  }

  #fault(index: number, text: string, now: number): void {
    const owner = this.#owners[index] as Owner;
    const result = orderFault(this.#options.plant, owner.device as string, text);
    if (!this.#born || owner.offline) return;
    const alias = aliasOf(index, owner.plc.definitions.length + 1);
    this.#sendData(index, now, [{ alias, timestamp: now, datatype: DataType.String, value: JSON.stringify(result) }]);
  }

  /** At most one line a second: a host may send nonsense as fast as it likes. */
  #refused(now: number, reason: string): void {
    if (now - this.#saidRefusal < 1000) return;
    this.#saidRefusal = now;
    this.#options.say(`edge ${this.id}: refused a command: ${reason}`);
  }
}

type MessageType = "NBIRTH" | "NDATA" | "DBIRTH" | "DDATA" | "DDEATH";

function makeOwner(plc: Plc, index: number, mode: PublishMode): Owner {
  const { home } = plc;
  const phase = "number" in home ? (home.number % 10) * 100 : 0;
  return {
    plc,
    sampler: new Sampler(plc, mode, phase),
    device: index === 0 ? undefined : home.id,
    paths: plc.definitions.map((definition) => tagOf(home, definition.name).path),
    offline: plc.offline,
    offlineFrom: 0,
  };
}

function sampleOf(owner: Owner, index: number, i: number): Sample {
  const { time, value, quality } = owner.sampler;
  return { owner: index, tag: i, time: time[i] as number, value: value[i] as number, quality: quality[i] as Quality };
}
