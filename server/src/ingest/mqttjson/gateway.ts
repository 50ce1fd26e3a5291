/** One line's gateway: which of its cells are heard, by what is heard of them. Knows nothing of sockets or JSON. */
import { type Cell, createFrame, type Frame, type JsonMap, type Line, type Link, pushSample, Quality } from "@cellhouse/shared";
import type { Counters, PipeInput } from "../../contracts.ts";
import { ClockOffset } from "../clock-offset.ts";
import { RateMeter } from "../driver.ts";
import { Backlog } from "./backlog.ts";

export interface GatewayDeps {
  input: PipeInput;
  counters: Counters;
  judge(frame: Frame): void;
  now(): number;
}

/** A cell or the line itself, as its messages tell of it. */
export interface Owner {
  readonly gateway: Gateway;
  readonly home: Cell | Line;
  /** Its messages carry a heartbeat of their own: only that tells that it lives. */
  readonly beats: boolean;
  readonly offset: ClockOffset;
  readonly backlog: Backlog;
  lastBeat: unknown;
  heardAt: number;
  up: boolean;
}

/** What the pipe judges a cell's liveness by. Gateways rarely have it, and never at our pace: the driver vouches for whom it hears. */
const HEARTBEAT = "YC-905";

export class Gateway {
  readonly line: Line;
  readonly #deps: GatewayDeps;
  readonly #linkId: string;
  readonly #patience: number;
  readonly #owners: ReadonlyMap<string, Owner>;
  readonly #meter = new RateMeter();
  readonly #beats = createFrame(16);
  /** Moves on with every beat, and is another one after a restart. */
  #beat: number;
  #pending = 0;
  #since: number;
  #lost = "";

  constructor(line: Line, map: JsonMap, deps: GatewayDeps) {
    this.line = line;
    this.#deps = deps;
    this.#linkId = `edge:${line.id}`;
    this.#patience = map.heartbeat.seconds * 1000;
    const beats = map.messages.some((message) => HEARTBEAT in message.values);
    const owner = (home: Cell | Line): Owner => ({
      gateway: this,
      home,
      beats: beats && home !== line,
      offset: new ClockOffset(),
      backlog: new Backlog(),
      lastBeat: undefined,
      heardAt: 0,
      up: false,
    });
    this.#owners = new Map([line, ...line.cells].map((home) => [home.id, owner(home)]));
    this.#since = deps.now();
    this.#beat = Math.floor(this.#since / 1000) >>> 0;
  }

  owner(home: Cell | Line): Owner {
    return this.#owners.get(home.id) as Owner;
  }

  isUp(home: string): boolean {
    return this.#owners.get(home)?.up === true;
  }

  /** A message of this owner came; of one that has a heartbeat this alone proves nothing. */
  heard(owner: Owner): void {
    if (!owner.beats) this.#live(owner);
    if (owner.home !== this.line) this.#live(this.owner(this.line));
  }

  /** The owner's own heartbeat came; it lives when that has changed. */
  beat(owner: Owner, raw: unknown): void {
    if (raw === owner.lastBeat || typeof raw === "object") return;
    owner.lastBeat = raw;
    this.#live(owner);
  }

  /** Judges a frame and passes it on. */
  send(frame: Frame, historical: boolean, clockOffset: number): void {
    frame.receivedAt = this.#deps.now();
    frame.historical = historical;
    frame.clockOffset = clockOffset;
    this.#meter.total += frame.count;
    this.#pending += frame.count;
    this.#deps.judge(frame);
    this.#deps.input.frame(frame);
  }

  /** The broker is gone: so is everything behind it, until it is heard again. */
  lost(detail: string): void {
    this.#lost = detail;
    this.#down([...this.#owners.values()], detail);
  }

  /** Each second: rates, who has fallen silent, a beat for who has not. */
  tick(now: number): void {
    this.#meter.tick();
    if (this.#pending > 0) this.#deps.counters.received(this.#linkId, this.#pending);
    this.#pending = 0;
    const silent = [...this.#owners.values()].filter((owner) => now - owner.heardAt > this.#patience);
    this.#down(silent, `nothing heard for ${this.#patience / 1000} s`);
    this.#vouch(now);
  }

  link(): Link {
    const missing = this.line.cells.filter((cell) => !this.isUp(cell.id)).map((cell) => cell.id);
    const up = this.isUp(this.line.id);
    const silent = `${missing.length} of ${this.line.cells.length} cells not heard: ${missing.slice(0, 5).join(", ")}`;
    return {
      id: this.#linkId,
      kind: "edge",
      state: !up ? "down" : missing.length > 0 ? "degraded" : "up",
      since: this.#since,
      detail: up ? (missing.length > 0 ? silent : "") : this.#lost || "nothing heard of its gateway",
      rate: this.#meter.perSecond,
      received: this.#meter.total,
      clockOffset: this.#worstOffset(),
    };
  }

  #live(owner: Owner): void {
    const now = this.#deps.now();
    owner.heardAt = now;
    if (owner.up) return;
    owner.up = true;
    this.#lost = "";
    this.#since = now;
    this.#deps.input.link({ link: this.#linkId, event: "up", owners: [owner.home.id], detail: "heard" });
  }

  #down(owners: readonly Owner[], detail: string): void {
    const gone = owners.filter((owner) => owner.up);
    if (gone.length === 0) return;
    for (const owner of gone) owner.up = false;
    this.#since = this.#deps.now();
    this.#deps.input.link({ link: this.#linkId, event: "down", owners: gone.map((owner) => owner.home.id), detail });
  }

  #vouch(now: number): void {
    this.#beat = (this.#beat + 1) >>> 0;
    this.#beats.count = 0;
    for (const { home, up } of this.#owners.values()) {
      const tag = up ? home.tags.get(HEARTBEAT) : undefined;
      if (tag !== undefined) pushSample(this.#beats, tag.id, now, this.#beat, Quality.Good);
    }
    if (this.#beats.count > 0) this.send(this.#beats, false, 0);
  }

  #worstOffset(): number {
    let worst = 0;
    for (const { offset } of this.#owners.values()) if (Math.abs(offset.value) > Math.abs(worst)) worst = offset.value;
    return worst;
  }
}
