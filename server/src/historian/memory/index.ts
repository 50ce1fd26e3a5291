/** History in memory: the engine of tests and trials; forgets its oldest samples beyond a bound. */
import type { Frame } from "@cellhouse/shared";
import { z } from "zod";
import type { BucketColumns, Historian, HistorianStats, RawColumns, RawQuery, Resolution, RollupQuery } from "../../contracts.ts";
import { knownQuality, rollUp, wholeMs } from "../buckets.ts";

export const memorySettings = z.strictObject({
  /** Samples kept per tag; beyond it the oldest are forgotten. */
  samplesPerTag: z.number().int().min(1).default(100_000),
});

const SAMPLE_BYTES = 25;

/** One tag's samples in order of time, in columns that grow by doubling. */
class Series {
  count = 0;
  time = new Float64Array(16);
  value = new Float64Array(16);
  quality = new Uint8Array(16);
  received = new Float64Array(16);

  /** Latest arrival wins on time. */
  put(time: number, value: number, quality: number, received: number): void {
    let at = this.count;
    if (at > 0 && (this.time[at - 1] as number) >= time) at = this.from(time);
    if (at === this.count || this.time[at] !== time) this.#open(at);
    this.time[at] = time;
    this.value[at] = value;
    this.quality[at] = quality;
    this.received[at] = received;
  }

  /** Index of the first sample at or after `time`. */
  from(time: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.time[middle] as number) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  forget(n: number): void {
    for (const column of [this.time, this.value, this.quality, this.received]) column.copyWithin(0, n, this.count);
    this.count -= n;
  }

  #open(at: number): void {
    if (this.count === this.time.length) this.#grow();
    for (const column of [this.time, this.value, this.quality, this.received]) column.copyWithin(at + 1, at, this.count);
    this.count++;
  }

  #grow(): void {
    const size = this.time.length * 2;
    const to = (from: Float64Array): Float64Array<ArrayBuffer> => {
      const column = new Float64Array(size);
      column.set(from);
      return column;
    };
    this.time = to(this.time);
    this.value = to(this.value);
    this.received = to(this.received);
    const quality = new Uint8Array(size);
    quality.set(this.quality);
    this.quality = quality;
  }
}

export class MemoryHistorian implements Historian {
  readonly #series = new Map<number, Series>();
  readonly #limit: number;
  #position = 0;

  constructor(settings: z.infer<typeof memorySettings>) {
    this.#limit = settings.samplesPerTag;
  }

  async start(): Promise<void> {}

  async write(frames: readonly Frame[]): Promise<void> {
    for (const frame of frames) for (let i = 0; i < frame.count; i++) this.#put(frame, i);
  }

  #put(frame: Frame, i: number): void {
    const tag = frame.tag[i] as number;
    let series = this.#series.get(tag);
    if (series === undefined) {
      series = new Series();
      this.#series.set(tag, series);
    }
    series.put(Math.round(frame.time[i] as number), frame.value[i] as number, knownQuality(frame.quality[i] as number), frame.receivedAt);
    if (series.count > this.#limit * 1.25) series.forget(series.count - this.#limit);
  }

  async raw(query: RawQuery): Promise<RawColumns> {
    const { from, to } = wholeMs(query);
    const series = this.#series.get(query.tag) ?? new Series();
    const first = series.from(from);
    const end = Math.min(Math.max(first, series.from(to)), first + query.limit);
    return {
      time: series.time.slice(first, end),
      value: series.value.slice(first, end),
      quality: series.quality.slice(first, end),
      received: series.received.slice(first, end),
    };
  }

  async rollup({ tag, rollup, from, to }: RollupQuery): Promise<BucketColumns> {
    return rollUp(await this.raw({ tag, from, to, limit: Number.MAX_SAFE_INTEGER }), rollup);
  }

  async at(tag: RawQuery["tag"], time: number): ReturnType<Historian["at"]> {
    const series = this.#series.get(tag);
    const i = (series?.from(Math.floor(time) + 1) ?? 0) - 1;
    if (series === undefined || i < 0) return undefined;
    return { time: series.time[i] as number, value: series.value[i] as number, quality: knownQuality(series.quality[i] as number) };
  }

  async position(): Promise<number> {
    return this.#position;
  }

  async setPosition(position: number): Promise<void> {
    this.#position = position;
  }

  /** What was forgotten of one tag is a matter of its own rate: nothing is promised away for all. */
  async reach(): Promise<Record<Resolution, number>> {
    const always = Number.NEGATIVE_INFINITY;
    return { raw: always, "10s": always, "1m": always, "1h": always };
  }

  async stats(): Promise<HistorianStats> {
    let rows = 0;
    let oldest = Number.POSITIVE_INFINITY;
    let newest = Number.NEGATIVE_INFINITY;
    for (const series of this.#series.values()) {
      rows += series.count;
      if (series.count === 0) continue;
      oldest = Math.min(oldest, series.time[0] as number);
      newest = Math.max(newest, series.time[series.count - 1] as number);
    }
    const span = rows === 0 ? { oldest: undefined, newest: undefined } : { oldest, newest };
    return { engine: "memory", resolutions: [{ resolution: "raw", rows, bytes: rows * SAMPLE_BYTES, ...span }] };
  }

  async stop(): Promise<void> {}
}
