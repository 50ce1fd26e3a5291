/** The embedded engine's one file: its connections, its tables, appending and merging. */

import { Fault, type Frame } from "@cellhouse/shared";
import { type DuckDBAppender, type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { knownQuality } from "../buckets.ts";
import { createGate } from "../gate.ts";
import { doubles, RowBuffer } from "./columns.ts";
import { LATE, MERGED, mergeSql, OLDEST, REPLACE, SCHEMA, whole } from "./sql.ts";

/** Rows sorted at once by a merge: bounds its memory. */
const ROWS_PER_SORT = 200_000;
/** DuckDB's own log grows to this before it is folded into the file: a merge does that anyway, every quarter of an hour at a hall's rate. */
const LOG_LIMIT = "128MB";
/** A second opener in one process would silently lose DuckDB's lock on the file. */
const openFiles = new Set<string>();

export interface StoreOptions {
  file: string;
  memoryMb: number;
  threads: number;
}

export class Store {
  readonly #file: string;
  readonly #instance: DuckDBInstance;
  readonly #writer: DuckDBConnection;
  readonly #rows = new RowBuffer();
  /** DuckDB runs on libuv's threads, of which there are four for everything: two questions at once leave room for the disk. */
  readonly #readGate = createGate({ running: 2, waiting: 200 });
  readonly #writeGate = createGate({ running: 1, waiting: 1000 });
  #appender: DuckDBAppender | undefined;
  #recent = 0;
  /** Newest time appended, by the engine's id: a tag that only goes on has no time twice. */
  #newest = new Float64Array(0);
  /** `recent` may hold a time of a tag twice; true until known better, as after a start. */
  #repeats = true;
  /** True once DuckDB has said that only opening the file again will help. */
  broken = false;

  private constructor(file: string, instance: DuckDBInstance, writer: DuckDBConnection) {
    this.#file = file;
    this.#instance = instance;
    this.#writer = writer;
  }

  /** Throws E_DATA_FOLDER when the file is held by another server or cannot be opened. */
  static async open({ file, memoryMb, threads }: StoreOptions): Promise<Store> {
    if (openFiles.has(file)) throw new Fault("E_DATA_FOLDER", `${file} is open already in this process`);
    openFiles.add(file);
    try {
      const instance = await DuckDBInstance.create(file, {
        memory_limit: `${memoryMb}MB`,
        threads: String(threads),
        checkpoint_threshold: LOG_LIMIT,
      });
      const writer = await instance.connect();
      const store = new Store(file, instance, writer);
      await writer.run(SCHEMA);
      const [rows] = await store.#ask("SELECT count(*)::DOUBLE FROM recent");
      store.#recent = rows?.[0] ?? 0;
      store.#repeats = store.#recent > 0;
      return store;
    } catch (cause) {
      openFiles.delete(file);
      const message = cause instanceof Error ? cause.message : String(cause);
      const held = /lock/i.test(message) ? "another server uses it" : message.split("\n")[0];
      throw new Fault("E_DATA_FOLDER", `historian file ${file}: ${held}`, { cause });
    }
  }

  /** Rows not yet merged. */
  get recent(): number {
    return this.#recent;
  }

  /** The engine's id of each path, making those it does not know. */
  async tagIds(paths: readonly string[]): Promise<Uint32Array> {
    const known = new Map<string, number>();
    const reader = await this.#writer.runAndReadAll("SELECT path, id FROM tag");
    for (const [path, id] of reader.getRows()) known.set(String(path), Number(id));
    let next = Math.max(-1, ...new Set(known.values())) + 1;
    const appender = await this.#writer.createAppender("tag");
    for (const path of paths) {
      if (known.has(path)) continue;
      known.set(path, next);
      appender.appendUInteger(next++);
      appender.appendVarchar(path);
      appender.endRow();
    }
    appender.closeSync();
    if (this.#newest.length < next) this.#newest = new Float64Array(next).fill(Number.NEGATIVE_INFINITY);
    return Uint32Array.from(paths, (path) => known.get(path) as number);
  }

  /** Appends all samples in one durable transaction; `ids` gives the engine's id of a TagId. */
  append(frames: readonly Frame[], ids: Uint32Array): Promise<void> {
    return this.#writeGate(() => this.#transaction(async () => void (await this.#appendRows(frames, ids))));
  }

  async #appendRows(frames: readonly Frame[], ids: Uint32Array): Promise<void> {
    this.#appender ??= await this.#writer.createAppender("recent");
    const appender = this.#appender;
    const sample = { time: 0, value: 0, quality: 0, received: 0 };
    for (const frame of frames) {
      sample.received = frame.receivedAt;
      for (let i = 0; i < frame.count; i++) {
        const value = frame.value[i] as number;
        const id = ids[frame.tag[i] as number] as number;
        sample.time = Math.round(frame.time[i] as number);
        if (sample.time > (this.#newest[id] as number)) this.#newest[id] = sample.time;
        else this.#repeats = true;
        sample.value = Number.isFinite(value) ? value : Number.NaN;
        sample.quality = knownQuality(frame.quality[i] as number);
        this.#rows.add(appender, id, sample);
      }
      this.#recent += frame.count;
    }
    this.#rows.flush(appender);
    appender.flushSync();
  }

  /** Moves everything recent into sorted blocks. */
  merge(): Promise<void> {
    return this.#writeGate(() => this.#mergeNow());
  }

  async #mergeNow(): Promise<void> {
    if (this.#recent === 0) return;
    const [tags] = await this.#ask("SELECT coalesce(max(id) + 1, 0)::DOUBLE FROM tag");
    const parts = Math.ceil(this.#recent / ROWS_PER_SORT);
    const step = Math.ceil((tags?.[0] ?? 0) / parts);
    await this.#transaction(async () => {
      const [late, from] = await this.#ask(LATE);
      if ((late?.[0] ?? 0) > 0) await this.#writer.run(`${REPLACE} AND history.time >= ${whole(Math.floor(from?.[0] ?? 0))}`);
      for (let part = 0; part < parts; part++) await this.#writer.run(mergeSql(part * step, (part + 1) * step, this.#repeats));
      await this.#writer.run(`${MERGED}; ${OLDEST}; TRUNCATE recent`);
    });
    this.#recent = 0;
    this.#repeats = false;
    // Refused while a question is being answered; then the next merge, or DuckDB by itself, does it.
    await this.#writer.run("CHECKPOINT").catch(() => undefined);
  }

  async #transaction(work: () => Promise<void>): Promise<void> {
    const before = this.#recent;
    try {
      await this.#writer.run("BEGIN");
      await work();
      await this.#writer.run("COMMIT");
    } catch (cause) {
      this.#rows.clear();
      this.#appender = undefined;
      this.#recent = before;
      await this.#writer.run("ROLLBACK").catch(() => undefined);
      throw this.#fault(cause);
    }
  }

  /** A question on a snapshot of its own; its columns must be DOUBLE without NULL. */
  query(sql: string): Promise<Float64Array[]> {
    return this.#readGate(async () => {
      const connection = await this.#instance.connect();
      try {
        return await doubles(await connection.run(sql));
      } catch (cause) {
        throw this.#fault(cause);
      } finally {
        connection.closeSync();
      }
    });
  }

  async position(): Promise<number> {
    const [position] = await this.query("SELECT position FROM mark");
    return position?.[0] ?? 0;
  }

  setPosition(position: number): Promise<void> {
    return this.#writeGate(() =>
      this.#transaction(async () => void (await this.#writer.run(`UPDATE mark SET position = ${whole(position)}`))),
    );
  }

  async close(): Promise<void> {
    await this.#writeGate(async () => {
      if (!this.broken) this.#appender?.closeSync();
      this.#writer.closeSync();
      this.#instance.closeSync();
      openFiles.delete(this.#file);
    });
  }

  async #ask(sql: string): Promise<Float64Array[]> {
    return doubles(await this.#writer.run(sql));
  }

  #fault(cause: unknown): Fault {
    const message = cause instanceof Error ? cause.message : String(cause);
    if (/FATAL Error|database has been invalidated/.test(message)) this.broken = true;
    return new Fault("E_HISTORIAN", `${this.#file}: ${/No space left[^"]*/.exec(message)?.[0] ?? message.split("\n")[0]}`, { cause });
  }
}
