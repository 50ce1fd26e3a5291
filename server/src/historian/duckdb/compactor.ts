/** Puts small files together into larger ones, makes the rollups of each hour that is over, and gives up what is older than it must be kept. */
import type { Clock } from "@cellhouse/shared";
import type { Resolution, Rollup } from "../../contracts.ts";
import { ROLLUP_MS, ROLLUPS } from "../buckets.ts";
import type { Catalog, StoredFile } from "./catalog.ts";
import type { Parquet } from "./parquet.ts";
import { countsSql, fromRawSql, fromRollupSql, mergeSql, ordered } from "./sql.ts";
import { levels, widthOf, windowOf } from "./windows.ts";

/** Rows of one file at most, unless one tag alone has more: bounds what a merge sorts at once, and what a question opens. */
const FILE_ROWS = 1_500_000;
/** Samples of an hour may come so much later before its files are put together, ms. */
const GRACE_MS = 120_000;
/** With so many files a window is put together although more still come. */
const MANY_FILES = 64;
/** So many files with samples of all tags in an hour that still goes on become files with some tags each: a question opens one of them. */
const MANY_SPILLS = 16;

export interface CompactorOptions {
  catalog: Catalog;
  parquet: Parquet;
  clock: Clock;
  /** A window in which a file was made less than this ago is left alone, ms. */
  quietMs: number;
  fileRows?: number | undefined;
}

interface Task {
  resolution: Resolution;
  level: number;
  window: number;
  inputs: readonly StoredFile[];
}

export class Compactor {
  readonly #o: CompactorOptions;

  constructor(options: CompactorOptions) {
    this.#o = options;
  }

  /** Does one task; false when there was none. A single file only changes its place in the catalog. `newest` is the newest source time known. Throws E_HISTORIAN; then nothing has changed. */
  async step(newest: number): Promise<boolean> {
    const task = this.#next(newest);
    if (task === undefined) return false;
    const [only, ...others] = task.inputs;
    if (task.level > 1 && only !== undefined && others.length === 0) {
      this.#o.catalog.change({ remove: [only], add: [{ ...only, level: task.level, window: task.window }] });
      return true;
    }
    const made: StoredFile[] = [];
    try {
      const isHour = task.resolution === "raw" && task.level === 1;
      const added = isHour ? await this.#hour(task, made) : await this.#merge(task, made);
      const remove = [...task.inputs, ...(isHour ? this.#replaced(task.window) : [])];
      this.#o.catalog.change({ add: added, remove });
      await this.#o.parquet.remove(remove.map((file) => file.name));
    } catch (error) {
      await this.#o.parquet.remove(made.map((file) => file.name));
      throw error;
    }
    return true;
  }

  /** Gives up every window that ended before a time. */
  async expire(resolution: Resolution, before: number): Promise<void> {
    const { catalog, parquet } = this.#o;
    const remove = catalog.of(resolution).filter((file) => file.window + widthOf(file.level) <= before);
    if (remove.length === 0) return;
    const to = Math.max(...remove.map((file) => file.window + widthOf(file.level)), catalog.expired(resolution));
    catalog.change({ remove, expired: { resolution, to } });
    await parquet.remove(remove.map((file) => file.name));
  }

  /** Gives up the oldest windows, of samples first, then of the finer rollups, until all files together take no more than `mostBytes`. */
  async shrink(mostBytes: number): Promise<void> {
    const { catalog } = this.#o;
    let bytes = catalog.files.reduce((sum, file) => sum + file.bytes, 0);
    for (const resolution of ["raw", "10s", "1m"] as const) {
      let before = Number.NEGATIVE_INFINITY;
      for (const file of catalog.of(resolution).toSorted((a, b) => a.window - b.window)) {
        if (bytes <= mostBytes) break;
        bytes -= file.bytes;
        before = file.window + widthOf(file.level);
      }
      await this.expire(resolution, before);
    }
  }

  /** Hours first: the rollups of larger windows wait for them. */
  #next(newest: number): Task | undefined {
    return this.#nextOver(newest) ?? this.#nextBusy(newest);
  }

  #nextOver(newest: number): Task | undefined {
    for (const resolution of ["raw", ...ROLLUPS] as const)
      for (let level = 1; level <= levels(resolution); level++) {
        const task = this.#nextOf(resolution, level, newest);
        if (task !== undefined) return task;
      }
    return undefined;
  }

  /** The files of an hour not over yet that have gathered since they were last put together; such an hour's rollups are made at its end. */
  #nextBusy(newest: number): Task | undefined {
    const { catalog } = this.#o;
    const spilled = catalog.of("raw").filter((file) => file.level === 0 && 2 * (file.high - file.low) > catalog.tags);
    for (const [window, inputs] of Map.groupBy(spilled, (file) => file.window))
      if (inputs.length >= MANY_SPILLS && newest < window + widthOf(0) + GRACE_MS)
        return { resolution: "raw", level: 0, window, inputs: inputs.sort((a, b) => a.seq - b.seq) };
    return undefined;
  }

  #nextOf(resolution: Resolution, level: number, newest: number): Task | undefined {
    const { catalog, clock, quietMs } = this.#o;
    const width = widthOf(level);
    const lower = catalog.of(resolution).filter((file) => file.level < level);
    for (const [window, fresh] of Map.groupBy(lower, (file) => windowOf(file.window, level))) {
      const over = newest >= window + width + (level === 1 ? GRACE_MS : widthOf(1));
      const quiet = fresh.every((file) => file.made + quietMs <= clock.now()) || fresh.length >= MANY_FILES;
      if (!over || !quiet || (level > 1 && !this.#rolledUp(window, width))) continue;
      const made = catalog.of(resolution).filter((file) => file.level === level && file.window === window);
      return { resolution, level, window, inputs: [...fresh, ...made].sort((a, b) => a.seq - b.seq) };
    }
    return undefined;
  }

  /** No hour of the window still waits for its rollups. */
  #rolledUp(window: number, width: number): boolean {
    return !this.#o.catalog.of("raw").some((file) => file.level === 0 && file.window >= window && file.window < window + width);
  }

  /** Rollups of an hour that this one's replace. */
  #replaced(window: number): StoredFile[] {
    return ROLLUPS.flatMap((rollup) => this.#o.catalog.of(rollup).filter((file) => file.level === 1 && file.window === window));
  }

  /** An hour's samples in order, and its rollups beside them. */
  async #hour(task: Task, made: StoredFile[]): Promise<StoredFile[]> {
    const raw = await this.#merge(task, made);
    let finer = raw;
    for (const rollup of ROLLUPS) {
      const select = rollup === "10s" ? fromRawSql : fromRollupSql;
      // Each file of samples gives one of the finest rows; those give one of all tags.
      const groups = rollup === "10s" ? finer.map((file) => [file]) : [finer];
      const next: StoredFile[] = [];
      for (const group of groups) {
        const sql = ordered(select(this.#paths(group), ROLLUP_MS[rollup]));
        next.push(...(await this.#save(sql, { ...task, resolution: rollup }, made)));
      }
      finer = next;
    }
    return made;
  }

  async #merge(task: Task, made: StoredFile[]): Promise<StoredFile[]> {
    const { inputs } = task;
    const repeats = inputs.some((file) => file.repeats === 1);
    const files: StoredFile[] = [];
    // Numbered before it reads: whatever arrives meanwhile has a higher number, and is right.
    const numbers = (await this.#shares(inputs)).map((share) => ({ share, seq: this.#o.catalog.next() }));
    for (const { share, seq } of numbers) {
      const concerned = inputs.filter((file) => file.low <= share.high && file.high >= share.low);
      files.push(...(await this.#save(mergeSql(this.#paths(concerned), share, repeats), task, made, seq)));
    }
    return files;
  }

  /** Ranges of tags with about `FILE_ROWS` rows each. */
  async #shares(inputs: readonly StoredFile[]): Promise<{ low: number; high: number }[]> {
    const { parquet, fileRows = FILE_ROWS } = this.#o;
    const rows = inputs.reduce((sum, file) => sum + file.rows, 0);
    if (rows <= fileRows) return [{ low: Math.min(...inputs.map((file) => file.low)), high: Math.max(...inputs.map((file) => file.high)) }];
    const [tags, counts] = (await parquet.ask(countsSql(this.#paths(inputs)))) as [Float64Array, Float64Array];
    const shares: { low: number; high: number }[] = [];
    let held = Number.POSITIVE_INFINITY;
    for (const [i, tag] of tags.entries()) {
      const more = counts[i] as number;
      if (held + more > fileRows) shares.push({ low: tag, high: tag });
      held = held + more > fileRows ? more : held + more;
      (shares.at(-1) as { high: number }).high = tag;
    }
    return shares;
  }

  async #save(
    sql: string,
    { resolution, level, window, inputs }: Task,
    made: StoredFile[],
    seq = this.#o.catalog.next(),
  ): Promise<StoredFile[]> {
    const name = fileName({ resolution, level, window, seq });
    const closed = await this.#o.parquet.save(sql, name);
    if (closed === undefined) return [];
    const repeats = this.#repeats({ resolution, level, window, inputs });
    const file: StoredFile = { ...closed, seq, name, resolution, level, window, made: this.#o.clock.now(), repeats };
    made.push(file);
    return [file];
  }

  /** 1 where another file may hold an older row of the same time: of an hour that goes on, as its inputs; of rollups, where late samples made them anew. */
  #repeats({ resolution, level, window, inputs }: Task): 0 | 1 {
    if (resolution === "raw") return level === 0 && inputs.some((file) => file.repeats === 1) ? 1 : 0;
    return this.#covered(resolution, window, level) ? 1 : 0;
  }

  /** A larger file holds rows of this window already. */
  #covered(resolution: Rollup, window: number, level: number): boolean {
    return this.#o.catalog
      .of(resolution)
      .some((file) => file.level > level && file.window <= window && window < file.window + widthOf(file.level));
  }

  #paths(files: readonly StoredFile[]): string[] {
    return files.map((file) => this.#o.parquet.path(file.name));
  }
}

/** `raw/2026-11-22T08-1-000000042.parquet`: resolution, start of the window, level, number. */
export function fileName({ resolution, level, window, seq }: Pick<StoredFile, "resolution" | "level" | "window" | "seq">): string {
  return `${resolution}/${new Date(window).toISOString().slice(0, 13)}-${level}-${String(seq).padStart(9, "0")}.parquet`;
}
