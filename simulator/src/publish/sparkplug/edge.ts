/** One Sparkplug edge node: a line and its cells. Knows births, sequence, aliases and what was missed; knows nothing of sockets. */
import type { TagDefinition } from "@cellhouse/shared";
import { DataType, encodePayload, formatTopic, type Metric, parseTopic } from "@cellhouse/shared/sparkplug";
import { deviceMetrics, nodeMetrics, resultAlias } from "./births.ts";
import type { EdgeOptions, Transport } from "./edge-options.ts";
import { birthMetric, dataMetric, qualityOnWire, type Sample } from "./metrics.ts";
import { OrderDesk } from "./order-desk.ts";
import { Outbox } from "./outbox/outbox.ts";
import { makeOwner, type Owner, sampleOf } from "./owner.ts";
import { PrimaryHost } from "./primary-host.ts";

/** A host may have been gone this long before its broker noticed. */
const DOUBT_MS = 30_000;
/** A broker that has a STATE has told it by then. */
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
  readonly #desk: OrderDesk;
  readonly #host = new PrimaryHost();
  #transport: Transport | undefined;
  #opened = 0;
  #born = false;
  #bornAt = Number.NEGATIVE_INFINITY;
  #bdSeq: number;
  #seq = 0;
  /** What was sent before this moment has reached the broker. */
  #heard = Number.NEGATIVE_INFINITY;
  #waiting = false;

  /** Throws `E_DATA_FOLDER` where the buffer's file cannot be used. */
  constructor(options: EdgeOptions) {
    const { line, cells, mode, plant, buffer, dropped } = options;
    this.#options = options;
    this.id = line.home.id;
    this.#owners = [line, ...cells].map((plc, i) => makeOwner(plc, i, mode));
    const say = (text: string): void => options.say(`edge ${this.id}: ${text}`);
    this.#outbox = new Outbox({ ...buffer, owners: this.#owners, dropped, say });
    this.#desk = new OrderDesk({ plcs: [line, ...cells], plant, say });
    this.#bdSeq = this.#outbox.bdSeq;
  }

  /** Samples that may have to go out yet, at most. */
  get waiting(): number {
    return this.#outbox.waiting;
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

  /** The CONNECT with this will is on its way: the next one needs the next bdSeq, also after a restart of the program. */
  connecting(): void {
    this.#outbox.bdSeq = (this.#bdSeq + 1) & 0xff;
  }

  /** The connection stands and the subscriptions are granted. */
  open(transport: Transport, now: number): void {
    this.#transport = transport;
    this.#opened = now;
    this.#born = false;
    this.#waiting = false;
  }

  /** The connection has ended, or never came to be. */
  close(): void {
    this.#transport = undefined;
    this.#born = false;
    this.#host.forget();
    this.#bdSeq = this.#outbox.bdSeq;
  }

  /** The broker has answered: what was sent before `time` has reached it. */
  heard(time: number): void {
    if (this.#born) this.#heard = time;
  }

  /** The death certificate in person, before a clean end; nothing follows it. */
  goodbye(): void {
    const { topic, payload } = this.will();
    this.#transport?.publish(topic, payload, 1);
    this.#transport = undefined;
    this.#born = false;
  }

  /** After the last call: closes the buffer. */
  end(): void {
    this.#outbox.close();
  }

  receive(text: string, payload: Uint8Array, now: number): void {
    const topic = parseTopic(text);
    if (topic?.type === "STATE" && topic.host === this.#options.host) this.#hearHost(payload);
    if (topic?.type === "NCMD" || topic?.type === "DCMD") this.#desk.receive("device" in topic ? topic.device : undefined, payload, now);
  }

  /** Scans the PLCs and sends what is due, live values first; call after every `advance`. */
  publish(now: number): void {
    this.#considerBirth(now);
    if (this.#streams) this.#answer(now); // before a PLC's death: the order may have been to take it off the network
    for (let i = 0; i < this.#owners.length; i++) this.#report(i, now);
    if (this.#streams) this.#resend(now);
    this.#outbox.commit(now);
  }

  // ── host and birth ──────────────────────────────────────────────────────────────────────────────────────

  /** Data may go out: born, and not asked to be born again. */
  get #streams(): boolean {
    return this.#born && !this.#desk.rebirth;
  }

  #hearHost(payload: Uint8Array): void {
    if (!this.#host.hear(payload) || !this.#born) return;
    if (this.#host.state === "online") {
      this.#born = false;
      return;
    }
    this.#say(`host ${this.#options.host} is offline, keeping samples until it returns`);
    const transport = this.#transport;
    this.goodbye();
    transport?.restart();
  }

  #considerBirth(now: number): void {
    if (this.#transport === undefined) return;
    if (this.#born) {
      if (this.#desk.rebirth && Math.abs(now - this.#bornAt) >= REBIRTH_PAUSE_MS) this.#birth(now);
      return;
    }
    if (this.#host.state !== "online") {
      this.#wait(now);
      return;
    }
    this.#outbox.resendSince(Math.min(this.#heard, now) - DOUBT_MS);
    this.#birth(now);
  }

  #wait(now: number): void {
    if (this.#waiting || this.#host.state === "offline" || Math.abs(now - this.#opened) < HOST_GRACE_MS) return;
    this.#waiting = true;
    this.#say(`this broker knows no host ${this.#options.host} yet, keeping samples until it is online`);
  }

  #birth(now: number): void {
    this.#desk.rebirth = false;
    this.#desk.reborn.clear();
    this.#born = true;
    this.#bornAt = now;
    this.#seq = 255;
    for (const owner of this.#owners) owner.offline = owner.plc.offline;
    for (let i = 0; i < this.#owners.length; i++) if (!this.#owners[i]?.offline) this.#certify(i, now);
  }

  /** NBIRTH or DBIRTH of one owner, with every metric as it now stands. */
  #certify(index: number, now: number): void {
    const owner = this.#owners[index] as Owner;
    const { definitions } = owner.plc;
    owner.bornAt = now;
    owner.sampler.collectAll();
    this.#keep(index, true);
    const own = index === 0 ? nodeMetrics(this.#bdSeqMetric(), definitions, now) : deviceMetrics(index, definitions, now);
    const tags = definitions.map((definition, i) => birthMetric(definition, sampleOf(owner, index, i)));
    this.#send(index === 0 ? "NBIRTH" : "DBIRTH", owner, now, [...own, ...tags], true);
  }

  #bdSeqMetric(): Metric {
    return { name: "bdSeq", datatype: DataType.Int64, value: this.#bdSeq };
  }

  // ── samples ─────────────────────────────────────────────────────────────────────────────────────────────

  #report(index: number, now: number): void {
    const owner = this.#owners[index] as Owner;
    if (owner.plc.offline !== owner.offline) this.#turn(index, now);
    if (this.#streams && this.#desk.reborn.has(index)) this.#rebear(index, now);
    const n = owner.sampler.collect();
    if (n === 0) return;
    const live = this.#streams && !owner.offline;
    this.#keep(index, live);
    if (!live) return;
    const metrics: Metric[] = [];
    for (let k = 0; k < n + owner.sampler.again; k++) {
      const i = owner.sampler.due[k] as number;
      metrics.push(dataMetric(owner.plc.definitions[i] as TagDefinition, sampleOf(owner, index, i), false));
    }
    this.#sendData(index, now, metrics);
  }

  /** A PLC has left the network, or has come back. */
  #turn(index: number, now: number): void {
    const owner = this.#owners[index] as Owner;
    owner.offline = owner.plc.offline;
    if (!this.#streams || index === 0) return;
    if (owner.offline) this.#send("DDEATH", owner, now, [], true);
    else this.#certify(index, now);
  }

  #rebear(index: number, now: number): void {
    const owner = this.#owners[index] as Owner;
    if (owner.offline || Math.abs(now - owner.bornAt) < REBIRTH_PAUSE_MS) return;
    this.#desk.reborn.delete(index);
    this.#certify(index, now);
  }

  /** Puts the sampler's due samples into the outbox, and counts them if they go out now. */
  #keep(index: number, sent: boolean): void {
    const owner = this.#owners[index] as Owner;
    for (let k = 0; k < owner.sampler.count; k++) {
      const sample = sampleOf(owner, index, owner.sampler.due[k] as number);
      this.#outbox.append(sample, sent);
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

  /** What fault orders came to; a device off the network does not answer. */
  #answer(now: number): void {
    for (const { owner: index, text } of this.#desk.answers.splice(0)) {
      const { plc, offline } = this.#owners[index] as Owner;
      const alias = resultAlias(index, plc.definitions);
      if (!offline) this.#sendData(index, now, [{ alias, timestamp: now, datatype: DataType.String, value: text }]);
    }
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

  #say(text: string): void {
    this.#options.say(`edge ${this.id}: ${text}`);
  }
}

type MessageType = "NBIRTH" | "NDATA" | "DBIRTH" | "DDATA" | "DDEATH";
