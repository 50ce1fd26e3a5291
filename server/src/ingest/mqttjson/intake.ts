/** Turns a gateway's messages into frames: whatever comes, what can be read is delivered and the rest is counted. Knows nothing of sockets. */
import { createFrame, type Frame, pushSample, Quality, readPath } from "@cellhouse/shared";
import type { Counters } from "../../contracts.ts";
import { LATE } from "./backlog.ts";
import type { Owner } from "./gateway.ts";
import { type Item, type Shape, strangersIn, type TopicShapes } from "./shapes.ts";
import { numberOf, parseMessage, qualityOf, timeOf } from "./values.ts";

export interface IntakeOptions {
  topics: ReadonlyMap<string, TopicShapes>;
  counters: Counters;
  now(): number;
  /** A field fault; the callee says each key once. */
  report(key: string, fields: object, message: string): void;
}

/** Bytes; a whole hall fits many times. */
const LARGEST = 1 << 20;
const LOOK_EVERY = 600_000;

export class Intake {
  readonly #options: IntakeOptions;
  readonly #text = new TextDecoder();
  /** One owner's samples of the message in hand. */
  readonly #frame = createFrame(128);
  readonly #past = createFrame(16);
  #owner: Owner | undefined;
  #newest = Number.NEGATIVE_INFINITY;
  /** Of the message in hand. */
  #now = 0;
  #retained = false;
  #topic = "";
  #rawTime: unknown;
  #format = "";
  #parsed = Number.NaN;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Takes one message in. Nothing throws; the payload is only lent. */
  message(topic: string, payload: Uint8Array, retained: boolean): void {
    const known = this.#options.topics.get(topic);
    this.#topic = topic.slice(0, 200);
    this.#now = this.#options.now();
    this.#retained = retained;
    if (known === undefined) this.#reject("unknown_topic", "a message for no cell and tag of this plant");
    else if (payload.length > LARGEST) this.#reject("too_large", `${payload.length} bytes; at most ${LARGEST}`);
    else if (payload.length > 0) this.#take(known, this.#parse(payload, known.bare));
  }

  #take(known: TopicShapes, json: unknown): void {
    if (json === undefined) return;
    if (this.#now >= known.nextLook) this.#look(known, json);
    for (const shape of known.shapes) this.#shape(shape, json);
  }

  #parse(payload: Uint8Array, bare: boolean): unknown {
    const text = this.#text.decode(payload);
    try {
      return parseMessage(text);
    } catch (error) {
      if (bare) return text;
      this.#reject("malformed", (error as Error).message.slice(0, 200));
      return undefined;
    }
  }

  #shape(shape: Shape, json: unknown): void {
    const elements = shape.each === undefined ? [json] : readPath(shape.each, json, json);
    if (Array.isArray(elements))
      for (const element of elements) for (const item of this.#items(shape, element, json)) this.#item(item, element, json);
    else if (elements !== undefined) this.#reject("wrong_type", "no list where one is read");
    this.#flush();
  }

  #items({ items, name, byName }: Shape, element: unknown, json: unknown): readonly Item[] {
    if (name === undefined) return items;
    const said = String(readPath(name, element, json)).slice(0, 100);
    const named = byName.get(said);
    if (named === undefined) this.#reject("unmapped_field", `name ${said}`);
    return named ?? [];
  }

  #item(item: Item, element: unknown, json: unknown): void {
    const raw = readPath(item.path, element, json);
    if (raw === undefined) return;
    const { owner } = item;
    if (owner !== this.#owner) this.#turnTo(owner);
    if (!item.isBeat) this.#sample(item, raw, element, json);
    else if (!this.#retained) owner.gateway.beat(owner, raw);
  }

  #turnTo(owner: Owner): void {
    this.#flush();
    this.#owner = owner;
    if (!this.#retained) owner.gateway.heard(owner);
  }

  #sample(item: Item, raw: unknown, element: unknown, json: unknown): void {
    const value = numberOf(raw, item);
    if (value === undefined) this.#reject("wrong_type", `no number at ${item.path.steps.join(".")}: ${JSON.stringify(raw).slice(0, 60)}`);
    const time = this.#time(item, element, json);
    if (time === undefined) return;
    const quality = value === undefined || Number.isNaN(value) ? Quality.Bad : this.#quality(item, element, json);
    pushSample(this.#frame, item.tag, time, value ?? Number.NaN, quality);
    if (item.time !== undefined && time > this.#newest) this.#newest = time;
  }

  /** Without a time of its own a retained message belongs nowhere; a wrong one is NaN, on which the judge decides. */
  #time(item: Item, element: unknown, json: unknown): number | undefined {
    const own = item.time === undefined ? Number.NaN : this.#parsedTime(readPath(item.time.path, element, json), item.time.format);
    if (this.#retained && Number.isNaN(own)) {
      this.#options.counters.rejected("retained");
      return undefined;
    }
    if (item.time === undefined) return this.#now;
    if (Number.isNaN(own)) this.#report(`time ${this.#topic}`, `no ${item.time.format} time at ${item.time.path.steps.join(".")}`);
    return own;
  }

  /** A message says one time for many values. */
  #parsedTime(raw: unknown, format: Parameters<typeof timeOf>[1]): number {
    if (raw !== this.#rawTime || format !== this.#format) this.#parsed = timeOf(raw, format);
    this.#rawTime = raw;
    this.#format = format;
    return this.#parsed;
  }

  #quality({ quality }: Item, element: unknown, json: unknown): Quality {
    const raw = quality && readPath(quality.path, element, json);
    if (quality === undefined || raw === undefined) return Quality.Good;
    const known = qualityOf(raw, quality.map);
    if (known === undefined) this.#reject("unknown_quality", `quality ${JSON.stringify(raw).slice(0, 60)}`);
    return known ?? Quality.Uncertain;
  }

  /** What has gathered for one owner goes on: the old as history, the rest as live. */
  #flush(): void {
    const owner = this.#owner;
    const live = this.#frame;
    if (owner !== undefined && live.count > 0) {
      const timed = this.#newest > Number.NEGATIVE_INFINITY;
      const before = timed ? this.#learn(owner) : Number.NEGATIVE_INFINITY;
      this.#split(this.#retained ? Number.POSITIVE_INFINITY : before);
      const offset = timed ? owner.offset.value : 0;
      if (timed && live.count > 0) this.#options.counters.latency("source_to_pipe", Math.max(0, this.#now - this.#newest - offset));
      if (this.#past.count > 0) owner.gateway.send(this.#past, true, offset);
      if (live.count > 0) owner.gateway.send(live, false, offset);
    }
    live.count = 0;
    this.#owner = undefined;
    this.#newest = Number.NEGATIVE_INFINITY;
  }

  /** Learns the owner's clock from a message of now; gives the source time before which its samples are history. */
  #learn({ backlog, offset }: Owner): number {
    if (this.#retained || backlog.isLate(this.#newest + offset.value, this.#now)) return Number.POSITIVE_INFINITY;
    offset.add(this.#newest, this.#now);
    return this.#now - offset.value - LATE;
  }

  #split(before: number): void {
    const [live, past] = [this.#frame, this.#past];
    past.count = 0;
    let kept = 0;
    for (let i = 0; i < live.count; i++) {
      if ((live.time[i] as number) < before) copySample(live, i, past);
      else keepSample(live, i, kept++);
    }
    live.count = kept;
  }

  #look(known: TopicShapes, json: unknown): void {
    known.nextLook = this.#now + LOOK_EVERY;
    const strangers = strangersIn(known, json);
    if (strangers.length === 0) return;
    this.#options.counters.rejected("unmapped_field", strangers.length);
    this.#report(`fields ${strangers.join(" ").slice(0, 200)}`, `fields nobody reads: ${strangers.slice(0, 10).join(", ")}`);
  }

  #reject(reason: string, message: string): void {
    this.#options.counters.rejected(reason);
    this.#report(`${reason} ${this.#topic}`, message);
  }

  #report(key: string, message: string): void {
    this.#options.report(key, { topic: this.#topic }, `mqttjson: ${message}`);
  }
}

function copySample(from: Frame, i: number, to: Frame): void {
  pushSample(to, from.tag[i] as number, from.time[i] as number, from.value[i] as number, from.quality[i] as number);
}

function keepSample(frame: Frame, from: number, to: number): void {
  if (from === to) return;
  frame.tag[to] = frame.tag[from] as number;
  frame.time[to] = frame.time[from] as number;
  frame.value[to] = frame.value[from] as number;
  frame.quality[to] = frame.quality[from] as number;
}
