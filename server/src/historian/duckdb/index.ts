/** History in this process: closed Parquet files written and read by DuckDB, no other program needed. Why it is so: ADR 0018. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Clock, Fault, type Frame, type Plant } from "@cellhouse/shared";
import { z } from "zod";
import type {
  BucketColumns,
  Counters,
  Historian,
  HistorianStats,
  RawColumns,
  RawQuery,
  Resolution,
  ResolutionStats,
  RollupQuery,
} from "../../contracts.ts";
import { knownQuality, ROLLUPS, wholeMs } from "../buckets.ts";
import { Catalog } from "./catalog.ts";
import { Compactor } from "./compactor.ts";
import { takeOver } from "./legacy.ts";
import { Parquet } from "./parquet.ts";
import { Reader } from "./reader.ts";
import { Spill } from "./spill.ts";

export const duckdbSettings = z.strictObject({
  /** The data folder; everything of this engine is in `history` below it. */
  folder: z.string().min(1),
  /** Most memory DuckDB may take, MB. */
  memoryMb: z.number().int().min(64).default(160),
  /** Threads of DuckDB's for making files, */
  threads: z.number().int().min(1).max(16).default(1),
  /** ... and for answering a question. */
  readThreads: z.number().int().min(1).max(16).default(2),
  /** Samples that wait in memory before they become a file, */
  spillRows: z.number().int().min(1).default(1_000_000),
  /** ... or this long, ms. */
  spillMs: z.number().int().min(1000).default(900_000),
  /** A window in which a file was made less than this ago is not put together yet, ms. */
  quietMs: z.number().int().min(0).default(120_000),
  /** Rows of one file at most. */
  fileRows: z.number().int().min(1).optional(),
  /** Days each resolution is kept; 0: for good. */
  keepDays: z.object({ raw: z.number().min(0), "10s": z.number().min(0), "1m": z.number().min(0) }).default({ raw: 0, "10s": 0, "1m": 0 }),
  /** Bytes all files may take before the oldest samples are given up. */
  mostBytes: z.number().min(0).default(Number.POSITIVE_INFINITY),
});

const DAY_MS = 86_400_000;
const EXPIRE_EVERY_MS = 600_000;

interface Open {
  catalog: Catalog;
  parquet: Parquet;
  reader: Reader;
  spill: Spill;
  compactor: Compactor;
  ids: Uint32Array;
}

export class DuckdbHistorian implements Historian {
  readonly #settings: z.infer<typeof duckdbSettings>;
  readonly #plant: Plant;
  readonly #clock: Clock;
  readonly #counters: Counters | undefined;
  readonly #folder: string;
  #open: Open | undefined;
  #told = 0;
  #nextExpiry = 0;
  #tidying: Promise<void> | undefined;
  /** Why the last tidying did not end well; it is tried again after the next spill. */
  #untidy: unknown;

  constructor(
    settings: z.infer<typeof duckdbSettings>,
    { plant, clock, counters }: { plant: Plant; clock: Clock; counters?: Counters | undefined },
  ) {
    this.#settings = settings;
    this.#plant = plant;
    this.#clock = clock;
    this.#counters = counters;
    this.#folder = resolve(join(settings.folder, "history"));
  }

  async start(): Promise<void> {
    if (this.#open !== undefined) return;
    const { memoryMb, threads: write, readThreads: read, spillRows, spillMs, quietMs, fileRows } = this.#settings;
    const clock = this.#clock;
    const catalog = new Catalog(this.#folder);
    try {
      sweep(this.#folder, new Set(catalog.files.map((file) => file.name)));
      const ids = catalog.tagIds(this.#plant.tags.map((tag) => tag.path));
      const parquet = await Parquet.open({ folder: this.#folder, memoryMb, threads: { write, read } });
      await takeOver(join(this.#settings.folder, "historian.duckdb"), { catalog, parquet, clock });
      const spill = new Spill({ catalog, parquet, clock, rows: spillRows, everyMs: spillMs });
      const reader = new Reader({ catalog, parquet, hot: () => spill.hot });
      this.#open = { catalog, parquet, reader, spill, ids, compactor: new Compactor({ catalog, parquet, clock, quietMs, fileRows }) };
      this.#told = catalog.position;
    } catch (error) {
      catalog.close();
      throw error;
    }
  }

  async write(frames: readonly Frame[]): Promise<void> {
    const { spill, ids, catalog } = this.#ready();
    // Said at once, not when memory is full: nothing is taken while what came before cannot be kept.
    if (spill.failed) await this.#makeRoom();
    const oldest = catalog.expired("raw");
    let expired = 0;
    for (const frame of frames)
      for (let first = 0; first < frame.count; ) {
        first = spill.take(frame, first, { ids, oldest });
        expired += spill.refused();
        if (first < frame.count) await this.#makeRoom();
      }
    if (expired > 0) this.#counters?.dropped("historian_expired", expired);
    if (spill.due) await this.#makeRoom();
  }

  /** Sends what has gathered on its way to the disk; resolves when there is room again, which is nearly always at once. */
  async #makeRoom(): Promise<void> {
    const { spill } = this.#ready();
    await spill.begin(this.#told);
    void spill.done.then(() => this.#tidy()).catch(() => undefined);
  }

  /** Puts everything that has gathered into files now, and files together as far as they may; otherwise that happens by itself. */
  async settle(): Promise<void> {
    const { spill } = this.#ready();
    await spill.begin(this.#told);
    await spill.done;
    await this.#tidy();
    if (this.#untidy !== undefined) throw this.#untidy;
  }

  /** One at a time, in the background. */
  #tidy(): Promise<void> {
    this.#tidying ??= this.#tidyNow().finally(() => {
      this.#tidying = undefined;
    });
    return this.#tidying;
  }

  async #tidyNow(): Promise<void> {
    this.#untidy = undefined;
    try {
      for (let more = true; more && this.#open !== undefined; ) more = await this.#open.compactor.step(this.#open.spill.newest);
      await this.#expire();
    } catch (error) {
      this.#untidy = error;
    }
  }

  async #expire(): Promise<void> {
    const now = this.#clock.now();
    const open = this.#open;
    if (open === undefined || now < this.#nextExpiry) return;
    this.#nextExpiry = now + EXPIRE_EVERY_MS;
    const { keepDays, mostBytes } = this.#settings;
    for (const resolution of ["raw", "10s", "1m"] as const)
      if (keepDays[resolution] > 0) await open.compactor.expire(resolution, now - keepDays[resolution] * DAY_MS);
    await open.compactor.shrink(mostBytes);
  }

  raw(query: RawQuery): Promise<RawColumns> {
    const { from, to, limit, tag, signal } = wholeMs(query);
    const { reader, ids } = this.#ready();
    return reader.raw(ids[tag] as number, { from, to, signal }, limit);
  }

  rollup({ tag, rollup, from, to, signal }: RollupQuery): Promise<BucketColumns> {
    const { reader, ids } = this.#ready();
    return reader.rollup(ids[tag] as number, rollup, { from, to, signal });
  }

  async at(tag: RawQuery["tag"], time: number): ReturnType<Historian["at"]> {
    const { reader, ids } = this.#ready();
    const last = await reader.last(ids[tag] as number, Math.floor(time) + 1);
    return last && { ...last, quality: knownQuality(last.quality) };
  }

  async reach(): Promise<Record<Resolution, number>> {
    const { catalog } = this.#ready();
    return { raw: catalog.expired("raw"), "10s": catalog.expired("10s"), "1m": catalog.expired("1m"), "1h": catalog.expired("1h") };
  }

  async position(): Promise<number> {
    return this.#ready().catalog.position;
  }

  async setPosition(position: number): Promise<void> {
    const { spill } = this.#ready();
    this.#told = position;
    spill.idle(position);
  }

  async stats(): Promise<HistorianStats> {
    const { catalog, spill } = this.#ready();
    const resolutions = (["raw", ...ROLLUPS] as const).map((resolution): ResolutionStats => {
      const files = catalog.of(resolution);
      const sum = (key: "rows" | "bytes"): number => files.reduce((total, file) => total + file[key], 0);
      const hot = resolution === "raw" ? spill.rows : 0;
      return {
        resolution,
        rows: sum("rows") + hot,
        bytes: sum("bytes"),
        oldest: files.length === 0 ? undefined : files.reduce((least, file) => Math.min(least, file.from), Number.POSITIVE_INFINITY),
        newest: files.length === 0 ? undefined : files.reduce((most, file) => Math.max(most, file.to), Number.NEGATIVE_INFINITY),
      };
    });
    return { engine: "duckdb", resolutions };
  }

  async stop(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    await open.spill.begin(this.#told).catch(() => undefined);
    await open.spill.done.catch(() => undefined);
    this.#open = undefined;
    await this.#tidying;
    open.parquet.close();
    open.catalog.close();
  }

  #ready(): Open {
    if (this.#open === undefined) throw new Fault("E_HISTORIAN", "the embedded historian is not running");
    return this.#open;
  }
}

/** Deletes what a crash left unnamed. */
function sweep(folder: string, named: ReadonlySet<string>): void {
  rmSync(join(folder, "temp"), { recursive: true, force: true });
  for (const resolution of ["raw", ...ROLLUPS]) {
    const place = join(folder, resolution);
    if (!existsSync(place)) continue;
    for (const name of readdirSync(place)) if (!named.has(`${resolution}/${name}`)) rmSync(join(place, name));
  }
}
