/** One time segment of the log: an SQLite file of chunks with the tag paths they were written under. */
import { closeSync, fdatasync, fsyncSync, openSync, statSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { promisify } from "node:util";
import { crc32, deflateSync, inflateSync } from "node:zlib";
import { PAGE } from "./wal.ts";

const datasync = promisify(fdatasync);

/** From 2 on the checksum of a chunk covers the rest of its row too. */
const FORMAT = 2;
/** What a reader waits for a writer beside it, ms: while it folds its write-ahead log in. */
const BESIDE_MS = 1000;

export interface ChunkRow {
  /** Index of the chunk's first record within the segment, from 1. */
  first: number;
  records: number;
  samples: number;
  /** Samples in the segment's earlier chunks: what is waiting behind a position is one look-up. */
  before: number;
  /** Received time of its first and last record. */
  started: number;
  ended: number;
  data: Uint8Array;
}

/** What is known of a segment without reading its data. */
export interface SegmentSpan {
  records: number;
  samples: number;
  started: number;
  ended: number;
}

const SCHEMA = `
  CREATE TABLE segment(format INTEGER NOT NULL, paths BLOB NOT NULL);
  CREATE TABLE chunk(
    first INTEGER PRIMARY KEY, records INTEGER NOT NULL, samples INTEGER NOT NULL, before INTEGER NOT NULL,
    started REAL NOT NULL, ended REAL NOT NULL, crc INTEGER NOT NULL, data BLOB NOT NULL);
  CREATE INDEX chunk_ended ON chunk(ended);
  CREATE TABLE checkpoint(record INTEGER PRIMARY KEY, received REAL NOT NULL);`;
/** As numbers whatever stands there: a rotten integer may be larger than JavaScript holds. */
const ROW = `SELECT ${["first", "records", "samples", "before", "started", "ended", "crc"].map((c) => `CAST(${c} AS REAL) AS ${c}`).join()}, data FROM chunk`;

export class Segment {
  readonly number: number;
  readonly file: string;
  readonly #db: DatabaseSync;
  #insert: StatementSync | undefined;
  #paths: string[] | undefined;
  /** Descriptor of the write-ahead log, kept open: it is synced several times a second. */
  #wal: number | undefined;

  private constructor(number: number, file: string, db: DatabaseSync) {
    this.number = number;
    this.file = file;
    this.#db = db;
  }

  /** Makes a new file. Throws SQLite's error when it cannot. */
  static create(number: number, file: string, paths: readonly string[]): Segment {
    const db = openToWrite(file);
    try {
      db.exec(`BEGIN; ${SCHEMA}`);
      db.prepare("INSERT INTO segment VALUES (?, ?)").run(FORMAT, deflateSync(paths.join("\n")));
      db.exec("COMMIT");
      return new Segment(number, file, db);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  /** Opens an existing file to read it, or to fold in what a crash left. Throws SQLite's error when it cannot. */
  static open(number: number, file: string, mode: "read" | "write"): Segment {
    const db = mode === "write" ? openToWrite(file) : new DatabaseSync(file, { readOnly: true, timeout: BESIDE_MS });
    try {
      const format = db.prepare("SELECT format FROM segment").get()?.format;
      if (typeof format !== "number" || format < 1 || format > FORMAT) throw new Error(`format ${String(format)} is not known`);
      return new Segment(number, file, db);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  /** The tag paths by the ids its chunks use. */
  paths(): readonly string[] {
    if (this.#paths === undefined) {
      const row = this.#db.prepare("SELECT paths FROM segment").get();
      this.#paths = inflateSync(row?.paths as Uint8Array)
        .toString()
        .split("\n");
    }
    return this.#paths;
  }

  /** From its first to its last intact chunk; undefined where there is none. */
  span(): SegmentSpan | undefined {
    const [first, last] = [this.#outermost("ASC"), this.#outermost("DESC")];
    if (first === undefined || last === undefined) return undefined;
    return { records: last.first + last.records - 1, samples: last.before + last.samples, started: first.started, ended: last.ended };
  }

  /** Says that record `index` will be a checkpoint; whoever looks it up must see whether it came to be. */
  mark(index: number, received: number): void {
    this.#db.prepare("INSERT OR REPLACE INTO checkpoint VALUES (?, ?)").run(index, received);
  }

  /** Indices of checkpoints received from `oldest` to `time`, newest first; none where the segment is older than they. */
  marks(oldest: number, time: number): number[] {
    if (this.#db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'checkpoint'").get() === undefined) return [];
    const rows = this.#db.prepare("SELECT record FROM checkpoint WHERE received BETWEEN ? AND ? ORDER BY received DESC, record DESC");
    return rows.all(oldest, time).map((row) => row.record as number);
  }

  append(chunk: ChunkRow): void {
    this.#insert ??= this.#db.prepare("INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    const { first, records, samples, before, started, ended, data } = chunk;
    this.#insert.run(first, records, samples, before, started, ended, checksum(chunk), data);
  }

  /** Forces what was committed to the disk, on libuv's threads. */
  async sync(): Promise<void> {
    this.#wal ??= openSync(`${this.file}-wal`, "r+");
    await datasync(this.#wal);
  }

  /**
   * Chunks in order, from the one holding record `index` or one before it (should the nearest bear a wrong number, it is in that one);
   * `bad` is called instead for those whose checksum is wrong.
   */
  *chunks(index: number, bad: (row: ChunkRow) => void): Generator<ChunkRow> {
    const from = this.#db
      .prepare("SELECT CAST(first AS REAL) AS first FROM chunk WHERE chunk.first <= ? ORDER BY chunk.first DESC LIMIT 2")
      .all(index);
    for (const row of this.#db
      .prepare(`${ROW} WHERE chunk.first >= ? ORDER BY chunk.first`)
      .iterate((from.at(-1)?.first as number | undefined) ?? 0)) {
      const chunk = row as unknown as StoredRow;
      if (isIntact(chunk)) yield chunk;
      else bad(chunk);
    }
  }

  /** The first chunk that ends at or after `time`. */
  chunkAt(time: number): { first: number; records: number } | undefined {
    const row = this.#db.prepare("SELECT first, records FROM chunk WHERE ended >= ? ORDER BY ended, first LIMIT 1").get(time);
    return row as { first: number; records: number } | undefined;
  }

  /** Samples up to and including the chunk of record `index`. */
  samplesUpTo(index: number): number {
    const row = this.#db.prepare("SELECT before + samples AS n FROM chunk WHERE first <= ? ORDER BY first DESC LIMIT 1").get(index);
    return (row?.n as number | undefined) ?? 0;
  }

  bytes(): number {
    return sizeOf(this.file);
  }

  /** Folds the write-ahead log in, so that the segment is one plain file, and closes. Throws where it cannot: then the log stays beside it. */
  seal(): void {
    try {
      this.#db.exec("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
    } finally {
      this.close();
      for (const file of [`${this.file}-wal`, this.file]) syncFile(file);
    }
  }

  close(): void {
    if (this.#wal !== undefined) closeSync(this.#wal);
    this.#wal = undefined;
    this.#db.close();
  }

  #outermost(order: "ASC" | "DESC"): StoredRow | undefined {
    for (const row of this.#db.prepare(`${ROW} ORDER BY chunk.first ${order}`).iterate())
      if (isIntact(row as unknown as StoredRow)) return row as unknown as StoredRow;
    return undefined;
  }
}

type StoredRow = ChunkRow & { crc: number };

/** Format 1 had the checksum of the data alone. */
function isIntact(row: StoredRow): boolean {
  return row.data instanceof Uint8Array && (checksum(row) === row.crc || crc32(row.data) === row.crc);
}

function checksum({ first, records, samples, before, started, ended, data }: ChunkRow): number {
  return crc32(data, crc32(Float64Array.of(first, records, samples, before, started, ended)));
}

/** Commits do not wait for the disk (`sync` does that afterwards, off this thread): a crash of the process loses nothing either way. */
function openToWrite(file: string): DatabaseSync {
  const db = new DatabaseSync(file);
  try {
    db.exec(`PRAGMA page_size = ${PAGE}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4000`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Bytes on disk, write-ahead log included. */
export function sizeOf(file: string): number {
  return [file, `${file}-wal`].reduce((sum, f) => sum + (statSync(f, { throwIfNoEntry: false })?.size ?? 0), 0);
}

function syncFile(file: string): void {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return;
  const opened = openSync(file, "r+");
  fsyncSync(opened);
  closeSync(opened);
}
