/** One Sparkplug edge node as the host sees it: births, deaths, sequence, gaps. Knows nothing of sockets. */
import type { Cell, Clock, Line, Link } from "@cellhouse/shared";
import { DecodeError, type DeviceMessage, decodePayload, type EdgeMessage, type Payload } from "@cellhouse/shared/sparkplug";
import type { LinkEvent } from "../../contracts.ts";
import { BirthTable, complaints } from "./birth-table.ts";
import { readHead } from "./decode.ts";
import { type Device, Devices } from "./devices.ts";
import { Intake, type IntakeDeps } from "./intake.ts";
import { RebirthDesk } from "./rebirth.ts";
import { type Message, Reorder } from "./reorder.ts";
import { Sequence, UNDER_WAY_MS } from "./sequence.ts";

export interface EdgeDeps extends IntakeDeps {
  clock: Clock;
  /** Sends `Node Control/Rebirth`. */
  askRebirth(): void;
  /** A field fault; the callee says each key once. */
  report(key: string, fields: object, message: string): void;
}

export class Edge {
  readonly line: Line;
  readonly #deps: EdgeDeps;
  readonly #linkId: string;
  readonly #devices: Devices;
  readonly #intake: Intake;
  readonly #sequence = new Sequence();
  readonly #reorder: Reorder;
  readonly #rebirth: RebirthDesk;
  #table: BirthTable;
  #born = false;
  /** When the gap that stands now began; undefined while the sequence is whole. */
  #gapSince: number | undefined;
  #lastGap: Link["lastGap"];
  #gaps = 0;
  #bdSeq: number | undefined;
  #since: number;
  #detail = "not born yet";
  #lastBirth: number | undefined;
  /** When the last message in sequence came. */
  #heard = 0;

  constructor(line: Line, deps: EdgeDeps) {
    this.line = line;
    this.#deps = deps;
    this.#linkId = `edge:${line.id}`;
    this.#devices = new Devices(line);
    this.#intake = new Intake(this.#linkId, deps);
    this.#table = new BirthTable(line.description.sparkplug);
    this.#reorder = new Reorder(deps.clock, () => this.#giveUp());
    this.#rebirth = new RebirthDesk(deps.clock, () => this.#askRebirth());
    this.#since = deps.clock.now();
  }

  /** Takes one message in. Malformed bytes are counted and open a gap; nothing throws. */
  message(type: EdgeMessage | DeviceMessage, device: string, bytes: Uint8Array): void {
    this.#guarded(type, () => {
      if (type === "NBIRTH") this.#nodeBirth(bytes);
      else if (type === "NDEATH") this.#nodeDeath(bytes);
      else if (type !== "NCMD" && type !== "DCMD") this.#inSequence({ type, device, bytes, ...readHead(bytes) });
    });
  }

  /** The broker is gone: so is everything behind it, until it is born again. */
  lost(reason: string): void {
    this.#giveUp(false);
    this.#rebirth.forget();
    if (this.#born) this.#emit("down", this.#owners(), reason);
    this.#forget(reason);
  }

  /** Nothing goes out after this. */
  stop(): void {
    this.#giveUp(false);
    this.#rebirth.settle();
    this.#intake.tick();
  }

  /** Each second: rates, devices that did not return, rebirth requests without answer. */
  tick(now: number): void {
    this.#intake.tick();
    if (this.#lastBirth !== undefined && now - this.#lastBirth > UNDER_WAY_MS) this.#sequence.settle();
    const overdue = this.#devices.overdue(now);
    if (overdue.length > 0) this.#emit("down", overdue, "not among the births of its edge");
    if (this.#gapSince !== undefined) this.#rebirth.ask();
  }

  isUp(owner: string): boolean {
    return this.#born && (owner === this.line.id || this.#devices.isBorn(owner));
  }

  /** What the births promised, for those who send commands. */
  get births(): Pick<BirthTable, "announced" | "announcedTag"> {
    return this.#table;
  }

  link(): Link {
    const missing = this.#born && this.#gapSince === undefined ? this.#devices.describeMissing() : this.#detail;
    return {
      id: this.#linkId,
      kind: "edge",
      state: !this.#born ? "down" : missing === "" ? "up" : "degraded",
      since: this.#since,
      detail: missing,
      rate: this.#intake.meter.perSecond,
      received: this.#intake.meter.total,
      gaps: this.#gaps,
      rebirths: this.#rebirth.count,
      clockOffset: this.#intake.worstOffset(),
      ...(this.#lastBirth !== undefined && { lastBirth: this.#lastBirth }),
      ...(this.#lastGap !== undefined && { lastGap: this.#lastGap }),
    };
  }

  /** Malformed bytes are a fault of the field; anything else that throws is a bug. */
  #guarded(type: Message["type"], work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#reject("malformed", error.message);
      if (type !== "NDEATH") this.#openGap(`a message could not be read: ${error.message}`);
    }
  }

  // ── births and deaths ───────────────────────────────────────────────────────────────────────────────────

  #nodeBirth(bytes: Uint8Array): void {
    const payload = decodePayload(bytes);
    this.#giveUp(false);
    const bdSeq = bdSeqOf(payload);
    if (bdSeq === undefined) this.#reject("birth", `NBIRTH of ${this.line.id} has no bdSeq`);
    const again = this.#born && bdSeq === this.#bdSeq;
    if (this.#born && !again) {
      this.#emit("down", this.#owners(), "born anew without a death certificate");
      this.#forget("");
    }
    const now = this.#deps.clock.now();
    if (!this.#born || this.#gapSince !== undefined) this.#since = now;
    this.#lastBirth = now;
    this.#heard = now;
    this.#bdSeq = bdSeq;
    this.#table = new BirthTable(this.line.description.sparkplug);
    this.#rebirth.settle();
    this.#sequence.restart(payload.seq ?? 0, payload.timestamp ?? Number.NaN);
    this.#devices.expect(now);
    this.#learn(this.line, payload);
    this.#closeGap();
    if (!again) this.#emit("up", [this.line.id], "born");
    this.#born = true;
    this.#intake.take(bytes, this.#table, this.line, now);
  }

  #deviceBirth(device: Device, bytes: Uint8Array): void {
    const { id } = device.cell;
    this.#learn(device.cell, decodePayload(bytes));
    if (device.state === "unborn") this.#emit("up", [id], "born");
    device.state = "born";
    this.#intake.take(bytes, this.#table, device.cell, this.#deps.clock.now());
  }

  #nodeDeath(bytes: Uint8Array): void {
    const bdSeq = bdSeqOf(decodePayload(bytes));
    if (!this.#born) return;
    // The will of an earlier session may come after its successor was born.
    if (bdSeq !== undefined && this.#bdSeq !== undefined && bdSeq !== this.#bdSeq) {
      this.#reject("stale_death", `NDEATH of ${this.line.id} carries bdSeq ${bdSeq}, alive is ${this.#bdSeq}`);
      return;
    }
    this.#giveUp(false);
    this.#emit("down", this.#owners(), "death certificate");
    this.#forget("death certificate; waiting for its birth");
  }

  #deviceDeath(device: Device): void {
    if (device.state !== "unborn") this.#emit("down", [device.cell.id], "death certificate of the device");
    device.state = "unborn";
  }

  #learn(home: Cell | Line, payload: Payload): void {
    for (const { reason, names, remedy } of complaints(this.#table.learn(home, payload.metrics))) {
      this.#deps.counters.rejected(reason, names.length);
      this.#deps.report(`${reason} ${home.id}`, { owner: home.id, metrics: names.slice(0, 50), count: names.length }, remedy);
    }
  }

  #forget(detail: string): void {
    this.#born = false;
    this.#closeGap();
    this.#since = this.#deps.clock.now();
    this.#detail = detail;
    this.#devices.forget();
  }

  // ── sequence and gaps ───────────────────────────────────────────────────────────────────────────────────

  /** Every numbered message but the NBIRTH: in its turn, held back for a moment when it is early, or not at all. */
  #inSequence(message: Message): void {
    const { seq, timestamp } = message;
    if (!this.#born) {
      this.#deps.counters.rejected("before_birth");
      this.#detail = "sends data, its birth is not known; rebirth requested";
      this.#rebirth.askSoon();
      return;
    }
    const place = this.#sequence.place(seq, timestamp);
    if (place === "early" && this.#gapSince === undefined && this.#reorder.hold(message)) return;
    if (place === "again" || (place === "early" && this.#gapSince === undefined))
      this.#reject("duplicate", `${this.line.id}: a message came twice`);
    else if (place === "late") {
      this.#sequence.fill(seq, timestamp);
      this.#apply(message, true);
    } else {
      if (place !== "next") {
        this.#giveUp();
        this.#openGap(this.#jump(seq));
      }
      for (let next: Message | undefined = message; next; next = this.#reorder.take(this.#sequence.expected)) this.#pass(next);
    }
  }

  /** What was waited for is lost, and those held back go on without it. */
  #giveUp(ask = true): void {
    const held = this.#reorder.release((seq) => this.#sequence.distance(seq));
    if (held[0] !== undefined) this.#openGap(this.#jump(held[0].seq), ask);
    for (const message of held) this.#pass(message);
  }

  #pass(message: Message): void {
    this.#sequence.pass(message.seq, message.timestamp);
    this.#heard = this.#deps.clock.now();
    this.#guarded(message.type, () => this.#apply(message, false));
  }

  #apply({ type, device: name, bytes }: Message, late: boolean): void {
    const device = type === "NDATA" ? undefined : this.#device(name);
    if (type !== "NDATA" && device === undefined) return;
    if (type === "DBIRTH") this.#deviceBirth(device as Device, bytes);
    else if (type === "DDEATH") this.#deviceDeath(device as Device);
    else if (device?.state === "unborn") this.#openGap(`${device.cell.id} sends data without a birth`);
    else {
      const home = device?.cell ?? this.line;
      const unknown = this.#intake.take(bytes, this.#table, home, this.#deps.clock.now(), late);
      if (unknown > 0) this.#openGap(`${unknown} metrics of ${home.id} were in no birth`);
    }
  }

  #jump(seq: number): string {
    const { expected } = this.#sequence;
    return seq < 0 ? "a message without sequence number" : `message ${expected} expected, ${seq} came`;
  }

  #openGap(detail: string, ask = true): void {
    if (this.#gapSince !== undefined || !this.#born) return;
    this.#gapSince = this.#heard;
    this.#lastGap = { from: this.#heard };
    this.#gaps++;
    this.#since = this.#deps.clock.now();
    this.#detail = `sequence gap: ${detail}; rebirth requested`;
    this.#emit("gap", this.#owners(), detail);
    if (ask) this.#rebirth.ask();
  }

  #closeGap(): void {
    if (this.#gapSince === undefined) return;
    const to = this.#deps.clock.now();
    this.#lastGap = { from: this.#gapSince, to };
    this.#emit("whole", this.#owners(), `closed by a birth after ${to - this.#gapSince} ms`);
    this.#gapSince = undefined;
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
