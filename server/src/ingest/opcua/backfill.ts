/** Reads from the server's history what did not reach us: per tag from its last source time on, beside the live stream. */
import type { Clock, Tag } from "@cellhouse/shared";
import type { Samples } from "./decode.ts";

/** Further back than this nothing is asked for, ms. */
const LONGEST = 3_600_000;
/** Clocks and samples under way: so much beyond the present is asked for, ms. */
const MARGIN = 5_000;

export interface HistoryRange {
  /** Epoch ms of the sender's clock. */
  from: number;
  to: number;
}

export interface BackfillOptions {
  clock: Clock;
  /** Tags whose history is asked for at once. */
  piece(): number;
  /** Raw history, handed on as it comes; false when the server keeps none. Rejects when the connection breaks. */
  history(tags: readonly Tag[], range: HistoryRange, samples: (tag: Tag, samples: Samples) => void): Promise<boolean>;
  /** What came for a tag; only what is later than `after` is new. */
  past(tag: Tag, samples: Samples, after: number): void;
  /** Add it to a source time of the tag to get ours, ms. */
  offset(tag: Tag): number;
  /** Nothing is owed any more. */
  paid(): void;
  /** The server's queue overran so many times, and no history fills the holes. */
  lost(times: number): void;
  /** It could not be read: for good where the server keeps no history, else it is asked again with the next connection. */
  failed(range: HistoryRange, reason: "no-history" | Error): void;
}

export class Backfill {
  readonly #options: BackfillOptions;
  /** Source time after which a tag's history is still to be read; kept over broken attempts. */
  readonly #owed = new Map<Tag, number>();
  /** Times a queue overran since all was read: no loss as long as history may still fill it. */
  #overruns = 0;
  #reads: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: BackfillOptions) {
    this.#options = options;
  }

  /** Notes that a tag lacks what came after `since`, epoch ms of its sender's clock. An older debt stays. */
  owe(tag: Tag, since: number): void {
    this.#owed.set(tag, Math.min(this.#owed.get(tag) ?? Number.POSITIVE_INFINITY, since));
  }

  /** Notes that the server's queue lost samples of a tag later than `since`; NaN: it had none before. */
  overran(tag: Tag, since: number): void {
    this.#overruns++;
    if (!Number.isNaN(since)) this.owe(tag, since);
  }

  /** Reads all that is owed, one request after another; what a broken connection leaves is owed still. */
  read(): void {
    this.#reads = this.#reads.then(() => this.#readAll());
  }

  /** From here on a late answer goes nowhere. */
  stop(): void {
    this.#stopped = true;
  }

  async #readAll(): Promise<void> {
    const { clock, piece, failed } = this.#options;
    // Tags that broke off at the same time are read together: a request has one beginning for all.
    const open = [...this.#owed].sort(([, a], [, b]) => a - b);
    this.#owed.clear();
    for (let at = 0; at < open.length && !this.#stopped; at += piece()) {
      const part = open.slice(at, at + piece());
      const range = this.#range(part, clock.now());
      try {
        if (await this.#readPart(part, range)) continue;
        this.#giveUp();
        failed(range, "no-history");
      } catch (error) {
        for (const [tag, since] of open.slice(at)) this.owe(tag, since);
        if (!this.#stopped) failed(range, error as Error);
      }
      return;
    }
    if (this.#owed.size > 0 || this.#stopped) return;
    this.#overruns = 0;
    this.#options.paid();
  }

  #giveUp(): void {
    if (this.#overruns > 0) this.#options.lost(this.#overruns);
    this.#overruns = 0;
  }

  #range(part: readonly [Tag, number][], now: number): HistoryRange {
    let from = Number.POSITIVE_INFINITY;
    let to = Number.NEGATIVE_INFINITY;
    for (const [tag, since] of part) {
      const theirs = now - this.#options.offset(tag);
      from = Math.min(from, Math.max(since, theirs - LONGEST));
      to = Math.max(to, theirs + MARGIN);
    }
    return { from, to };
  }

  #readPart(part: readonly [Tag, number][], range: HistoryRange): Promise<boolean> {
    const since = new Map(part);
    return this.#options.history([...since.keys()], range, (tag, samples) => {
      if (!this.#stopped) this.#options.past(tag, samples, since.get(tag) ?? range.from);
    });
  }
}
