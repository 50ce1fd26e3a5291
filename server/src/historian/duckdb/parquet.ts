/** DuckDB at work: samples into closed Parquet files, files into larger ones, answers out of them. It holds no data of its own. */
import { mkdirSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { scheduler } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { Fault } from "@cellhouse/shared";
import { type DuckDBConnection, DuckDBInstance, type JS } from "@duckdb/node-api";
import { createGate } from "../gate.ts";
import { ChunkFiller, doubles } from "./columns.ts";
import type { HotSamples } from "./hot.ts";
import { copySql, WAITING } from "./sql.ts";

/** Chunks of 2,048 rows handed over before others have a turn, about 4 ms. */
const CHUNKS_PER_TURN = 16;
const READ_BYTES = 1 << 20;

/** What is known of a file once it is closed. */
export interface Closed {
  /** Of its first and last row, epoch ms, both inclusive. */
  from: number;
  to: number;
  /** Engine's ids of the first and last tag, both inclusive. */
  low: number;
  high: number;
  rows: number;
  bytes: number;
  /** CRC-32 of all its bytes. */
  crc: number;
}

export interface ParquetOptions {
  folder: string;
  memoryMb: number;
  /** Of the files' making, and of the answers. */
  threads: { write: number; read: number };
}

export class Parquet {
  readonly folder: string;
  /** Apart, so that no question waits for memory or a thread that the making of files holds. */
  readonly #writing: DuckDBInstance;
  readonly #reading: DuckDBInstance;
  readonly #writer: DuckDBConnection;
  readonly #filler = new ChunkFiller();
  /** DuckDB runs on libuv's threads, of which there are four for everything: two questions at once leave room for the disk. */
  readonly #readGate = createGate({ running: 2, waiting: 200 });
  /** Connections of questions that have been answered; never more than may be asked at once. */
  readonly #idle: DuckDBConnection[] = [];
  #running = 0;
  #unread: (() => void)[] = [];

  private constructor(parts: { folder: string; writing: DuckDBInstance; reading: DuckDBInstance; writer: DuckDBConnection }) {
    this.folder = parts.folder;
    this.#writing = parts.writing;
    this.#reading = parts.reading;
    this.#writer = parts.writer;
  }

  static async open({ folder, memoryMb, threads }: ParquetOptions): Promise<Parquet> {
    const shared = { memory_limit: `${memoryMb}MB`, temp_directory: join(folder, "temp") };
    const writing = await DuckDBInstance.create(":memory:", { ...shared, threads: String(threads.write) });
    const reading = await DuckDBInstance.create(":memory:", { ...shared, threads: String(threads.read) });
    const first = await reading.connect();
    // What stands at a file's end is read once, not at each question.
    await first.run("SET GLOBAL parquet_metadata_cache = true");
    first.closeSync();
    return new Parquet({ folder, writing, reading, writer: await writing.connect() });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Puts samples where `copySql(waitingSql())` finds them, in the order given. Lets others run in between. */
  async load(hot: HotSamples, order: Uint32Array): Promise<void> {
    await this.#writer.run(WAITING);
    const appender = await this.#writer.createAppender("waiting");
    for (let from = 0, chunk = 1; from < order.length; chunk++) {
      from = this.#filler.fill(appender, hot, order, from);
      if (chunk % CHUNKS_PER_TURN === 0) await scheduler.yield();
    }
    appender.closeSync();
  }

  /** Gives the room of `load` back. */
  async unload(): Promise<void> {
    await this.#writer.run(WAITING);
  }

  /** Closes a file of the rows of `select`, on the disk when it resolves; undefined, and no file, where there are none. Throws E_HISTORIAN. */
  async save(select: string, name: string, groups: Parameters<typeof copySql>[2] = "small"): Promise<Closed | undefined> {
    const file = this.path(name);
    const made = `${file}.part`;
    try {
      mkdirSync(dirname(file), { recursive: true });
      const reply = await this.#writer.runAndReadAll(copySql(select, made, groups));
      const closed = closedOf(reply.getRowObjectsJS()[0] ?? {});
      if (closed === undefined) await rm(made);
      else {
        closed.crc = await settled(made);
        await rename(made, file);
      }
      return closed;
    } catch (cause) {
      await rm(made, { force: true }).catch(() => undefined);
      throw fault(file, cause);
    }
  }

  /** A statement without an answer. */
  async run(sql: string): Promise<void> {
    try {
      await this.#writer.run(sql);
    } catch (cause) {
      throw fault(this.folder, cause);
    }
  }

  /** The first column of a statement's rows, as texts. */
  async texts(sql: string): Promise<string[]> {
    try {
      return (await this.#writer.runAndReadAll(sql)).getRows().map(([first]) => String(first));
    } catch (cause) {
      throw fault(this.folder, cause);
    }
  }

  /** Columns of numbers; the statement's must be DOUBLE without NULL. For the engine's own housekeeping. */
  async ask(sql: string): Promise<Float64Array[]> {
    try {
      return await doubles(await this.#writer.run(sql));
    } catch (cause) {
      throw fault(this.folder, cause);
    }
  }

  /** The same for people's questions, two at a time. `sql` is asked for when its turn has come, and then names the files of that moment. Taken back, the statement is broken off. */
  query(sql: () => string | undefined, signal?: AbortSignal): Promise<Float64Array[] | undefined> {
    return this.#readGate(async () => {
      this.#running++;
      const connection = this.#idle.pop() ?? (await this.#reading.connect());
      const interrupt = (): void => connection.interrupt();
      signal?.addEventListener("abort", interrupt, { once: true });
      try {
        const asked = sql();
        return asked === undefined ? undefined : await doubles(await connection.run(asked));
      } catch (cause) {
        throw signal?.aborted === true ? signal.reason : fault(this.folder, cause);
      } finally {
        signal?.removeEventListener("abort", interrupt);
        this.#idle.push(connection);
        if (--this.#running === 0) for (const run of this.#unread.splice(0)) run();
      }
    }, signal);
  }

  /** Deletes files no question reads any more. */
  async remove(names: readonly string[]): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => void this.#unread.push(resolve));
    for (const name of names) await rm(this.path(name), { force: true });
  }

  close(): void {
    for (const connection of [this.#writer, ...this.#idle]) connection.closeSync();
    this.#writing.closeSync();
    this.#reading.closeSync();
  }
}

/** What DuckDB tells of a file it has written; undefined for one without rows. */
function closedOf(row: Record<string, JS>): Closed | undefined {
  const rows = Number(row.count);
  if (rows === 0) return undefined;
  const of = entries(row.column_statistics);
  const stat = (column: string, what: string): number => Number(entries(of.get(`"${column}"`)).get(what));
  return {
    rows,
    bytes: Number(row.file_size_bytes),
    from: stat("time", "min"),
    to: stat("time", "max"),
    low: stat("tag", "min"),
    high: stat("tag", "max"),
    crc: 0,
  };
}

function entries(map: JS | undefined): Map<string, JS> {
  return new Map((map as { key: string; value: JS }[]).map(({ key, value }) => [key, value]));
}

/** Brings a file to the disk and reads it back once: its CRC-32. */
async function settled(file: string): Promise<number> {
  const handle = await open(file, "r+");
  try {
    await handle.datasync();
    return await crcOf(handle);
  } finally {
    await handle.close();
  }
}

/** CRC-32 of a file. */
async function crcOf(handle: FileHandle): Promise<number> {
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  let crc = 0;
  for (let at = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, READ_BYTES, at);
    if (bytesRead === 0) return crc;
    crc = crc32(buffer.subarray(0, bytesRead), crc);
    at += bytesRead;
  }
}

function fault(where: string, cause: unknown): Fault {
  if (cause instanceof Fault) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new Fault("E_HISTORIAN", `${where}: ${/No space left[^"]*/.exec(message)?.[0] ?? message.split("\n")[0]}`, { cause });
}
