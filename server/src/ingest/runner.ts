/** Keeps one connection of a driver alive: tries, notices its end, waits longer each time, tries again. Drivers never retry by themselves. */
import type { Cancel, Clock } from "@cellhouse/shared";
import type { Log } from "./driver.ts";

/** One way to connect, used again and again. */
export interface Connection {
  /** Resolves when connected; rejects with a reason a person understands. Afterwards calls `lost` at most once. */
  open(lost: (reason: string) => void): Promise<void>;
  /** Ends it, also while opening. Must not reject. */
  close(): Promise<void>;
}

export interface RunnerOptions {
  /** As the log names it: `broker`, `opcua`. */
  name: string;
  connection: Connection;
  clock: Clock;
  log: Log;
  /** Told once per outage. */
  onDown(reason: string): void;
}

const FIRST_WAIT = 500;
const LAST_WAIT = 5_000;
/** `start` waits for the first attempt this long, ms. */
const START_WAIT = 3_000;

export class Runner {
  readonly #options: RunnerOptions;
  #wait = FIRST_WAIT;
  #stopped = true;
  #cancel: Cancel = () => undefined;
  /** Until the first attempt has ended. */
  #early = true;
  /** The reason last warned of. */
  #told = "";
  up = false;
  since: number;
  /** Why it is down; empty when up. */
  detail = "not started";

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.since = options.clock.now();
  }

  /** Resolves when connected, or when the first attempt failed or takes too long and retrying goes on. */
  async start(): Promise<void> {
    this.#stopped = false;
    const { clock } = this.#options;
    let cancel: Cancel = () => undefined;
    const patience = new Promise<void>((resolve) => {
      cancel = clock.at(clock.now() + START_WAIT, resolve);
    });
    await Promise.race([this.#attempt(), patience]);
    cancel();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#options.connection.close();
    this.#turn(false, "stopped");
  }

  async #attempt(): Promise<void> {
    const { connection, name, log } = this.#options;
    try {
      await connection.open((reason) => this.#lost(reason));
    } catch (error) {
      if (!this.#stopped) this.#again(error instanceof Error ? error.message : String(error));
      return;
    }
    if (this.#stopped) return;
    this.#wait = FIRST_WAIT;
    this.#early = false;
    this.#told = "";
    this.#turn(true, "");
    log.info({ link: name }, `${name}: connected`);
  }

  #lost(reason: string): void {
    if (this.#stopped) return;
    this.#options.onDown(reason);
    this.#again(reason);
  }

  #again(reason: string): void {
    const { clock, log, name } = this.#options;
    const wait = this.#wait;
    // Where everything starts at once, the first attempt may well be too early: worth a warning only when the next fails too.
    if (!this.#early && (this.up || this.#told !== reason)) {
      this.#told = reason;
      log.warn({ link: name, reason }, `${name}: ${reason}; trying again`);
    }
    this.#early = false;
    this.#turn(false, reason);
    this.#wait = Math.min(LAST_WAIT, wait * 2);
    this.#cancel = clock.at(clock.now() + wait, () => {
      void this.#attempt();
    });
  }

  #turn(up: boolean, detail: string): void {
    if (up !== this.up) this.since = this.#options.clock.now();
    this.up = up;
    this.detail = detail;
  }
}
