/** The way of samples from memory to the disk: two sets of columns by turns, one taking while the other becomes files. */
import type { Clock, Frame } from "@cellhouse/shared";
import type { Catalog, StoredFile } from "./catalog.ts";
import { fileName } from "./compactor.ts";
import { HotSamples, type SortedRows } from "./hot.ts";
import type { Parquet } from "./parquet.ts";
import { waitingSql } from "./sql.ts";
import { widthOf, windowOf } from "./windows.ts";

export interface SpillOptions {
  catalog: Catalog;
  parquet: Parquet;
  clock: Clock;
  /** Samples that wait in memory at most, twice that while a file is made. */
  rows: number;
  everyMs: number;
}

export class Spill {
  readonly #o: SpillOptions;
  #taking: HotSamples;
  #leaving: HotSamples | undefined;
  #spare: HotSamples | undefined;
  /** Position of the log all samples of `#leaving` lie before. */
  #covers = 0;
  #next: number;
  #failed = false;
  /** One after the other, whoever asks. */
  #beginning: Promise<void> = Promise.resolve();
  /** Resolves when the files begun last are on the disk; rejects when they could not be made. */
  done: Promise<void> = Promise.resolve();
  /** Newest source time by the engine's id: a tag that only goes on has no time twice. */
  #newestOf: Float64Array;
  /** The same of all tags; of those not heard since the start it is all that is known. */
  newest: number;

  constructor(options: SpillOptions) {
    this.#o = options;
    this.#taking = new HotSamples(options.rows);
    this.#next = options.clock.now() + options.everyMs;
    this.newest = options.catalog.of("raw").reduce((newest, file) => Math.max(newest, file.to), Number.NEGATIVE_INFINITY);
    this.#newestOf = new Float64Array(options.catalog.tags).fill(this.newest);
  }

  /** What is in no file yet, oldest first. */
  get hot(): HotSamples[] {
    return this.#leaving === undefined ? [this.#taking] : [this.#leaving, this.#taking];
  }

  get rows(): number {
    return this.#taking.rows + (this.#leaving?.rows ?? 0);
  }

  /** Enough has gathered, or long enough. */
  get due(): boolean {
    return this.#taking.rows >= this.#o.rows || (this.#taking.rows > 0 && this.#o.clock.now() >= this.#next);
  }

  /** The files begun last could not be made; their samples are still here. */
  get failed(): boolean {
    return this.#failed;
  }

  /** As `HotSamples.take`. */
  take(frame: Frame, first: number, where: { ids: Uint32Array; oldest: number }): number {
    return this.#taking.take(frame, first, where);
  }

  /** How many samples were left out as too old since the last call. */
  refused(): number {
    const { refused } = this.#taking;
    this.#taking.refused = 0;
    return refused;
  }

  /** Where nothing waits, a position is kept at once. */
  idle(position: number): void {
    if (this.rows === 0 && position !== this.#o.catalog.position) this.#o.catalog.change({ position });
  }

  /**
   * Begins to make files of all that has gathered, which lies before `position` of the log; resolves when samples can be
   * taken again. Rejects when the files before could not be made and still cannot: everything stays where it is.
   */
  begin(position: number): Promise<void> {
    this.#beginning = this.#beginning.catch(() => undefined).then(() => this.#begin(position));
    return this.#beginning;
  }

  async #begin(position: number): Promise<void> {
    await this.done.catch(() => undefined);
    if (this.#leaving !== undefined) {
      this.done = this.#tryStore(this.#leaving, this.#covers);
      await this.done;
    }
    this.#next = this.#o.clock.now() + this.#o.everyMs;
    if (this.#taking.rows === 0) return;
    this.#leaving = this.#taking;
    this.#taking = this.#spare ?? new HotSamples(this.#o.rows);
    this.#spare = undefined;
    this.#covers = position;
    this.done = this.#tryStore(this.#leaving, position);
    this.done.catch(() => undefined);
  }

  async #tryStore(samples: HotSamples, position: number): Promise<void> {
    try {
      await this.#store(samples, position);
      this.#failed = false;
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }

  async #store(samples: HotSamples, position: number): Promise<void> {
    const { catalog, parquet, clock } = this.#o;
    const sorted = samples.sorted(this.#newestOf.length);
    const hours = this.#hours(samples, sorted);
    await parquet.load(samples, sorted.order);
    const add: StoredFile[] = [];
    const width = widthOf(0);
    for (const [window, repeats] of hours) {
      const seq = catalog.next();
      const name = fileName({ resolution: "raw", level: 0, window, seq });
      const closed = await parquet.save(waitingSql(hours.size === 1 ? {} : { from: window, to: window + width }), name, "quick");
      if (closed !== undefined) add.push({ ...closed, seq, name, resolution: "raw", level: 0, window, made: clock.now(), repeats });
    }
    catalog.change({ add, position });
    this.#remember(samples, sorted);
    this.#leaving = undefined;
    samples.clear();
    this.#spare = samples;
    await parquet.unload();
  }

  /** The hours the samples lie in; 1 where one of them may replace an older one. */
  #hours({ time }: HotSamples, { order, ends }: SortedRows): Map<number, 0 | 1> {
    const hours = new Map<number, 0 | 1>();
    const width = widthOf(0);
    for (let id = 0, at = 0; id < ends.length; id++) {
      const end = ends[id] as number;
      const newest = this.#newestOf[id] as number;
      // A tag's times rise, so it is looked at once an hour, and once more where it is no longer late.
      while (at < end) {
        const t = time[order[at] as number] as number;
        const hour = windowOf(t, 0);
        const late = t <= newest;
        if (late) hours.set(hour, 1);
        else if (!hours.has(hour)) hours.set(hour, 0);
        const until = late ? Math.min(hour + width, newest + 1) : hour + width;
        if ((time[order[end - 1] as number] as number) < until) at = end;
        else while (at < end && (time[order[at] as number] as number) < until) at++;
      }
    }
    return hours;
  }

  #remember({ time }: HotSamples, { order, ends }: SortedRows): void {
    for (let id = 0, from = 0; id < ends.length; id++) {
      const end = ends[id] as number;
      if (end > from) {
        const t = time[order[end - 1] as number] as number;
        if (t > (this.#newestOf[id] as number)) this.#newestOf[id] = t;
        if (t > this.newest) this.newest = t;
      }
      from = end;
    }
  }
}
