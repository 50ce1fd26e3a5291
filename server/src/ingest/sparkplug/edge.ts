/** One Sparkplug edge node as the host sees it: births, deaths, sequence, gaps. Knows nothing of sockets. */
import type { Cell, Clock, Frame, Line, Link } from "@cellhouse/shared";
import { DecodeError, type DeviceMessage, decodePayload, type EdgeMessage, type Metric, type Payload } from "@cellhouse/shared/sparkplug";
import type { Counters, LinkEvent, PipeInput } from "../../contracts.ts";
import { ClockOffset } from "../clock-offset.ts";
import { RateMeter } from "../driver.ts";
import { BirthTable } from "./birth-table.ts";
import { DataDecoder } from "./decode.ts";
import { type Device, Devices } from "./devices.ts";
import { RebirthDesk } from "./rebirth.ts";
import { Sequence } from "./sequence.ts";

export interface EdgeDeps {
  clock: Clock;
  counters: Counters;
  input: PipeInput;
  judge(frame: Frame): void;
  /** Sends `Node Control/Rebirth`. */
  askRebirth(): void;
  /** A field fault; the callee says each key once. */
  report(key: string, fields: object, message: string): void;
  /** A text metric the birth table marked came in. */
  text(metric: Metric): void;
}

/** Shared by all edges: frames are borrowed, and only one message is in hand at a time. */
const decoder = new DataDecoder();

export class Edge {
  readonly line: Line;
  readonly #deps: EdgeDeps;
  readonly #linkId: string;
  readonly #devices: Devices;
  readonly #sequence = new Sequence();
  readonly #rebirth: RebirthDesk;
  readonly #offset = new ClockOffset();
  readonly #meter = new RateMeter();
  #table = new BirthTable();
  #born = false;
  #gap = false;
  #bdSeq: number | undefined;
  /** Values received but not yet counted. */
  #pending = 0;
  #since: number;
  #detail = "not born yet";
  #gaps = 0;
  #lastBirth: number | undefined;

  constructor(line: Line, deps: EdgeDeps) {
    this.line = line;
    this.#deps = deps;
    this.#linkId = `edge:${line.id}`;
    this.#devices = new Devices(line);
    this.#rebirth = new RebirthDesk(deps.clock, () => this.#askRebirth());
    this.#since = deps.clock.now();
  }

  /** Takes one message in. Malformed bytes are counted and open a gap; nothing throws. */
  message(type: EdgeMessage | DeviceMessage, device: string, bytes: Uint8Array): void {
    try {
      if (type === "NDATA" || type === "DDATA") this.#data(device, bytes);
      else if (type === "NBIRTH") this.#nodeBirth(bytes);
      else if (type === "DBIRTH") this.#deviceBirth(device, bytes);
      else if (type === "NDEATH") this.#nodeDeath(bytes);
      else if (type === "DDEATH") this.#deviceDeath(device, bytes);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#reject("malformed", error.message);
      if (type !== "NDEATH") this.#openGap(`a message could not be read: ${error.message}`);
    }
  }

  /** The broker is gone: so is everything behind it, until it is born again. */
  lost(reason: string): void {
    this.#rebirth.settle();
    if (this.#born) this.#emit("down", this.#owners(), reason);
    this.#forget(reason);
  }

  /** Each second: rates, devices that did not return, rebirth requests without answer. */
  tick(now: number): void {
    this.#meter.tick();
    if (this.#pending > 0) this.#deps.counters.received(this.#linkId, this.#pending);
    this.#pending = 0;
    const overdue = this.#devices.overdue(now);
    if (overdue.length > 0) this.#emit("down", overdue, "not among the births of its edge");
    if (this.#gap) this.#rebirth.ask();
  }

  isUp(owner: string): boolean {
    return this.#born && (owner === this.line.id || this.#devices.get(owner)?.state === "born");
  }

  /** True when the owner's birth had this metric. */
  offers(owner: string, metric: string): boolean {
    return this.#table.offers(owner, metric);
  }

  link(): Link {
    const missing = this.#born && !this.#gap ? this.#devices.describeMissing() : this.#detail;
    const offset = this.#devices.worstOffset();
    return {
      id: this.#linkId,
      kind: "edge",
      state: !this.#born ? "down" : missing === "" ? "up" : "degraded",
      since: this.#since,
      detail: missing,
      rate: this.#meter.perSecond,
      received: this.#meter.total,
      gaps: this.#gaps,
      rebirths: this.#rebirth.count,
      clockOffset: Math.abs(this.#offset.value) > Math.abs(offset) ? this.#offset.value : offset,
      ...(this.#lastBirth !== undefined && { lastBirth: this.#lastBirth }),
    };
  }

  // ── births and deaths ───────────────────────────────────────────────────────────────────────────────────

  #nodeBirth(bytes: Uint8Array): void {
    const payload = decodePayload(bytes);
    const bdSeq = bdSeqOf(payload);
    if (bdSeq === undefined) this.#reject("birth", `NBIRTH of ${this.line.id} has no bdSeq`);
    const again = this.#born && bdSeq === this.#bdSeq;
    if (this.#born && !again) {
      this.#emit("down", this.#owners(), "born anew without a death certificate");
      this.#forget("");
    }
    const now = this.#deps.clock.now();
    if (!this.#born || this.#gap) this.#since = now;
    this.#lastBirth = now;
    this.#bdSeq = bdSeq;
    this.#table = new BirthTable();
    this.#rebirth.settle();
    this.#sequence.restart(payload.seq ?? 0, payload.timestamp ?? Number.NaN);
    this.#devices.expect(now);
    this.#learn(this.line, payload);
    this.#closeGap();
    if (!again) this.#emit("up", [this.line.id], "born");
    this.#born = true;
    this.#values(this.line.id, this.#offset, bytes);
  }

  #deviceBirth(name: string, bytes: Uint8Array): void {
    const device = this.#device(name);
    if (device === undefined) return;
    const payload = decodePayload(bytes);
    if (!this.#isInOrder(payload.seq, payload.timestamp)) return;
    this.#learn(device.cell, payload);
    if (device.state === "unborn") this.#emit("up", [name], "born");
    device.state = "born";
    this.#values(name, device.offset, bytes);
  }

  #nodeDeath(bytes: Uint8Array): void {
    const bdSeq = bdSeqOf(decodePayload(bytes));
    if (!this.#born) return;
    // The will of an earlier session may come after its successor was born.
    if (bdSeq !== undefined && this.#bdSeq !== undefined && bdSeq !== this.#bdSeq) {
      this.#reject("stale_death", `NDEATH of ${this.line.id} carries bdSeq ${bdSeq}, alive is ${this.#bdSeq}`);
      return;
    }
    this.#emit("down", this.#owners(), "death certificate");
    this.#forget("death certificate; waiting for its birth");
  }

  #deviceDeath(name: string, bytes: Uint8Array): void {
    const device = this.#device(name);
    if (device === undefined || !this.#born) return;
    const payload = decodePayload(bytes);
    if (!this.#isInOrder(payload.seq, payload.timestamp)) return;
    if (device.state !== "unborn") this.#emit("down", [name], "death certificate of the device");
    device.state = "unborn";
  }

  #learn(home: Cell | Line, payload: Payload): void {
    const strangers = this.#table.learn(home, payload.metrics);
    if (strangers.length === 0) return;
    this.#deps.counters.rejected("unknown_metric", strangers.length);
    const fields = { owner: home.id, metrics: strangers.slice(0, 5), count: strangers.length };
    this.#deps.report(`metric ${home.id}`, fields, "metrics the plant does not have");
  }

  #forget(detail: string): void {
    this.#born = false;
    this.#closeGap();
    this.#since = this.#deps.clock.now();
    this.#detail = detail;
    this.#devices.forget();
  }

  #data(name: string, bytes: Uint8Array): void {
    const device = name === "" ? undefined : this.#device(name);
    if (device === undefined && name !== "") return;
    const owner = device?.cell.id ?? this.line.id;
    decoder.decode(bytes, this.#table, owner);
    if (!this.#isInOrder(decoder.seq, decoder.timestamp)) return;
    if (device?.state === "unborn") {
      this.#openGap(`${owner} sends data without a birth`);
      return;
    }
    if (decoder.unknown > 0) {
      this.#deps.counters.rejected("unknown_alias", decoder.unknown);
      this.#openGap(`${decoder.unknown} metrics of ${owner} were in no birth`);
    }
    this.#deliver(device?.offset ?? this.#offset);
    if (decoder.text) this.#texts(bytes);
  }

  /** The values a birth carries. */
  #values(owner: string, offset: ClockOffset, bytes: Uint8Array): void {
    decoder.decode(bytes, this.#table, owner);
    this.#deliver(offset);
  }

  #deliver(offset: ClockOffset): void {
    const { live, historical, newest } = decoder;
    const now = this.#deps.clock.now();
    if (live.count > 0) {
      offset.add(newest, now);
      this.#deps.counters.latency("source_to_pipe", Math.max(0, now - newest - offset.value));
    }
    if (historical.count > 0) this.#send(historical, true, now, offset.value);
    if (live.count > 0) this.#send(live, false, now, offset.value);
  }

  #send(frame: Frame, historical: boolean, now: number, clockOffset: number): void {
    frame.historical = historical;
    frame.clockOffset = clockOffset;
    frame.receivedAt = now;
    this.#meter.total += frame.count;
    this.#pending += frame.count;
    this.#deps.judge(frame);
    this.#deps.input.frame(frame);
  }

  #texts(bytes: Uint8Array): void {
    for (const metric of decodePayload(bytes).metrics) if (typeof metric.value === "string") this.#deps.text(metric);
  }

  // ── sequence and gaps ───────────────────────────────────────────────────────────────────────────────────

  /** False for what must not be used: it came twice, or before its edge was born. A jump opens a gap and is used. */
  #isInOrder(seq = -1, timestamp = Number.NaN): boolean {
    if (!this.#born) {
      this.#deps.counters.rejected("before_birth");
      this.#detail = "sends data, its birth is not known; rebirth requested";
      this.#rebirth.askSoon();
      return false;
    }
    const found = this.#sequence.take(seq, timestamp);
    if (found === "again") this.#reject("duplicate", `${this.line.id}: a message came twice`);
    else if (found !== undefined) this.#openGap(found.jump);
    return found !== "again";
  }

  #openGap(detail: string): void {
    if (this.#gap || !this.#born) return;
    this.#gap = true;
    this.#gaps++;
    this.#since = this.#deps.clock.now();
    this.#detail = `sequence gap: ${detail}; rebirth requested`;
    this.#emit("gap", this.#owners(), detail);
    this.#rebirth.ask();
  }

  #closeGap(): void {
    if (!this.#gap) return;
    this.#gap = false;
    this.#emit("whole", this.#owners(), "closed by a birth");
  }

  #askRebirth(): void {
    this.#deps.counters.rebirth(this.line.id);
    this.#deps.askRebirth();
  }

  #device(name: string): Device | undefined {
    const device = this.#devices.get(name);
    if (device === undefined) this.#reject("unknown_device", `${this.line.id} has no cell ${name.slice(0, 40)}`);
    return device;
  }

  #owners(): string[] {
    return [this.line.id, ...this.#devices.present()];
  }

  #emit(event: LinkEvent["event"], owners: readonly string[], detail: string): void {
    this.#deps.input.link({ link: this.#linkId, event, owners, detail });
  }

  #reject(reason: string, message: string): void {
    this.#deps.counters.rejected(reason);
    this.#deps.report(`${reason} ${this.line.id}`, { edge: this.line.id, reason }, message);
  }
}

function bdSeqOf(payload: Payload): number | undefined {
  const value = payload.metrics.find((m) => m.name === "bdSeq")?.value;
  return typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined;
}
