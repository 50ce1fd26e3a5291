/** One Sparkplug edge node: a line and its cells. Knows births, sequence, aliases and what was missed; knows nothing of sockets. */
import type { TagDefinition } from "@cellhouse/shared";
import { DataType, encodePayload, formatTopic, type Metric, parseTopic } from "@cellhouse/shared/sparkplug";
import { writeTag } from "../door.ts";
import { orderFault } from "../fault-order.ts";
import type { EdgeOptions, Transport } from "./edge-options.ts";
import { aliasOf, birthMetric, dataMetric, FAULT, FAULT_RESULT, nameOfAlias, qualityOnWire, REBIRTH, type Sample } from "./metrics.ts";
import { type Order, readOrders } from "./orders.ts";
import { Outbox } from "./outbox.ts";
import { makeOwner, type Owner, sampleOf } from "./owner.ts";
import { PrimaryHost } from "./primary-host.ts";

/** The last moment the host is known to have listened may lie this far before we noticed that it does not. */
const DOUBT_MS = 30_000;
/** Without a retained STATE after this time there is no primary host to wait for. */
const HOST_GRACE_MS = 2000;
const REBIRTH_PAUSE_MS = 1000;
const RESEND_PER_TICK = 2000;
const RESEND_PER_MESSAGE = 500;
const MAX_BACKLOG = 1 << 20;

export class Edge {
  readonly id: string;
  readonly #options: EdgeOptions;
  readonly #owners: readonly Owner[];
  readonly #outbox: Outbox;
  readonly #host = new PrimaryHost();
  #transport: Transport | undefined;
  #opened = 0;
  #born = false;
  #bornAt = Number.NEGATIVE_INFINITY;
  #rebirth = false;
  #bdSeq = 0;
  #seq = 0;
  /** Last moment the broker was heard while born. */
  #heard = Number.NEGATIVE_INFINITY;
  #saidRefusal = Number.NEGATIVE_INFINITY;

  constructor(options: EdgeOptions) {
    this.#options = options;
    this.id = options.line.home.id;
    this.#owners = [options.line, ...options.cells].map((plc, i) => makeOwner(plc, i, options.mode));
    this.#outbox = new Outbox(options.dropped);
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
    this.#host.forget();
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
    if (topic?.type === "STATE" && topic.host === this.#options.host) this.#hearHost(payload);
    if (topic?.type === "NCMD" || topic?.type === "DCMD") this.#command("device" in topic ? topic.device : undefined, payload, now);
  }

  #command(device: string | undefined, payload: Uint8Array, now: number): void {
    const index = this.#owners.findIndex((each) => each.device === device);
    const owner = this.#owners[index];
    if (owner === undefined) {
      this.#refused(now, `there is no device ${device}`);
      return;
    }
    const orders = readOrders(payload, (alias) => nameOfAlias(owner.plc.definitions, index, alias));
    for (const order of orders) this.#obey(order, index, now);
  }

  /** Scans the PLCs and sends what is due; call after every `advance`. */
  publish(now: number): void {
    this.#considerBirth(now);
    for (let i = 0; i < this.#owners.length; i++) this.#report(i, now);
    if (this.#born) this.#resend(now);
    this.#outbox.trim(now);
  }

  // ── host and birth ──────────────────────────────────────────────────────────────────────────────────────

  #hearHost(payload: Uint8Array): void {
    if (!this.#host.hear(payload) || !this.#born) return;
    if (this.#host.state === "online") {
      this.#born = false;
      return;
    }
    this.#options.say(`edge ${this.id}: host ${this.#options.host} is offline, keeping samples until it returns`);
    this.goodbye();
    this.#transport?.restart();
  }

  #considerBirth(now: number): void {
    if (this.#transport === undefined) return;
    if (this.#born) {
      if (this.#rebirth && now - this.#bornAt >= REBIRTH_PAUSE_MS) this.#birth(now);
      return;
    }
    if (this.#host.state === "offline" || (this.#host.state === "unknown" && now - this.#opened < HOST_GRACE_MS)) return;
    this.#outbox.resendSince(this.#heard - DOUBT_MS);
    this.#birth(now);
  }

  #birth(now: number): void {
    this.#rebirth = false;
    this.#born = true;
    this.#bornAt = now;
    this.#seq = 255;
    for (const owner of this.#owners) this.#look(owner);
    for (let i = 0; i < this.#owners.length; i++) if (!this.#owners[i]?.offline) this.#certify(i, now);
  }

  /** NBIRTH or DBIRTH of one owner, with every metric as it now stands. */
  #certify(index: number, now: number): void {
    const owner = this.#owners[index] as Owner;
    owner.sampler.collectAll();
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
    const n = owner.sampler.collect();
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
    this.#look(owner);
    if (!this.#born || index === 0) return;
    if (owner.offline) this.#send("DDEATH", owner, now, [], true);
    else this.#certify(index, now);
  }

  #look(owner: Owner): void {
    if (owner.offline === owner.plc.offline) return;
    owner.offline = owner.plc.offline;
    if (owner.offline) owner.offlineFrom = this.#outbox.head;
    else this.#outbox.rewind(owner.offlineFrom);
  }

  /** Notes the sampler's due samples in the outbox, and counts them if they go out now. */
  #keep(index: number, at: number, sent: boolean): void {
    const { sampler } = this.#owners[index] as Owner;
    for (let k = 0; k < sampler.count; k++) {
      const i = sampler.due[k] as number;
      const sample = sampleOf(this.#owners[index] as Owner, index, i);
      this.#outbox.append(sample, at, sent);
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
    const batches = new Map<number, Metric[]>();
    const reachable = (index: number): boolean => this.#owners[index]?.offline === false;
    this.#outbox.take(RESEND_PER_TICK, reachable, (sample, first) => {
      if (first) this.#count(sample);
      const definition = this.#owners[sample.owner]?.plc.definitions[sample.tag] as TagDefinition;
      const batch = batches.get(sample.owner) ?? [];
      batches.set(sample.owner, batch);
      batch.push(dataMetric(definition, sample, true));
      if (batch.length < RESEND_PER_MESSAGE) return;
      this.#sendData(sample.owner, now, batch);
      batches.delete(sample.owner);
    });
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
