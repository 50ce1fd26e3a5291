/** Carries the record into the historian: reads the log at its own position, writes in batches, waits out an engine that is gone. */
import { type Cancel, type Clock, Fault, type Link } from "@cellhouse/shared";
import type { Counters, Historian, RecordedSamples, Recorder } from "../contracts.ts";

/** Pause between batches when the engine keeps up. */
const PERIOD_MS = 1000;
const BATCH_RECORDS = 8000;
/** Pauses after failures in a row. */
const BACKOFF_MS = [500, 1000, 2000, 5000, 10_000] as const;
/** The position is stored at most this often: what is sent again after a crash changes nothing. */
const STORE_POSITION_MS = 5000;

export interface ForwarderOptions {
  log: RecordedSamples & Pick<Recorder, "flush">;
  historian: Historian;
  clock: Clock;
  counters: Counters;
}

export interface Forwarder {
  /** Begins; an engine that cannot be reached is waited for. */
  start(): void;
  /** Position up to which the engine keeps everything even if we crash now. */
  safePosition(): number;
  /** Resolves true when everything recorded before the call is in the engine, false after `timeoutMs`. */
  settle(timeoutMs: number): Promise<boolean>;
  links(): Link[];
  /** Stores the position and ends; does not stop the engine. */
  stop(): Promise<void>;
}

export function createForwarder(options: ForwarderOptions): Forwarder {
  return new LogForwarder(options);
}

class LogForwarder implements Forwarder {
  readonly #o: ForwarderOptions;
  #position: number | undefined;
  #safe = 0;
  #nextStore = 0;
  #failures = 0;
  #cause: string | undefined;
  #since: number;
  #stored = 0;
  #cancel: Cancel | undefined;
  #round: Promise<boolean> | undefined;
  #stopped = true;

  constructor(options: ForwarderOptions) {
    this.#o = options;
    this.#since = options.clock.now();
  }

  start(): void {
    this.#stopped = false;
    this.#again(0);
  }

  safePosition(): number {
    return this.#safe;
  }

  async settle(timeoutMs: number): Promise<boolean> {
    const { clock, log } = this.#o;
    const deadline = clock.now() + timeoutMs;
    let expired = false;
    let wake: () => void = () => undefined;
    const timeUp = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const cancel = clock.at(deadline, () => {
      expired = true;
      wake();
    });
    try {
      await Promise.race([log.flush(), timeUp]);
      while (!expired && !this.#stopped) {
        const done = await Promise.race([this.#run(), timeUp]);
        if (done === true) return true;
        if (this.#failures > 0) await Promise.race([this.#pause(100), timeUp]);
      }
      return false;
    } finally {
      cancel();
    }
  }

  links(): Link[] {
    const backlog = this.#o.log.waiting(this.#position ?? 0);
    const detail = this.#cause === undefined ? "" : `${this.#cause}; ${backlog} samples wait in the recorder, trying again`;
    const state = this.#cause === undefined ? "up" : "down";
    return [{ id: "historian", kind: "historian", state, since: this.#since, detail, backlog, received: this.#stored }];
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancel?.();
    await this.#round;
    if (this.#cause === undefined) await this.#store(true).catch(() => undefined);
  }

  /** One round at a time, whoever asks. True when the log's end was reached by a round begun after the call. */
  async #run(): Promise<boolean> {
    await this.#round;
    this.#round ??= this.#forward().finally(() => {
      this.#round = undefined;
    });
    return this.#round;
  }

  #again(ms: number): void {
    if (this.#stopped) return;
    const { clock } = this.#o;
    this.#cancel?.();
    this.#cancel = clock.at(clock.now() + ms, () => void this.#tick());
  }

  async #tick(): Promise<void> {
    const reachedEnd = await this.#run();
    const failed = BACKOFF_MS[Math.min(this.#failures, BACKOFF_MS.length) - 1];
    this.#again(failed ?? (reachedEnd ? PERIOD_MS : 0));
  }

  /** One batch; true at the end of the log. Never throws: a failure is the link's state. */
  async #forward(): Promise<boolean> {
    const { log, historian, counters } = this.#o;
    try {
      this.#position ??= this.#safe = await historian.position();
      const { frames, records, next } = await log.frames(this.#position, BATCH_RECORDS);
      const samples = frames.reduce((sum, frame) => sum + frame.count, 0);
      if (frames.length > 0) await historian.write(frames);
      this.#position = next;
      this.#stored += samples;
      if (samples > 0) counters.stored(samples);
      await this.#store(false);
      this.#up();
      return records < BATCH_RECORDS;
    } catch (error) {
      this.#down(error);
      return false;
    }
  }

  async #store(now: boolean): Promise<void> {
    const { historian, clock } = this.#o;
    if (this.#position === undefined || this.#position === this.#safe || (!now && clock.now() < this.#nextStore)) return;
    await historian.setPosition(this.#position);
    this.#safe = await historian.position();
    this.#nextStore = clock.now() + STORE_POSITION_MS;
  }

  #up(): void {
    this.#failures = 0;
    if (this.#cause === undefined) return;
    this.#cause = undefined;
    this.#since = this.#o.clock.now();
  }

  #down(error: unknown): void {
    this.#failures++;
    if (this.#cause === undefined) this.#since = this.#o.clock.now();
    this.#cause = error instanceof Fault ? error.detail : error instanceof Error ? error.message : String(error);
  }

  #pause(ms: number): Promise<void> {
    const { clock } = this.#o;
    return new Promise((resolve) => void clock.at(clock.now() + ms, resolve));
  }
}
