/** Turns notifications and history into frames: client handles are tag ids, one frame per notification. */
import { createFrame, type Frame, type Line, type Plant, pushSample, Quality } from "@cellhouse/shared";
import type { Counters, PipeInput } from "../../contracts.ts";
import { ClockOffset } from "../clock-offset.ts";
import { RateMeter } from "../driver.ts";
import { hasOverflow, isUnreachable, numberOf, qualityOf, timeOf, type WireValue } from "./values.ts";

export interface WireItem {
  clientHandle: number;
  value: WireValue;
}

export interface IntakeOptions {
  plant: Plant;
  lines: readonly Line[];
  input: PipeInput;
  counters: Counters;
  judge(frame: Frame): void;
  /** A cell's PLC is reachable again after `since`. */
  returned(owner: string, since: number): void;
}

interface Owner {
  readonly id: string;
  readonly meter: RateMeter;
  readonly offset: ClockOffset;
  /** Its own frame while its clock differs from ours; else its samples go with all others. */
  frame: Frame | undefined;
  newest: number;
  /** Since when its PLC does not answer. */
  lostAt: number | undefined;
}

const HEARTBEAT = "YC-905";

export class Intake {
  readonly #options: IntakeOptions;
  readonly #owners: Owner[] = [];
  /** By tag: position in `#owners`, -1 for tags of other drivers. */
  readonly #owner: Int16Array;
  readonly #isBeat: Uint8Array;
  readonly #frame = createFrame(1024);
  readonly #touched: Owner[] = [];
  readonly meters = new Map<string, RateMeter>();

  constructor(options: IntakeOptions) {
    const { plant, lines } = options;
    this.#options = options;
    this.#owner = new Int16Array(plant.tags.length).fill(-1);
    this.#isBeat = new Uint8Array(plant.tags.length);
    for (const line of lines) {
      const meter = new RateMeter();
      this.meters.set(line.id, meter);
      for (const home of [line, ...line.cells]) {
        const index =
          this.#owners.push({
            id: home.id,
            meter,
            offset: new ClockOffset(),
            frame: undefined,
            newest: Number.NEGATIVE_INFINITY,
            lostAt: undefined,
          }) - 1;
        for (const tag of home.tags.values()) {
          this.#owner[tag.id] = index;
          if (tag.definition.name === HEARTBEAT) this.#isBeat[tag.id] = 1;
        }
      }
    }
  }

  /** One notification: its samples go on as one frame (and one more for every owner whose clock is off). */
  take(items: readonly WireItem[], now: number): void {
    let overflow = 0;
    let unknown = 0;
    for (const { clientHandle: tag, value } of items) {
      const owner = this.#owners[this.#owner[tag] ?? -1];
      if (owner === undefined) {
        unknown++;
        continue;
      }
      const status = value.statusCode.value;
      const time = timeOf(value);
      if (hasOverflow(status)) overflow++;
      this.#push(owner, tag, value, time);
      if (this.#isBeat[tag] === 1) this.#reach(owner, status, now);
    }
    const { counters } = this.#options;
    if (overflow > 0) counters.dropped("opcua_server_queue", overflow);
    if (unknown > 0) counters.rejected("unknown_handle", unknown);
    this.#finish(now);
  }

  /** Samples of the past, as they were read back. */
  past(tag: number, values: readonly WireValue[], now: number): void {
    const frame = this.#frame;
    frame.count = 0;
    for (const value of values) this.#sample(frame, tag, value, timeOf(value));
    const owner = this.#owners[this.#owner[tag] ?? -1];
    if (frame.count === 0 || owner === undefined) return;
    owner.meter.total += frame.count;
    this.#send(frame, true, owner.offset.value, now);
    frame.count = 0;
  }

  /** The offset furthest from ours among a line's owners, ms. */
  clockOffset(line: Line): number {
    const ids = new Set([line.id, ...line.cells.map((c) => c.id)]);
    let worst = 0;
    for (const owner of this.#owners) if (ids.has(owner.id) && Math.abs(owner.offset.value) > Math.abs(worst)) worst = owner.offset.value;
    return worst;
  }

  #push(owner: Owner, tag: number, value: WireValue, time: number): void {
    this.#sample(owner.frame ?? this.#frame, tag, value, time);
    owner.meter.total++;
    if (owner.newest === Number.NEGATIVE_INFINITY) this.#touched.push(owner);
    owner.newest = time > owner.newest ? time : Math.max(owner.newest, Number.MIN_SAFE_INTEGER);
  }

  #sample(frame: Frame, tag: number, value: WireValue, time: number): void {
    const number = numberOf(value.value.value);
    pushSample(frame, tag, time, number, Number.isNaN(number) ? Quality.Bad : qualityOf(value.statusCode.value));
  }

  #reach(owner: Owner, status: number, now: number): void {
    if (isUnreachable(status)) owner.lostAt ??= now;
    else if (owner.lostAt !== undefined) {
      this.#options.returned(owner.id, owner.lostAt);
      owner.lostAt = undefined;
    }
  }

  #finish(now: number): void {
    let newest = Number.NEGATIVE_INFINITY;
    for (const owner of this.#touched) {
      if (owner.newest > Number.MIN_SAFE_INTEGER) {
        if (owner.frame === undefined && owner.newest > newest) newest = owner.newest;
        owner.offset.add(owner.newest, now);
      }
      if (owner.frame !== undefined && owner.frame.count > 0) this.#send(owner.frame, false, owner.offset.value, now);
      // From the next notification on it has a frame of its own, or none any more.
      if (owner.offset.value === 0) owner.frame = undefined;
      else owner.frame ??= createFrame(64);
      if (owner.frame !== undefined) owner.frame.count = 0;
      owner.newest = Number.NEGATIVE_INFINITY;
    }
    this.#touched.length = 0;
    if (this.#frame.count > 0) this.#send(this.#frame, false, 0, now);
    this.#frame.count = 0;
    if (newest > Number.NEGATIVE_INFINITY) this.#options.counters.latency("source_to_pipe", Math.max(0, now - newest));
  }

  #send(frame: Frame, historical: boolean, clockOffset: number, now: number): void {
    frame.receivedAt = now;
    frame.historical = historical;
    frame.clockOffset = clockOffset;
    this.#options.judge(frame);
    this.#options.input.frame(frame);
  }
}
