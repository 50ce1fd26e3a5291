/** One replay: a pipe of its own, fed from the record at the speed asked for. */
import { type Cancel, type Clock, Fault, type ReplayState } from "@cellhouse/shared";
import type { Checkpoints, Outlet, Pipe, Recorder, Replay } from "../contracts.ts";
import { atCheckpoint, beginPipe, type Origin, type ReplayPipe, Tape } from "./tape.ts";

const TICK_MS = 100;
const STATE_MS = 1000;
/** A tick that came late makes up at most this much: a replay that cannot keep up plays slower, it does not jump. */
const LONGEST_STEP_MS = 500;
export const SPEEDS = { min: 1, max: 60 } as const;

export interface SessionOptions {
  id: string;
  /** Where the pipe begins: what is played from there to `from` nobody sees. */
  origin: Origin;
  from: number;
  to: number;
  speed: number;
  recorder: Recorder & Checkpoints;
  /** Assembles a pipe whose clock stands at `start`. */
  build(id: string, start: number): ReplayPipe;
  /** The wall clock: paces the replay, never seen by its pipe. */
  clock: Clock;
}

/** Going back builds the pipe anew; `model`, `alarms` and `clock` are those of the pipe of the moment, listeners move along. */
export class ReplaySession implements Replay {
  readonly id: string;
  readonly #o: SessionOptions;
  readonly #from: number;
  readonly #to: number;
  readonly #clock: Clock;
  #tape: Tape;
  readonly #outlets = new Map<symbol, { outlet: Outlet; leave: () => void }>();
  readonly #listeners = new Set<(state: ReplayState) => void>();
  #speed: number;
  #playing = false;
  #stopped = false;
  #seeking = false;
  /** Where pacing stands; the tape follows on its grid. */
  #target: number;
  #lastTick = 0;
  #lastState = 0;
  #cancel: Cancel | undefined;
  /** Orders and ticks one after the other. */
  #queue: Promise<void> = Promise.resolve();
  /** Counts of orders and of seeks: a new order breaks off a long step, only a new seek breaks off a seek. */
  #orders = 0;
  #seeks = 0;
  #touched: number;

  constructor(options: SessionOptions) {
    this.id = options.id;
    this.#o = options;
    this.#from = options.from;
    this.#to = options.to;
    this.#speed = checkedSpeed(options.speed);
    this.#clock = options.clock;
    this.#target = options.from;
    this.#touched = options.clock.now();
    this.#tape = this.#thread(options.origin);
  }

  get clock(): Clock {
    return this.#tape.pipe.pipe.clock;
  }
  get model(): Pipe["model"] {
    return this.#tape.pipe.pipe.model;
  }
  get alarms(): Pipe["alarms"] {
    return this.#tape.pipe.pipe.alarms;
  }
  get capabilities(): Pipe["capabilities"] {
    return this.#tape.pipe.pipe.capabilities;
  }

  listen(outlet: Outlet): () => void {
    const key = Symbol();
    this.#outlets.set(key, { outlet, leave: this.#hear(this.#tape.pipe, outlet) });
    return () => {
      this.#outlets.get(key)?.leave();
      this.#outlets.delete(key);
      this.#touched = this.#clock.now();
    };
  }

  /** Warms up and stands at the start, paused. */
  async open(): Promise<void> {
    await this.#warmUp();
  }

  state(): ReplayState {
    const at = Math.min(Math.max(this.#tape.at, this.#from), this.#to);
    return { id: this.id, from: this.#from, to: this.#to, at, speed: this.#speed, playing: this.#playing };
  }

  /** Throws E_QUERY for a speed outside 1-60, E_REPLAY_RANGE for a time outside the span. */
  async control(order: { playing?: boolean; speed?: number; at?: number }): Promise<void> {
    const speed = order.speed === undefined ? undefined : checkedSpeed(order.speed);
    const { at } = order;
    if (at !== undefined && !(at >= this.#from && at <= this.#to))
      throw new Fault("E_REPLAY_RANGE", `at ${at} is not between ${this.#from} and ${this.#to}`);
    this.#orders++;
    if (at !== undefined) this.#seeks++;
    this.#touched = this.#clock.now();
    await this.#next(async () => {
      if (speed !== undefined) this.#speed = speed;
      if (at !== undefined) await this.#seek(at);
      if (order.playing !== undefined) this.#setPlaying(order.playing);
      this.#tell();
    });
  }

  onState(listener: (state: ReplayState) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#playing = false;
    this.#orders++;
    this.#cancel?.();
    await this.#queue;
    this.#listeners.clear();
    this.#tape.pipe.stop();
  }

  /** Since when nobody has watched or steered it; undefined while somebody does. */
  idleSince(): number | undefined {
    return this.#outlets.size > 0 ? undefined : this.#touched;
  }

  touch(): void {
    this.#touched = this.#clock.now();
  }

  /** Nobody sees what is played on the way; then all are told that time has jumped. */
  async #seek(at: number): Promise<void> {
    this.#seeking = true;
    this.#seat(this.#tape.pipe);
    try {
      await this.#reach(Math.max(this.#from, grid(at, this.#to)));
    } finally {
      this.#seeking = false;
      this.#seat(this.#tape.pipe);
    }
    this.#target = this.#tape.at;
    this.#lastTick = this.#clock.now();
    this.#jumped(this.#tape.at);
  }

  /** On from the newest checkpoint before it, or from where it is when there is none between; to an earlier time by beginning again. */
  async #reach(time: number): Promise<void> {
    const seeks = this.#seeks;
    const checkpoint = await this.#o.recorder.checkpointAt(time, this.#o.origin.start);
    if (time < this.#tape.at || (checkpoint !== undefined && checkpoint.receivedAt > this.#tape.at)) {
      this.#tape = this.#thread(checkpoint === undefined ? this.#o.origin : atCheckpoint(checkpoint));
      await this.#tape.open();
    }
    await this.#tape.playTo(time, () => this.#stopped || this.#seeks !== seeks);
  }

  #jumped(time: number): void {
    for (const { outlet } of this.#outlets.values()) outlet.discontinuity(time);
  }

  #thread(origin: Origin): Tape {
    const { recorder, clock } = this.#o;
    return new Tape({ recorder, wall: clock, begin: (at) => this.#begin(at) }, origin);
  }

  /** A new pipe; whoever listened to the one before listens to it. */
  #begin(origin: Origin): ReplayPipe {
    const before: Tape | undefined = this.#tape;
    before?.pipe.stop();
    const pipe = beginPipe((start) => this.#o.build(this.id, start), origin);
    this.#seat(pipe);
    return pipe;
  }

  #seat(pipe: ReplayPipe): void {
    for (const seat of this.#outlets.values()) {
      seat.leave();
      seat.leave = this.#hear(pipe, seat.outlet);
    }
  }

  #hear(pipe: ReplayPipe, outlet: Outlet): () => void {
    return this.#seeking ? () => undefined : pipe.pipe.listen(outlet);
  }

  async #warmUp(): Promise<void> {
    await this.#tape.open();
    await this.#tape.playTo(this.#from, () => this.#stopped);
    this.#target = this.#from;
  }

  #setPlaying(playing: boolean): void {
    this.#playing = playing && this.#tape.at < this.#to && !this.#stopped;
    this.#cancel?.();
    this.#lastTick = this.#clock.now();
    this.#lastState = this.#lastTick;
    if (this.#playing) this.#arm();
  }

  #arm(): void {
    this.#cancel = this.#clock.at(this.#clock.now() + TICK_MS, () => void this.#next(() => this.#tick()));
  }

  async #tick(): Promise<void> {
    if (!this.#playing) return;
    const now = this.#clock.now();
    const passed = Math.min(now - this.#lastTick, LONGEST_STEP_MS);
    this.#lastTick = now;
    this.#target = Math.min(this.#to, this.#target + passed * this.#speed);
    const orders = this.#orders;
    const { pipe } = this.#tape;
    await this.#tape.playTo(grid(this.#target, this.#to), () => this.#stopped || this.#orders !== orders);
    if (this.#tape.pipe !== pipe) this.#jumped(this.#tape.at);
    if (this.#tape.at >= this.#to) this.#playing = false;
    if (!this.#playing || now - this.#lastState >= STATE_MS) this.#tell();
    if (this.#playing && !this.#stopped) this.#arm();
  }

  #tell(): void {
    this.#lastState = this.#clock.now();
    const state = this.state();
    for (const listener of this.#listeners) listener(state);
  }

  #next(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(() => (this.#stopped ? undefined : work()));
    this.#queue = done.catch(() => undefined);
    return done;
  }
}

/** The tape is only ever told to stop on whole tenths of a second or at the very end: where it stops must not show in the run. */
function grid(time: number, end: number): number {
  return time >= end ? end : Math.floor(time / TICK_MS) * TICK_MS;
}

function checkedSpeed(speed: number): number {
  if (!(speed >= SPEEDS.min && speed <= SPEEDS.max))
    throw new Fault("E_QUERY", `speed ${speed} is not between ${SPEEDS.min} and ${SPEEDS.max}`);
  return speed;
}
