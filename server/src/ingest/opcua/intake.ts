/** Turns notifications and history into frames: client handles are tag ids, one frame per notification. */
import { createFrame, type Frame, type Line, type Plant, pushSample, Quality } from "@cellhouse/shared";
import type { Counters, PipeInput } from "../../contracts.ts";
import { ClockOffset } from "../clock-offset.ts";
import { RateMeter } from "../driver.ts";
import type { Samples } from "./decode.ts";
import { hasOverflow, isUnreachable, qualityOf } from "./values.ts";

export interface IntakeOptions {
  plant: Plant;
  lines: readonly Line[];
  input: PipeInput;
  counters: Counters;
  judge(frame: Frame): void;
  /** A cell's PLC is reachable again after `since`, on its own clock. */
  returned(owner: string, since: number): void;
  /** The server's queue lost samples of a tag later than `since`; NaN where it had none before. */
  overflowed(tag: number, since: number): void;
}

interface Owner {
  readonly id: string;
  readonly meter: RateMeter;
  readonly offset: ClockOffset;
  /** Its own frame while its clock differs from ours; else its samples go with all others. */
  frame: Frame | undefined;
  newest: number;
  /** Of its witnesses, how many have spoken, and how many of them say that its PLC does not answer. */
  seen: number;
  gone: number;
  /** Since when all of them say so. */
  lostAt: number | undefined;
  /** Its heartbeat; undefined for a line. */
  readonly beat: number | undefined;
  /** The server has no heartbeat of it: we count in its place. */
  beatless: boolean;
}

const HEARTBEAT = "YC-905";
/** Tags scanned at least as often as this tell soon enough that their PLC is gone, ms. */
const QUICK = 1000;
/** What a witness said last: nothing yet, its PLC answers, it does not. */
const SILENT = 1;
const REACHED = 2;
const GONE = 3;
/** A source time beyond these says nothing of its sender's clock; the judge replaces it. */
const FIRST_POSSIBLE = Date.UTC(2000, 0, 1);
const DAY = 86_400_000;

export class Intake {
  readonly #options: IntakeOptions;
  readonly #owners: Owner[] = [];
  /** By tag: position in `#owners`, -1 for tags of other drivers. */
  readonly #owner: Int16Array;
  /** Tags whose status tells whether their PLC answers: what they said last, 0 for all others. */
  readonly #witness: Uint8Array;
  /** By tag, the wire's number times `#factor` plus `#shift` is ours. */
  readonly #factor: Float64Array;
  readonly #shift: Float64Array;
  readonly #frame = createFrame(1024);
  readonly #touched: Owner[] = [];
  #beats = 0;
  /** When the notification in hand came. */
  #now = 0;
  /** Newest source time of each tag; NaN before its first sample. */
  readonly last: Float64Array;
  readonly meters = new Map<string, RateMeter>();

  constructor(options: IntakeOptions) {
    const { plant, lines } = options;
    const { length } = plant.tags;
    this.#options = options;
    this.#owner = new Int16Array(length).fill(-1);
    this.#witness = new Uint8Array(length);
    this.#factor = new Float64Array(length).fill(1);
    this.#shift = new Float64Array(length);
    this.last = new Float64Array(length).fill(Number.NaN);
    for (const line of lines) this.#place(line);
  }

  /** Cells whose heartbeat the server has not: their quick tags bear witness that they answer, and `beat` counts for them. */
  beatless(owners: ReadonlySet<string>): void {
    for (const owner of this.#owners) {
      owner.beatless = owner.beat !== undefined && owners.has(owner.id);
      owner.seen = 0;
      owner.gone = 0;
      for (const { id, definition } of this.#options.plant.cell(owner.id)?.tags.values() ?? [])
        this.#witness[id] = id === owner.beat || (owner.beatless && definition.scanMs <= QUICK) ? SILENT : 0;
    }
  }

  /** Once a second while the server answers: the heartbeat of every beatless cell whose PLC is reachable. */
  beat(now: number): void {
    const frame = this.#frame;
    this.#beats++;
    for (const owner of this.#owners)
      if (owner.beatless && owner.lostAt === undefined) pushSample(frame, owner.beat as number, now, this.#beats, Quality.Good);
    if (frame.count > 0) this.#send(frame, false, 0, now);
    frame.count = 0;
  }

  /** One notification: its samples go on as one frame (and one more for every owner whose clock is off). */
  take(samples: Samples, now: number): void {
    const { handle, status } = samples;
    this.#now = now;
    let overflow = 0;
    let unknown = 0;
    for (let i = 0; i < samples.count; i++) {
      const tag = handle[i] as number;
      const owner = this.#owners[this.#owner[tag] ?? -1];
      if (owner === undefined) {
        unknown++;
        continue;
      }
      const code = status[i] as number;
      if (hasOverflow(code)) {
        overflow++;
        this.#options.overflowed(tag, this.last[tag] as number);
      }
      this.#push(owner, tag, samples, i);
      if (this.#witness[tag] !== 0) this.#hear(owner, tag, isUnreachable(code) ? GONE : REACHED);
    }
    const { counters } = this.#options;
    // No loss yet: history may fill the hole.
    if (overflow > 0) counters.rejected("opcua_overrun", overflow);
    if (unknown > 0) counters.rejected("unknown_handle", unknown);
    this.#finish(now);
  }

  /** Samples of the past later than `after`, as they were read back. */
  past(tag: number, samples: Samples, { after, now }: { after: number; now: number }): void {
    const owner = this.#owners[this.#owner[tag] ?? -1];
    if (owner === undefined) return;
    const frame = createFrame(samples.count);
    for (let i = 0; i < samples.count; i++) if ((samples.time[i] as number) > after) this.#sample(frame, tag, samples, i);
    if (frame.count === 0) return;
    owner.meter.total += frame.count;
    this.#send(frame, true, owner.offset.value, now);
  }

  /** The offset of a tag's sender from our clock, ms. */
  offsetOf(tag: number): number {
    return this.#owners[this.#owner[tag] ?? -1]?.offset.value ?? 0;
  }

  /** The offset furthest from ours among a line's owners, ms. */
  clockOffset(line: Line): number {
    const ids = new Set([line.id, ...line.cells.map((c) => c.id)]);
    let worst = 0;
    for (const owner of this.#owners) if (ids.has(owner.id) && Math.abs(owner.offset.value) > Math.abs(worst)) worst = owner.offset.value;
    return worst;
  }

  #place(line: Line): void {
    const meter = new RateMeter();
    const scale = line.description.opcua?.scale ?? {};
    this.meters.set(line.id, meter);
    for (const home of [line, ...line.cells]) {
      const beat = home === line ? undefined : home.tags.get(HEARTBEAT)?.id;
      const index =
        this.#owners.push({
          id: home.id,
          meter,
          offset: new ClockOffset(),
          frame: undefined,
          newest: Number.NEGATIVE_INFINITY,
          seen: 0,
          gone: 0,
          lostAt: undefined,
          beat,
          beatless: false,
        }) - 1;
      for (const tag of home.tags.values()) {
        this.#owner[tag.id] = index;
        this.#witness[tag.id] = tag.id === beat ? SILENT : 0;
        this.#factor[tag.id] = scale[tag.definition.name]?.factor ?? 1;
        this.#shift[tag.id] = scale[tag.definition.name]?.offset ?? 0;
      }
    }
  }

  #push(owner: Owner, tag: number, samples: Samples, i: number): void {
    const time = samples.time[i] as number;
    this.#sample(owner.frame ?? this.#frame, tag, samples, i);
    owner.meter.total++;
    if (owner.newest === Number.NEGATIVE_INFINITY) this.#touched.push(owner);
    const possible = time >= FIRST_POSSIBLE && time <= this.#now + DAY;
    if (possible && !(time <= (this.last[tag] as number))) this.last[tag] = time;
    owner.newest = possible && time > owner.newest ? time : Math.max(owner.newest, Number.MIN_SAFE_INTEGER);
  }

  #sample(frame: Frame, tag: number, { time, value, status }: Samples, i: number): void {
    const number = (value[i] as number) * (this.#factor[tag] as number) + (this.#shift[tag] as number);
    pushSample(frame, tag, time[i] as number, number, Number.isNaN(number) ? Quality.Bad : qualityOf(status[i] as number));
  }

  /** A PLC is lost when every witness says so, and back with the first that does not. */
  #hear(owner: Owner, tag: number, said: number): void {
    const before = this.#witness[tag] as number;
    if (said === before) return;
    this.#witness[tag] = said;
    if (before === SILENT) owner.seen++;
    if (said === GONE) owner.gone++;
    else if (before === GONE) owner.gone--;
    if (owner.gone === owner.seen) owner.lostAt ??= this.#now;
    else if (owner.lostAt !== undefined) {
      this.#options.returned(owner.id, owner.lostAt - owner.offset.value);
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
