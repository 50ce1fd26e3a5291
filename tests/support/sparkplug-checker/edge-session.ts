/** One edge node through births, data and deaths (spec 3.0, chapters 5 and 6). */
import { DataType, decodePayload, type Metric, type Payload } from "@cellhouse/shared/sparkplug";
import { Announcements, type Told } from "./announcements.ts";
import type { Will } from "./capture.ts";
import type { Report } from "./report.ts";
import type { Type } from "./topic-rules.ts";

/** After a rebirth was asked for, data must stop within this time (the request travels, too), and births be there, ms. */
const STOP_WITHIN = 2_000;
const BORN_WITHIN = 10_000;

export class EdgeSession {
  readonly #report: Report;
  #born = false;
  /** Nothing is known: the observer was away, and no birth was seen since. */
  #unseen = false;
  /** The observer was away: a death may have passed unseen. */
  #mayHaveDied = false;
  #seq = 0;
  #bdSeq: number | undefined;
  #willBdSeq: number | undefined;
  readonly #bdSeqs = new Set<number>();
  readonly #births: Announcements;
  readonly #devices = new Set<string>();
  /** Devices to be born again before any data. */
  #expected = new Set<string>();
  readonly #newest = new Map<string, number>();
  #askedAt: number | undefined;
  #listens: boolean | undefined;
  /** Died, by its own word, since its CONNECT. */
  #saidGoodbye = false;

  constructor(report: Report) {
    this.#report = report;
    this.#births = new Announcements(report);
  }

  /** The observer could not see; what comes next is believed. */
  blind(): void {
    this.#unseen = true;
    this.#mayHaveDied = true;
    this.#born = false;
    this.#askedAt = undefined;
  }

  connect(will: Will, clean: boolean): void {
    const report = this.#report;
    report.must("principles-persistence-clean-session-311", clean, "CONNECT without Clean Session");
    this.#born = false;
    this.#listens = false;
    this.#saidGoodbye = false;
    const { qos, retain, payload } = will;
    report.must("message-flow-edge-node-birth-publish-will-message-qos", qos === 1, `will with QoS ${qos}`);
    report.must("message-flow-edge-node-birth-publish-will-message-will-retained", !retain, "will retained");
    const metric = decodePayload(payload).metrics.find((m) => m.name === "bdSeq");
    const typed = typeof metric?.value === "number" && metric.datatype === DataType.Int64;
    report.must(
      "message-flow-edge-node-birth-publish-will-message-payload-bdSeq",
      typed,
      `bdSeq ${metric?.value} of type ${metric?.datatype}`,
    );
    const bdSeq = Number(metric?.value);
    const before = this.#willBdSeq;
    const follows = before === undefined || bdSeq === ((before + 1) & 0xff) || bdSeq === 0;
    report.must("topics-nbirth-bdseq-increment", follows, `bdSeq ${bdSeq} after ${before}`);
    this.#willBdSeq = bdSeq;
  }

  subscribe(filters: readonly string[], ncmd: string): void {
    if (filters.some((filter) => filter === ncmd || filter.startsWith(`${ncmd}/`))) this.#listens = true;
  }

  /** A DISCONNECT packet: the death must have been published before, for the broker keeps the will to itself. */
  disconnect(): void {
    this.#report.must(
      "operational-behavior-edge-node-intentional-disconnect-ndeath",
      !this.#born || this.#saidGoodbye,
      "DISCONNECT without NDEATH",
    );
    this.#born = false;
  }

  askedForRebirth(): void {
    if (this.#born) this.#askedAt ??= this.#report.time;
  }

  message(type: Type, device: string, payload: Payload): void {
    if (type === "NBIRTH") this.#nodeBirth(payload);
    else if (type === "NDEATH") this.#nodeDeath(payload);
    else if (this.#isInSession(type, payload)) {
      if (type === "DBIRTH") this.#deviceBirth(device, payload);
      else if (type === "DDEATH") this.#deviceDeath(device);
      else this.#data(type, device, payload);
    }
  }

  /** How a command's metric was announced, by alias or name. */
  announced(owner: string, metric: Metric): Told | undefined {
    return this.#births.find(owner, metric);
  }

  /** True while nothing can be said of what was announced. */
  get isUnknown(): boolean {
    return !this.#born;
  }

  /** At the end of the capture. */
  end(): void {
    const waited = this.#report.time - (this.#askedAt ?? this.#report.time);
    this.#report.must(
      "operational-behavior-data-commands-rebirth-action-2",
      waited < BORN_WITHIN,
      `no birth ${waited} ms after the request`,
    );
  }

  // ── births ──────────────────────────────────────────────────────────────────────────────────────────────

  #nodeBirth(payload: Payload): void {
    const report = this.#report;
    report.must("topics-nbirth-seq-num", payload.seq === 0, `NBIRTH with seq ${payload.seq}`);
    report.must("message-flow-edge-node-ncmd-subscribe", this.#listens !== false, "NBIRTH before NCMD was subscribed");
    this.#checkBdSeq(payload);
    this.#births.checkRebirthMetric(payload);
    this.#askedAt = undefined;
    this.#expected = new Set(this.#born ? this.#devices : []);
    if (!this.#born) this.#newest.clear();
    this.#births.clear();
    this.#devices.clear();
    this.#born = true;
    this.#unseen = false;
    this.#mayHaveDied = false;
    this.#seq = payload.seq ?? 0;
    this.#births.learn("", payload);
  }

  #checkBdSeq({ metrics }: Payload): void {
    const report = this.#report;
    const metric = metrics.find((m) => m.name === "bdSeq");
    if (!report.must("topics-nbirth-bdseq-included", typeof metric?.value === "number", "NBIRTH without bdSeq")) return;
    const bdSeq = Number(metric?.value);
    const int64 = metric?.datatype === DataType.Int64;
    report.must("message-flow-edge-node-birth-publish-nbirth-payload-bdSeq", int64, `bdSeq of type ${metric?.datatype}`);
    if (this.#willBdSeq !== undefined)
      report.must("topics-nbirth-bdseq-matching", bdSeq === this.#willBdSeq, `bdSeq ${bdSeq}, the will has ${this.#willBdSeq}`);
    else if (this.#born)
      report.must("payloads-nbirth-bdseq-repeat", bdSeq === this.#bdSeq, `reborn with bdSeq ${bdSeq} after ${this.#bdSeq}`);
    else if (this.#bdSeq !== undefined && !this.#mayHaveDied) {
      const follows = bdSeq === ((this.#bdSeq + 1) & 0xff) || bdSeq === 0;
      report.must("topics-nbirth-bdseq-increment", follows, `bdSeq ${bdSeq} after ${this.#bdSeq}`);
    }
    this.#bdSeq = bdSeq;
    this.#bdSeqs.add(bdSeq);
  }

  #deviceBirth(device: string, payload: Payload): void {
    this.#expected.delete(device);
    this.#devices.add(device);
    this.#births.learn(device, payload);
  }

  // ── deaths, data, order ─────────────────────────────────────────────────────────────────────────────────

  #nodeDeath({ metrics }: Payload): void {
    const report = this.#report;
    const alone = metrics.length === 1 && metrics[0]?.name === "bdSeq";
    if (!report.must("topics-ndeath-payload", alone, `NDEATH with ${metrics.length} metrics`)) return;
    const bdSeq = Number(metrics[0]?.value);
    // The will of an earlier session may come after its successor was born; a session that was never born dies, too.
    const known = this.#unseen || this.#bdSeqs.size === 0 || this.#bdSeqs.has(bdSeq) || !this.#born;
    report.must("payloads-ndeath-bdseq", known, `NDEATH with bdSeq ${bdSeq}, born with ${this.#bdSeq}`);
    if (bdSeq !== this.#bdSeq) return;
    this.#born = false;
    this.#saidGoodbye = true;
    this.#askedAt = undefined;
    this.#expected.clear();
    this.#devices.clear();
  }

  /** True when the edge is born; its number is checked. */
  #isInSession(type: Type, { seq }: Payload): boolean {
    if (this.#unseen) return false;
    const id =
      type === "DBIRTH"
        ? "message-flow-device-birth-publish-nbirth-wait"
        : type === "DDEATH"
          ? "principles-birth-certificates-order"
          : `payloads-${type.toLowerCase()}-order`;
    if (!this.#report.must(id, this.#born, `${type} without NBIRTH`)) return false;
    const wanted = (this.#seq + 1) & 0xff;
    if (seq === undefined) return true;
    this.#report.must("payloads-sequence-num-incrementing", seq === wanted, `seq ${seq}, ${wanted} was due`);
    this.#seq = seq;
    return true;
  }

  #deviceDeath(device: string): void {
    this.#expected.delete(device);
    this.#devices.delete(device);
  }

  #data(type: Type, device: string, { metrics }: Payload): void {
    const report = this.#report;
    this.#checkAnswered(report.time);
    const missing = [...this.#expected];
    report.must(
      "operational-behavior-data-commands-rebirth-action-2",
      missing.length === 0,
      `data before DBIRTH of ${missing.slice(0, 3)}`,
    );
    this.#expected.clear();
    if (type === "DDATA" && !report.must("payloads-ddata-order", this.#devices.has(device), `DDATA of ${device}, which is not born`))
      return;
    for (const metric of metrics) {
      const told = this.#births.find(device, metric);
      const kind = type === "NDATA" ? "nbirth" : "dbirth";
      const known = told !== undefined && told.owner === device;
      if (!report.must(`topics-${kind}-metric-reqs`, known, `metric ${metric.name ?? metric.alias} was in no birth`)) continue;
      const named = metric.name !== undefined && told?.alias !== undefined;
      report.must("payloads-alias-data-cmd-requirement", !named, `${metric.name} by name, it has an alias`);
      this.#checkOrder(kind, told as Told, metric);
    }
  }

  /** Live values of a metric keep the order of their times. */
  #checkOrder(kind: string, { owner, name }: Told, { timestamp, isHistorical, properties }: Metric): void {
    this.#births.checkQuality(name, properties);
    if (isHistorical || timestamp === undefined) return;
    const key = `${owner} ${name}`;
    const newest = this.#newest.get(key) ?? Number.NEGATIVE_INFINITY;
    const id = `operational-behavior-data-publish-${kind}-order`;
    this.#report.must(id, timestamp >= newest, `${name} of ${timestamp} after ${newest}`);
    this.#newest.set(key, Math.max(newest, timestamp));
  }

  #checkAnswered(now: number): void {
    if (this.#askedAt === undefined) return;
    const waited = now - this.#askedAt;
    const stopped = this.#report.must(
      "operational-behavior-data-commands-rebirth-action-1",
      waited < STOP_WITHIN,
      `data ${waited} ms after the request`,
    );
    if (!stopped) this.#askedAt = undefined;
  }
}
