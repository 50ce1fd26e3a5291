/** History in DuckDB: one file in the data folder, no other program needed. */
import { mkdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Clock, Fault, type Frame, type Plant } from "@cellhouse/shared";
import { z } from "zod";
import type { BucketColumns, Historian, HistorianStats, RawColumns, RawQuery, Resolution, RollupQuery } from "../../contracts.ts";
import { knownQuality, rollUp, wholeMs } from "../buckets.ts";
import { rawSql } from "./sql.ts";
import { Store } from "./store.ts";

export const duckdbSettings = z.strictObject({
  /** The file's folder. */
  folder: z.string().min(1),
  /** Most memory DuckDB may take, MB. */
  memoryMb: z.number().int().min(64).default(96),
  threads: z.number().int().min(1).max(16).default(1),
  /** Rows that arrive before they are sorted into a block. */
  mergeRows: z.number().int().min(1).default(2_000_000),
  /** ... or this long, ms. */
  mergeMs: z.number().int().min(1000).default(900_000),
});

/** How far back `at` looks first, ms: nearly always the answer is near. */
const LOOK_BACK_MS = [3_600_000, 86_400_000] as const;

export class DuckdbHistorian implements Historian {
  readonly #settings: z.infer<typeof duckdbSettings>;
  readonly #plant: Plant;
  readonly #clock: Clock;
  readonly #file: string;
  #wanted = false;
  #opening: Promise<Store> | undefined;
  #ids: Uint32Array = new Uint32Array(0);
  #nextMerge = 0;
  #merging: Promise<void> = Promise.resolve();
  #mergeFault: Error | undefined;

  constructor(settings: z.infer<typeof duckdbSettings>, { plant, clock }: { plant: Plant; clock: Clock }) {
    this.#settings = settings;
    this.#plant = plant;
    this.#clock = clock;
    this.#file = resolve(join(settings.folder, "historian.duckdb"));
  }

  async start(): Promise<void> {
    this.#wanted = true;
    await this.#ready();
    this.#nextMerge = this.#clock.now() + this.#settings.mergeMs;
  }

  async write(frames: readonly Frame[]): Promise<void> {
    const store = await this.#ready();
    const { mergeRows, mergeMs } = this.#settings;
    if (this.#mergeFault !== undefined && store.recent > 2 * mergeRows) await this.#merge(store, mergeMs);
    if (this.#mergeFault !== undefined && store.recent > 2 * mergeRows) throw this.#mergeFault;
    await store.append(frames, this.#ids);
    if (store.recent >= mergeRows || this.#clock.now() >= this.#nextMerge) this.#merging = this.#merge(store, mergeMs);
  }

  /** Later writes wait behind it. Should it fail, the rows stay where they are; when too many have gathered, writing says so. */
  async #merge(store: Store, mergeMs: number): Promise<void> {
    this.#nextMerge = this.#clock.now() + mergeMs;
    try {
      await store.merge();
      this.#mergeFault = undefined;
    } catch (error) {
      this.#mergeFault = error instanceof Error ? error : new Error(String(error));
    }
  }

  /** Sorts everything recent into blocks now; otherwise that happens by itself. */
  async merge(): Promise<void> {
    await (await this.#ready()).merge();
  }

  async raw(query: RawQuery): Promise<RawColumns> {
    const { from, to, limit, tag } = wholeMs(query);
    const [time, value, quality, received] = await this.#ask(rawSql({ tag: this.#id(tag), from, to }, limit));
    return {
      time: time as Float64Array,
      value: value as Float64Array,
      quality: Uint8Array.from(quality as Float64Array),
      received: received as Float64Array,
    };
  }

  async rollup({ tag, rollup, from, to }: RollupQuery): Promise<BucketColumns> {
    return rollUp(await this.raw({ tag, from, to, limit: Number.MAX_SAFE_INTEGER }), rollup);
  }

  async reach(): Promise<Record<Resolution, number>> {
    const always = Number.NEGATIVE_INFINITY;
    return { raw: always, "10s": always, "1m": always, "1h": always };
  }

  async at(tag: RawQuery["tag"], time: number): ReturnType<Historian["at"]> {
    const to = Math.floor(time) + 1;
    for (const back of [...LOOK_BACK_MS, undefined]) {
      const from = back === undefined ? -Number.MAX_SAFE_INTEGER : to - back;
      const [times, value, quality] = await this.#ask(rawSql({ tag: this.#id(tag), from, to }, 1, "DESC"));
      if (times?.length === 1)
        return { time: times[0] as number, value: value?.[0] as number, quality: knownQuality(quality?.[0] as number) };
    }
    return undefined;
  }

  async position(): Promise<number> {
    return (await this.#ready()).position();
  }

  async setPosition(position: number): Promise<void> {
    await (await this.#ready()).setPosition(position);
  }

  async stats(): Promise<HistorianStats> {
    const [samples, oldest] = await this.#ask(`
      SELECT (SELECT count(*) FROM history)::DOUBLE + (SELECT count(*) FROM recent)::DOUBLE,
        coalesce(least((SELECT oldest FROM mark), (SELECT min(time) FROM recent)), 'nan'::DOUBLE)`);
    const bytes = sizeOf(this.#file) + sizeOf(`${this.#file}.wal`);
    const first = oldest?.[0];
    const since = first === undefined || Number.isNaN(first) ? undefined : first;
    return { engine: "duckdb", resolutions: [{ resolution: "raw", rows: samples?.[0] ?? 0, bytes, oldest: since, newest: undefined }] };
  }

  async stop(): Promise<void> {
    this.#wanted = false;
    await this.#merging;
    const store = await this.#opening?.catch(() => undefined);
    this.#opening = undefined;
    await store?.close();
  }

  async #ask(sql: string): Promise<Float64Array[]> {
    return (await this.#ready()).query(sql);
  }

  /** The open store. After an error that DuckDB survives only by opening its file again (a full disk in a checkpoint), that is done here. */
  async #ready(): Promise<Store> {
    if (!this.#wanted) throw new Fault("E_HISTORIAN", "the embedded historian is not running");
    const store = await this.#opening;
    if (store?.broken === true && store === (await this.#opening)) this.#opening = store.close().then(() => this.#openStore());
    this.#opening ??= this.#openStore();
    const opening = this.#opening;
    opening.catch(() => {
      if (this.#opening === opening) this.#opening = undefined;
    });
    return opening;
  }

  async #openStore(): Promise<Store> {
    const { folder, memoryMb, threads } = this.#settings;
    try {
      mkdirSync(folder, { recursive: true });
    } catch (cause) {
      throw new Fault("E_DATA_FOLDER", `historian folder ${folder}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
    const store = await Store.open({ file: this.#file, memoryMb, threads });
    this.#ids = await store.tagIds(this.#plant.tags.map((tag) => tag.path));
    return store;
  }

  #id(tag: number): number {
    return this.#ids[tag] as number;
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
