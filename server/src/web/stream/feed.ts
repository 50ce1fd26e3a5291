/**
 * One pipe's results on their way to the sockets that watch it. The first change goes out in the same turn; what follows
 * within one beat goes together, and a socket that cannot take more yet is asked again at the next beat.
 */
import { type Alarm, type Clock, type Command, createFrame, type Frame, type Plant, type ReplayState } from "@cellhouse/shared";
import type { Counters, LivenessChange, Outlet, Pipe, Replay } from "../../contracts.ts";
import type { Client, StreamServer } from "./client.ts";

/**
 * Between two messages of values to one socket, ms. Few sockets are told almost at once; each further one makes the beat
 * longer, so that the number of messages a second stays bounded. 25 a second is more than a person sees.
 */
const SPACING_MS = { least: 2, perClient: 1.5, most: 40 } as const;

function spacing(clients: number): number {
  return Math.min(SPACING_MS.most, SPACING_MS.least + SPACING_MS.perClient * (clients - 1));
}

export interface FeedOptions {
  pipe: Pipe | Replay;
  io: StreamServer;
  plant: Plant;
  clock: Clock;
  counters: Counters;
  /** What a socket is told first: who it is, what it may do, the plant, the replay. */
  greet(client: Client): void;
}

export class Feed implements Outlet {
  readonly pipe: Pipe | Replay;
  readonly clients = new Set<Client>();
  readonly #o: FeedOptions;
  readonly #stop: (() => void)[] = [];
  readonly #scratch: Frame = createFrame(1024);
  readonly #alarms = new Map<string, Alarm>();
  #receivedAt: number;
  #sourceTime = Number.NaN;
  #resting = false;
  #scheduled = false;

  constructor(options: FeedOptions) {
    this.#o = options;
    this.pipe = options.pipe;
    this.#receivedAt = options.pipe.clock.now();
    this.#stop.push(options.pipe.listen(this));
    if ("onState" in options.pipe) this.#stop.push(options.pipe.onState((state) => this.#replayState(state)));
  }

  /** A socket arrives: everything it may see of this pipe, from the beginning. */
  add(client: Client): void {
    this.clients.add(client);
    this.#o.greet(client);
    client.alarms.clear();
    client.commands.clear();
    this.#snapshot(client);
    client.subscription.offerAll();
    this.touch();
  }

  remove(client: Client): void {
    this.clients.delete(client);
  }

  close(): void {
    for (const stop of this.#stop) stop();
  }

  frame(frame: Frame): void {
    if (frame.historical || this.clients.size === 0) return;
    this.#receivedAt = frame.receivedAt;
    if (frame.count > 0) this.#sourceTime = (frame.time[frame.count - 1] as number) + frame.clockOffset;
    for (const client of this.clients) client.subscription.offer(frame.tag, frame.count);
    this.touch();
  }

  /** An owner's liveness is part of each of its tags' quality: all are told again, value and source time unchanged. */
  liveness(changes: readonly LivenessChange[]): void {
    for (const { owner } of changes) {
      const home = this.#o.plant.home(owner);
      for (const tag of home?.tags.values() ?? []) for (const client of this.clients) client.subscription.offerOne(tag.id);
    }
    this.touch();
  }

  alarms(changed: readonly Alarm[]): void {
    if (this.clients.size === 0) return;
    for (const alarm of changed) this.#alarms.set(alarm.id, alarm);
    this.touch();
  }

  transition(): void {
    // The journal's concern; sockets see the alarm itself.
  }

  command(command: Command): void {
    for (const client of this.clients) if (client.sees(command.tag)) client.commands.set(command.id, { ...command });
    this.touch();
  }

  discontinuity(time: number): void {
    this.#alarms.clear();
    for (const client of this.clients) {
      client.alarms.clear();
      client.socket.emit("discontinuity", { time });
      this.#snapshot(client);
      client.subscription.offerAll();
    }
    this.touch();
  }

  /** Something waits: goes at once, or with the next beat. */
  touch(): void {
    if (this.#resting || this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#beat());
  }

  #beat(): void {
    this.#scheduled = false;
    this.#resting = true;
    this.#spreadAlarms();
    this.#measure();
    for (const client of this.clients) if (client.pending && client.idle) client.flush(this.pipe.model, this.#receivedAt, this.#scratch);
    this.#o.clock.at(this.#o.clock.now() + spacing(this.clients.size), () => this.#rested());
  }

  #rested(): void {
    this.#resting = false;
    const waiting = this.#alarms.size > 0 || [...this.clients].some((client) => client.pending);
    if (waiting) this.touch();
  }

  /** A flood is encoded once per set of areas, not once per socket; who cannot take it now gets it later, as it then stands. */
  #spreadAlarms(): void {
    if (this.#alarms.size === 0) return;
    const changed = [...this.#alarms.values()];
    this.#alarms.clear();
    const ready = new Map<string, Client[]>();
    for (const client of this.clients) {
      if (client.idle && client.alarms.size === 0) {
        const key = client.who.areas.join("|");
        const group = ready.get(key);
        if (group === undefined) ready.set(key, [client]);
        else group.push(client);
      } else for (const alarm of changed) if (client.sees(alarm.tag)) client.alarms.set(alarm.id, alarm);
    }
    for (const group of ready.values()) this.#sendAlarms(group, changed);
  }

  #sendAlarms(group: readonly Client[], changed: readonly Alarm[]): void {
    const changes = changed.filter((alarm) => group[0]?.sees(alarm.tag) === true);
    if (changes.length > 0) this.#o.io.to(group.map((client) => client.socket.id)).emit("alarms", { changes });
  }

  #snapshot(client: Client): void {
    client.socket.emit("alarms", { snapshot: this.pipe.alarms.list().filter((alarm) => client.sees(alarm.tag)) });
  }

  #measure(): void {
    if (Number.isNaN(this.#sourceTime)) return;
    if (!("onState" in this.pipe)) this.#o.counters.latency("source_to_socket", Math.max(0, this.#o.clock.now() - this.#sourceTime));
    this.#sourceTime = Number.NaN;
  }

  #replayState(state: ReplayState): void {
    for (const client of this.clients) client.socket.emit("replay", state);
  }
}
