/** Counts what has been handed to the transports, per tag and per line: the proof that nothing was lost behind it. */
import { addHash, type Plant, type Quality, sampleHash } from "@cellhouse/shared";
import { Counter, Gauge, Registry } from "prom-client";
import type { Published } from "./contracts.ts";

export interface PublishedTag {
  count: number;
  /** Sum of `sampleHash` over its distinct samples, u32. */
  checksum: number;
  /** Source times of the earliest and the latest sample, epoch ms. */
  first: number;
  last: number;
}

/** All tags of a plant; each distinct sample is counted once, resends are not. */
export class PublishedCounters implements Published {
  readonly #plant: Plant;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #count: Float64Array;
  readonly #checksum: Uint32Array;
  readonly #first: Float64Array;
  readonly #last: Float64Array;
  readonly #dropped = new Map<string, number>();
  readonly #waiting = new Map<string, () => number>();
  readonly #registry = new Registry();

  constructor(plant: Plant) {
    const n = plant.tags.length;
    this.#plant = plant;
    this.#ids = new Map(plant.tags.map((tag) => [tag.path, tag.id]));
    this.#count = new Float64Array(n);
    this.#checksum = new Uint32Array(n);
    this.#first = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
    this.#last = new Float64Array(n).fill(Number.NEGATIVE_INFINITY);
    this.#exportMetrics();
  }

  add(path: string, time: number, value: number, quality: Quality): void {
    const id = this.#ids.get(path);
    if (id === undefined) throw new Error(`published a tag the plant does not have: ${path}`);
    this.#count[id] = (this.#count[id] as number) + 1;
    this.#checksum[id] = addHash(this.#checksum[id] as number, sampleHash(time, value, quality));
    if (time < (this.#first[id] as number)) this.#first[id] = time;
    if (time > (this.#last[id] as number)) this.#last[id] = time;
  }

  /** Begins anew: what is handed over from now on counts. */
  reset(): void {
    this.#count.fill(0);
    this.#checksum.fill(0);
    this.#first.fill(Number.POSITIVE_INFINITY);
    this.#last.fill(Number.NEGATIVE_INFINITY);
  }

  /** Samples that were given up because a buffer was full. */
  drop(line: string, n: number): void {
    this.#dropped.set(line, (this.#dropped.get(line) ?? 0) + n);
  }

  /** How many samples of a line wait to be sent, asked for when someone looks. */
  watch(line: string, waiting: () => number): void {
    this.#waiting.set(line, waiting);
  }

  /** By full path, only tags with at least one sample. */
  tags(): Record<string, PublishedTag> {
    const tags: Record<string, PublishedTag> = {};
    for (const { id, path } of this.#plant.tags) {
      const count = this.#count[id] as number;
      if (count === 0) continue;
      tags[path] = { count, checksum: this.#checksum[id] as number, first: this.#first[id] as number, last: this.#last[id] as number };
    }
    return tags;
  }

  /** Prometheus text. */
  metrics(): Promise<string> {
    return this.#registry.metrics();
  }

  #exportMetrics(): void {
    const { lines, tags } = this.#plant;
    const protocol = new Map(lines.map((line) => [line.id, line.description.protocol]));
    const count = this.#count;
    const dropped = this.#dropped;
    const published = new Counter({
      name: "cellhouse_sim_published_total",
      help: "Distinct samples handed to the transport",
      labelNames: ["line", "protocol"],
      registers: [this.#registry],
      collect() {
        this.reset();
        const perLine = new Map<string, number>();
        for (const tag of tags) perLine.set(tag.line, (perLine.get(tag.line) ?? 0) + (count[tag.id] as number));
        for (const [line, n] of perLine) this.inc({ line, protocol: protocol.get(line) ?? "" }, n);
      },
    });
    const lost = new Counter({
      name: "cellhouse_sim_dropped_total",
      help: "Samples given up because a buffer was full: an edge's, or the queue of an OPC UA subscriber",
      labelNames: ["line"],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { id } of lines) this.inc({ line: id }, dropped.get(id) ?? 0);
      },
    });
    const waits = this.#waiting;
    const waiting = new Gauge({
      name: "cellhouse_sim_waiting",
      help: "Samples an edge may have to send yet, at most: what it kept while a cell, its host or its broker was away",
      labelNames: ["line"],
      registers: [this.#registry],
      collect() {
        for (const [line, count] of waits) this.set({ line }, count());
      },
    });
    void published;
    void lost;
    void waiting;
  }
}
