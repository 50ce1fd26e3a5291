/** Store and forward of one edge: what it has sent in the last minute, what it could not send yet, and how far a resend has got. */
import type { Sample } from "./metrics.ts";
import { SentLog } from "./sent-log.ts";

/** What was sent is kept this long; what was not, until the log is full. */
const KEEP_MS = 60_000;
/** 15 MB per edge; 22 minutes of 24 cells published raw. */
const LIMIT = 524_288;

export class Outbox {
  readonly #log: SentLog;
  /** Before it nothing is left to resend, but for owners that were not reachable (see `rewind`). */
  #cursor = 0;
  /** Samples before `#againEnd` that were due since `#againSince` go out again although they were sent. */
  #againEnd = 0;
  #againSince = Number.POSITIVE_INFINITY;

  /** `onDrop` hears of samples given up unsent. */
  constructor(onDrop: (n: number) => void, limit: number = LIMIT) {
    this.#log = new SentLog(limit, onDrop);
  }

  /** Sequence number of the next sample. */
  get head(): number {
    return this.#log.head;
  }

  /** `at`: when it was due, wall clock; `sent`: it goes out now. */
  append(sample: Sample, at: number, sent: boolean): void {
    this.#log.append(sample, at, sent);
  }

  /** From now on everything not yet sent is due, and again what was due since `time`. */
  resendSince(time: number): void {
    this.#againSince = time;
    this.#againEnd = this.#log.head;
    this.#cursor = this.#log.tail;
  }

  /** Looks again at what was passed over since `seq`. */
  rewind(seq: number): void {
    this.#cursor = Math.min(this.#cursor, seq);
  }

  /** Gives up to `budget` samples that are to be resent now; `first` when one was never sent before. */
  take(budget: number, reachable: (owner: number) => boolean, give: (sample: Sample, first: boolean) => void): void {
    const log = this.#log;
    this.#cursor = Math.max(this.#cursor, log.tail);
    for (let left = budget; this.#cursor < log.head && left > 0; this.#cursor++) {
      const seq = this.#cursor;
      const first = !log.isSent(seq);
      const again = seq < this.#againEnd && log.at(seq) >= this.#againSince;
      if (!(first || again) || !reachable(log.owner(seq))) continue;
      left--;
      log.markSent(seq);
      give(log.sample(seq), first);
    }
  }

  /** Forgets what was sent more than a minute ago and is not waiting to be sent again. */
  trim(now: number): void {
    this.#log.trim(now - KEEP_MS, this.#cursor);
  }
}
