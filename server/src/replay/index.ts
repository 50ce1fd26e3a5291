/** Replays: sessions that play the record through a pipe of their own; bounded in number, removed when nobody watches. */
import { randomUUID } from "node:crypto";
import { type Clock, every, Fault } from "@cellhouse/shared";
import type { Checkpoints, Recorder, Replay, ReplayService } from "../contracts.ts";
import { ReplaySession, SPEEDS } from "./session.ts";
import { type Origin, originOf, type ReplayPipe } from "./tape.ts";

export type { ReplayPipe } from "./tape.ts";

/** Without listener and order this long, a replay is removed. */
const IDLE_MS = 10 * 60_000;
const SWEEP_MS = 30_000;

export interface ReplaysOptions {
  recorder: Recorder & Checkpoints;
  /** Assembles a pipe with no door to the field, its clock standing at `start`, epoch ms. */
  build(id: string, start: number): ReplayPipe;
  /** The wall clock. */
  clock: Clock;
  /** Replays at once. */
  limit: number;
}

/** The service and its end: `stop` ends all replays. */
export function createReplays(options: ReplaysOptions): ReplayService & { stop(): Promise<void> } {
  return new Replays(options);
}

class Replays implements ReplayService {
  readonly #o: ReplaysOptions;
  readonly #sessions = new Map<string, ReplaySession>();
  readonly #cancel: () => void;
  #opening = 0;

  constructor(options: ReplaysOptions) {
    this.#o = options;
    this.#cancel = every(options.clock, SWEEP_MS, () => this.#sweep());
  }

  async create(order: { from: number; to: number; speed?: number }): Promise<Replay> {
    const { recorder, build, clock, limit } = this.#o;
    if (this.#sessions.size + this.#opening >= limit) throw new Fault("E_RATE", `${limit} replays run already; leave one of them first`);
    this.#opening++;
    try {
      await recorder.flush();
      const span = await this.#recorded(order);
      const id = randomUUID();
      const session = new ReplaySession({ id, ...span, speed: order.speed ?? SPEEDS.min, recorder, build, clock });
      await session.open();
      this.#sessions.set(id, session);
      return session;
    } finally {
      this.#opening--;
    }
  }

  get(id: string): Replay | undefined {
    const session = this.#sessions.get(id);
    session?.touch();
    return session;
  }

  async remove(id: string): Promise<void> {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    await session?.stop();
  }

  async stop(): Promise<void> {
    this.#cancel();
    await Promise.all([...this.#sessions.keys()].map((id) => this.remove(id)));
  }

  /** The part of the span asked for that lies inside the recording, and where the pipe for it begins. */
  async #recorded({ from, to }: { from: number; to: number }): Promise<{ origin: Origin; from: number; to: number }> {
    const { recorder } = this.#o;
    const span = recorder.span();
    if (!(from < to)) throw new Fault("E_REPLAY_RANGE", `from ${from} is not before to ${to}`);
    if (span === undefined) throw new Fault("E_REPLAY_RANGE", "nothing has been recorded yet");
    const inside = { from: Math.max(from, span.from), to: Math.min(to, span.to) };
    const { records } = await recorder.read(await recorder.seek(inside.from), 1);
    const first = records[0]?.receivedAt;
    if (first === undefined || first > inside.to)
      throw new Fault(
        "E_REPLAY_RANGE",
        `the recording reaches from ${new Date(span.from).toISOString()} to ${new Date(span.to).toISOString()}`,
      );
    return { origin: await originOf(recorder, inside.from, span.from), ...inside };
  }

  #sweep(): void {
    const now = this.#o.clock.now();
    for (const [id, session] of this.#sessions) {
      const since = session.idleSince();
      if (since !== undefined && now - since >= IDLE_MS) void this.remove(id);
    }
  }
}
