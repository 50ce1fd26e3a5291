/** One Sparkplug edge node as the host sees it: births, deaths, sequence, gaps. Knows nothing of sockets. */
import type { Cancel, Cell, Clock, Frame, Line, Link } from "@cellhouse/shared";
import { DecodeError, type DeviceMessage, decodePayload, type EdgeMessage, type Metric, type Payload } from "@cellhouse/shared/sparkplug";
import type { Counters, LinkEvent, PipeInput } from "../../contracts.ts";
import { ClockOffset } from "../clock-offset.ts";
import { RateMeter } from "../driver.ts";
import { BirthTable } from "./birth-table.ts";
import { DataDecoder } from "./decode.ts";

export interface EdgeDeps {
  clock: Clock;
  counters: Counters;
  input: PipeInput;
  judge(frame: Frame): void;
  /** Sends `Node Control/Rebirth`. */
  askRebirth(): void;
  /** A field fault, said once per key by the caller. */
  report(key: string, fields: object, message: string): void;
  /** A text metric the birth table marked came in. */
  text(metric: Metric): void;
}

/** An edge whose data comes before its birth gets this long to be born by itself. */
const BIRTH_GRACE = 300;
/** Between two rebirth requests to the same edge. */
const HOLD_DOWN = 10_000;
/** A device that does not come back within this time after its edge's rebirth is down. */
const DEVICE_GRACE = 10_000;

type DeviceState = "unborn" | "awaited" | "born";

interface Device {
  readonly cell: Cell;
  state: DeviceState;
  readonly offset: ClockOffset;
}

/** Shared by all edges: frames are borrowed, and only one message is in hand at a time. */
const decoder = new DataDecoder();

export class Edge {
  readonly line: Line;
  readonly #deps: EdgeDeps;
  readonly #devices: Map<string, Device>;
  readonly #offset = new ClockOffset();
  readonly #meter = new RateMeter();
  readonly #linkId: string;
  #table = new BirthTable();
  #born = false;
  #gap = false;
  #bdSeq: number | undefined;
  #seq = 0;
  #lastTimestamp = Number.NaN;
  #rebirthAt = Number.NEGATIVE_INFINITY;
  #asking: Cancel | undefined;
  #awaitUntil = Number.POSITIVE_INFINITY;
  #pending = 0;
  #since: number;
  #detail = "not born yet";
  #gaps = 0;
  #rebirths = 0;
  #lastBirth: number | undefined;

  constructor(line: Line, deps: EdgeDeps) {
    this.line = line;
    this.#deps = deps;
    this.#linkId = `edge:${line.id}`;
    this.#devices = new Map(line.cells.map((cell) => [cell.id, { cell, state: "unborn", offset: new ClockOffset() }]));
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
    this.#asking?.();
    this.#asking = undefined;
    if (this.#born) this.#down(this.#owners(), reason);
    this.#forget(reason);
  }

  /** Each second: rates, devices that did not return, rebirth requests without answer. */
  tick(now: number): void {
    this.#meter.tick();
    if (this.#pending > 0) this.#deps.counters.received(this.#linkId, this.#pending);
    this.#pending = 0;
    if (now >= this.#awaitUntil) this.#giveUpAwaited();
    if (this.#gap && this.#asking === undefined && now - this.#rebirthAt >= HOLD_DOWN) this.#ask();
  }

  get isBorn(): boolean {
    return this.#born;
  }

  isUp(owner: string): boolean {
    return this.#born && (owner === this.line.id || this.#devices.get(owner)?.state === "born");
  }

  offers(owner: string, metric: string): boolean {
    return this.#table.offers(owner, metric);
  }

  link(): Link {
    return {
      id: this.#linkId,
      kind: "edge",
      state: !this.#born ? "down" : this.#gap || this.#silent().length > 0 ? "degraded" : "up",
      since: this.#since,
      detail: this.#describe(),
      rate: this.#meter.perSecond,
      received: this.#meter.total,
      gaps: this.#gaps,
      rebirths: this.#rebirths,
      clockOffset: this.#worstOffset(),
      ...(this.#lastBirth !== undefined && { lastBirth: this.#lastBirth }),
    };
  }

  #describe(): string {
    if (!this.#born || this.#gap) return this.#detail;
    const silent = this.#silent();
    return silent.length === 0 ? "" : `${silent.length} of ${this.#devices.size} cells not connected: ${silent.slice(0, 5).join(", ")}`;
  }

  /** Each PLC has its own clock; the one furthest from ours is told. */
  #worstOffset(): number {
    const offsets = [this.#offset, ...[...this.#devices.values()].map((d) => d.offset)].map((o) => o.value);
    return offsets.reduce((worst, offset) => (Math.abs(offset) > Math.abs(worst) ? offset : worst), 0);
  }

  #silent(): string[] {
    return [...this.#devices.values()].filter((d) => d.state === "unborn").map((d) => d.cell.id);
  }

  // ── births and deaths ───────────────────────────────────────────────────────────────────────────────────

  #nodeBirth(bytes: Uint8Array): void {
    const payload = decodePayload(bytes);
    const bdSeq = bdSeqOf(payload);
    if (bdSeq === undefined) this.#reject("birth", `NBIRTH of ${this.line.id} has no bdSeq`);
    const again = this.#born && bdSeq === this.#bdSeq;
    if (this.#born && !again) {
      this.#down(this.#owners(), "born anew without a death certificate");
      this.#forget("");
    }
    this.#asking?.();
    this.#asking = undefined;
    this.#table = new BirthTable();
    this.#bdSeq = bdSeq;
    this.#seq = payload.seq ?? 0;
    this.#lastTimestamp = payload.timestamp ?? Number.NaN;
    this.#lastBirth = this.#deps.clock.now();
    if (!this.#born || this.#gap) this.#since = this.#lastBirth;
    for (const device of this.#devices.values()) if (device.state === "born") device.state = "awaited";
    this.#awaitUntil = this.#lastBirth + DEVICE_GRACE;
    this.#learn(this.line, payload);
    if (this.#gap) this.#close();
    if (!again) this.#emit("up", [this.line.id], "born");
    this.#born = true;
    this.#values(this.line.id, this.#offset, bytes);
  }

  #deviceBirth(name: string, bytes: Uint8Array): void {
    const device = this.#device(name);
    if (device === undefined) return;
    const payload = decodePayload(bytes);
    if (!this.#born) {
      this.#early();
      return;
    }
    if (!this.#sequence(payload.seq ?? -1, payload.timestamp ?? Number.NaN)) return;
    this.#learn(device.cell, payload);
    if (device.state === "unborn") this.#emit("up", [name], "born");
    device.state = "born";
    this.#values(name, device.offset, bytes);
  }

  #nodeDeath(bytes: Uint8Array): void {
    const bdSeq = bdSeqOf(decodePayload(bytes));
    if (!this.#born) return;
    if (bdSeq !== undefined && this.#bdSeq !== undefined && bdSeq !== this.#bdSeq) {
      this.#reject("stale_death", `NDEATH of ${this.line.id} carries bdSeq ${bdSeq}, alive is ${this.#bdSeq}`);
      return;
    }
    this.#down(this.#owners(), "death certificate");
    this.#forget("death certificate; waiting for its birth");
  }

  #deviceDeath(name: string, bytes: Uint8Array): void {
    const device = this.#device(name);
    if (device === undefined || !this.#born) return;
    const payload = decodePayload(bytes);
    if (!this.#sequence(payload.seq ?? -1, payload.timestamp ?? Number.NaN)) return;
    if (device.state !== "unborn") this.#down([name], "death certificate of the device");
    device.state = "unborn";
  }

  #learn(home: Cell | Line, payload: Payload): void {
    const strangers = this.#table.learn(home, payload.metrics);
    if (strangers.length === 0) return;
    this.#deps.counters.rejected("unknown_metric", strangers.length);
    this.#deps.report(
      `metric ${home.id}`,
      { owner: home.id, metrics: strangers.slice(0, 5), count: strangers.length },
      "metrics the plant does not have",
    );
  }

  #forget(detail: string): void {
    this.#born = false;
    if (this.#gap) this.#close();
    this.#since = this.#deps.clock.now();
    this.#detail = detail;
    this.#awaitUntil = Number.POSITIVE_INFINITY;
    for (const device of this.#devices.values()) device.state = "unborn";
  }

  #giveUpAwaited(): void {
    this.#awaitUntil = Number.POSITIVE_INFINITY;
    const missing = [...this.#devices.values()].filter((d) => d.state === "awaited");
    for (const device of missing) device.state = "unborn";
    if (missing.length > 0)
      this.#down(
        missing.map((d) => d.cell.id),
        "not among the births of its edge",
      );
  }

  // ── data ────────────────────────────────────────────────────────────────────────────────────────────────

  #data(name: string, bytes: Uint8Array): void {
    const device = name === "" ? undefined : this.#device(name);
    if (device === undefined && name !== "") return;
    if (!this.#born) {
      this.#early();
      return;
    }
    decoder.decode(bytes, this.#table, name === "" ? this.line.id : name);
    if (!this.#sequence(decoder.seq, decoder.timestamp)) return;
    if (device?.state === "unborn") {
      this.#openGap(`${name} sends data without a birth`);
      return;
    }
    if (decoder.unknown > 0) {
      this.#deps.counters.rejected("unknown_alias", decoder.unknown);
      this.#openGap(`${decoder.unknown} metrics of ${name === "" ? "the edge" : name} were in no birth`);
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

  /** False for a message that came twice. A jump opens a gap and counting goes on from here. */
  #sequence(seq: number, timestamp: number): boolean {
    if (seq === this.#seq && timestamp === this.#lastTimestamp) {
      this.#reject("duplicate", `${this.line.id}: message ${seq} came twice`);
      return false;
    }
    const expected = (this.#seq + 1) & 0xff;
    this.#seq = seq < 0 ? expected : seq;
    this.#lastTimestamp = timestamp;
    if (seq !== expected) this.#openGap(seq < 0 ? "a message without sequence number" : `message ${expected} expected, ${seq} came`);
    return true;
  }

  #openGap(detail: string): void {
    if (this.#gap || !this.#born) return;
    this.#gap = true;
    this.#gaps++;
    this.#since = this.#deps.clock.now();
    this.#detail = `sequence gap: ${detail}; rebirth requested`;
    this.#emit("gap", this.#owners(), detail);
    if (this.#since - this.#rebirthAt >= HOLD_DOWN) this.#ask();
  }

  #close(): void {
    this.#gap = false;
    this.#emit("whole", this.#owners(), "closed by a birth");
  }

  /** Data of an edge we have not seen born: it may be about to be, else it is asked. */
  #early(): void {
    this.#deps.counters.rejected("before_birth");
    if (this.#asking !== undefined) return;
    const now = this.#deps.clock.now();
    if (now - this.#rebirthAt < HOLD_DOWN) return;
    this.#detail = "sends data, its birth is not known; rebirth requested";
    this.#asking = this.#deps.clock.at(now + BIRTH_GRACE, () => {
      this.#asking = undefined;
      this.#ask();
    });
  }

  #ask(): void {
    this.#rebirthAt = this.#deps.clock.now();
    this.#rebirths++;
    this.#deps.counters.rebirth(this.line.id);
    this.#deps.askRebirth();
  }

  // ── small things ────────────────────────────────────────────────────────────────────────────────────────

  #device(name: string): Device | undefined {
    const device = this.#devices.get(name);
    if (device === undefined) this.#reject("unknown_device", `${this.line.id} has no cell ${name.slice(0, 40)}`);
    return device;
  }

  #owners(): string[] {
    return [this.line.id, ...[...this.#devices.values()].filter((d) => d.state !== "unborn").map((d) => d.cell.id)];
  }

  #down(owners: readonly string[], detail: string): void {
    this.#emit("down", owners, detail);
  }

  #emit(event: LinkEvent["event"], owners: readonly string[], detail: string): void {
    this.#deps.input.link({ link: this.#linkId, event, owners, detail });
  }

  #reject(reason: string, message: string): void {
    this.#deps.counters.rejected(reason);
    this.#deps.report(`${reason} ${message}`, { edge: this.line.id, reason }, message);
  }
}

function bdSeqOf(payload: Payload): number | undefined {
  const value = payload.metrics.find((m) => m.name === "bdSeq")?.value;
  return typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined;
}
