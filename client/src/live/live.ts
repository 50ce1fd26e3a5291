/** Everything the screens live on: one object made in main.tsx, handed down by context, free of React. */
import {
  type Alarm,
  type AlarmsMessage,
  buildPlant,
  type Capabilities,
  type Clock,
  type Command,
  decodeValues,
  type Hello,
  type Link,
  type Plant,
  PROTOCOL_VERSION,
  type ReplayState,
  type Session,
  type TapMessage,
} from "@cellhouse/shared";
import { type AlarmView, mergeAlarms, NO_ALARMS, summarise } from "./alarms.ts";
import { type Api, createApi, type Refusal } from "./api.ts";
import { Observable } from "./observable.ts";
import { Store } from "./store.ts";
import { Thinning } from "./thinning.ts";

export type Phase = "starting" | "signed-out" | "connecting" | "live" | "lost" | "mixed-versions";

export const NOTHING_ALLOWED: Capabilities = { canCommand: false, canAcknowledge: false, canSeek: false, canInjectFaults: false };
const COMMANDS_KEPT = 200;
/** Least time between two pictures of the alarm list, ms. */
const ALARMS_MS = 140;

/** Raw messages kept. */
const TAPPED_KEPT = 200;

/** A raw message, numbered as it came. */
export interface RawMessage extends TapMessage {
  n: number;
}

export class Live {
  readonly clock: Clock;
  readonly api: Api;
  readonly store: Store;
  readonly phase = new Observable<Phase>("starting");
  readonly refusal = new Observable<Refusal | undefined>(undefined);
  readonly session = new Observable<Session | undefined>(undefined);
  readonly plant = new Observable<Plant | undefined>(undefined);
  readonly capabilities = new Observable<Capabilities>(NOTHING_ALLOWED);
  readonly links = new Observable<readonly Link[]>([]);
  readonly alarms = new Observable<AlarmView>(NO_ALARMS);
  readonly commands = new Observable<ReadonlyMap<string, Command>>(new Map());
  readonly replay = new Observable<ReplayState | null>(null);
  /** What is listened to raw, the newest first, each with its number; a bounded memory. */
  readonly tapped = new Observable<readonly RawMessage[]>([]);
  /** When the server went silent, our clock; undefined while it speaks. */
  readonly lostSince = new Observable<number | undefined>(undefined);
  /** More values come than are shown: some are left out on the way to this page, none in the record. */
  readonly thinned = new Observable(false);
  /** Raised whenever what is drawn of time must be thrown away: a jump, another pipe, a reconnect. */
  readonly epoch = new Observable(0);

  readonly #thinning: Thinning;
  #offset = 0;
  #replayHeard = 0;
  #pending: Map<string, Alarm> | undefined;
  #alarmsShown = Number.NEGATIVE_INFINITY;
  #schedule: (run: () => void) => void;

  constructor(clock: Clock, schedule: (run: () => void) => void) {
    this.clock = clock;
    this.#schedule = schedule;
    this.store = new Store(schedule);
    this.#thinning = new Thinning(clock.now());
    this.api = createApi((refusal) => this.signedOut(refusal));
  }

  /** Where the pipe's clock stands: the server's, or the replay's. Epoch ms. */
  now(): number {
    const replay = this.replay.get();
    const here = this.clock.now();
    if (replay === null) return here + this.#offset;
    const passed = replay.playing ? (here - this.#replayHeard) * replay.speed : 0;
    return Math.min(replay.to, replay.at + Math.min(passed, 2000 * replay.speed));
  }

  signedOut(refusal?: Refusal): void {
    this.session.set(undefined);
    this.lostSince.set(undefined);
    this.refusal.set(refusal?.code === "E_AUTH" ? undefined : refusal);
    this.phase.set("signed-out");
  }

  heardHello(hello: Hello): void {
    if (hello.protocol !== PROTOCOL_VERSION) {
      this.phase.set("mixed-versions");
      return;
    }
    this.#offset = hello.now - this.clock.now();
    this.session.set(hello.session);
    this.capabilities.set(hello.capabilities);
    this.heardReplay(hello.replay);
    this.#furnish(hello);
    this.lostSince.set(undefined);
    this.phase.set("live");
    this.nextEpoch();
  }

  /** A plant is built once; a later hello of the same plant keeps the columns. */
  #furnish(hello: Hello): void {
    const known = this.plant.get();
    if (known !== undefined && JSON.stringify(known.description) === JSON.stringify(hello.plant)) return;
    const plant = buildPlant(hello.plant);
    this.store.resize(plant.tags.length);
    this.plant.set(plant);
  }

  heardIndex(paths: readonly string[]): void {
    const plant = this.plant.get();
    this.store.setIndex(Int32Array.from(paths, (path) => plant?.tag(path)?.id ?? -1));
  }

  heardValues(buffer: ArrayBuffer): void {
    const message = decodeValues(buffer);
    if (message === undefined) return;
    this.store.apply(message);
    this.thinned.set(this.#thinning.heard(message.coalesced, this.clock.now()));
  }

  /** Values may end while they are left out: looked at now and then, without a message. */
  lookThinned(): void {
    this.thinned.set(this.#thinning.stands(this.clock.now()));
  }

  /** The first change shows in the next frame; a flood shows seven times a second, with everything in it. */
  heardAlarms(message: AlarmsMessage): void {
    const waiting = this.#pending !== undefined;
    this.#pending ??= new Map(this.alarms.get().all);
    mergeAlarms(this.#pending, message);
    if (waiting) return;
    const due = this.#alarmsShown + ALARMS_MS;
    if (due <= this.clock.now()) this.#schedule(() => this.#showAlarms());
    else this.clock.at(due, () => this.#showAlarms());
  }

  #showAlarms(): void {
    const all = this.#pending;
    this.#pending = undefined;
    this.#alarmsShown = this.clock.now();
    if (all !== undefined) this.alarms.set(summarise(all));
  }

  heardCommand(command: Command): void {
    const next = new Map(this.commands.get());
    next.delete(command.id);
    next.set(command.id, command);
    for (const id of next.keys()) {
      if (next.size <= COMMANDS_KEPT) break;
      next.delete(id);
    }
    this.commands.set(next);
  }

  heardTap(message: TapMessage): void {
    const before = this.tapped.get();
    this.tapped.set([{ ...message, n: (before[0]?.n ?? 0) + 1 }, ...before.slice(0, TAPPED_KEPT - 1)]);
  }

  heardReplay(state: ReplayState | null): void {
    this.#replayHeard = this.clock.now();
    this.replay.set(state);
  }

  heardDiscontinuity(time: number): void {
    const replay = this.replay.get();
    if (replay !== null) this.heardReplay({ ...replay, at: Math.max(replay.from, Math.min(replay.to, time)) });
    this.store.forget();
    this.nextEpoch();
  }

  /** `since`: when the server was last heard, our clock. */
  lost(since = this.clock.now()): void {
    if (this.phase.get() !== "live") return;
    this.phase.set("lost");
    this.lostSince.set(since);
  }

  nextEpoch(): void {
    this.epoch.set(this.epoch.get() + 1);
  }
}
