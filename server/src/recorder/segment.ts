/** One time segment of the log: an SQLite file of chunks with the tag paths they were written under. */
import { closeSync, fdatasync, fsyncSync, openSync, statSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { promisify } from "node:util";
import { crc32, deflateSync, inflateSync } from "node:zlib";

const datasync = promisify(fdatasync);

const FORMAT = 1;

export interface ChunkRow {
  /** Index of the chunk's first record within the segment, from 1. */
  first: number;
  records: number;
  samples: number;
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
  CREATE INDEX chunk_ended ON chunk(ended);`;
/** Where checkpoints stand; segments written before there were any may lack it. */
const MARKS = "CREATE TABLE IF NOT EXISTS checkpoint(record INTEGER PRIMARY KEY, received REAL NOT NULL)";

/** `before` is the number of samples in the segment's earlier chunks: what is waiting behind a position is one look-up. */
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
    db.exec(`BEGIN; ${SCHEMA} ${MARKS}`);
    db.prepare("INSERT INTO segment VALUES (?, ?)").run(FORMAT, deflateSync(paths.join("\n")));
    db.exec("COMMIT");
    return new Segment(number, file, db);
  }

  /** Opens an existing file; to write, SQLite's own recovery drops a torn commit. */
  static open(number: number, file: string, mode: "read" | "write"): Segment {
    const db = mode === "write" ? openToWrite(file) : new DatabaseSync(file, { readOnly: true });
    const row = db.prepare("SELECT format FROM segment").get();
    if (row?.format !== FORMAT) {
      db.close();
      throw new Error(`${file}: format ${String(row?.format)} is not known`);
    }
    if (mode === "write") db.exec(MARKS);
    return new Segment(number, file, db);
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

  span(): SegmentSpan | undefined {
    const last = this.#db
      .prepare("SELECT first + records - 1 AS records, before + samples AS samples FROM chunk ORDER BY first DESC LIMIT 1")
      .get();
    if (last === undefined) return undefined;
    const { started } = this.#db.prepare("SELECT started FROM chunk ORDER BY first LIMIT 1").get() as { started: number };
    const { ended } = this.#db.prepare("SELECT max(ended) AS ended FROM chunk").get() as { ended: number };
    return { records: last.records as number, samples: last.samples as number, started, ended };
  }

  /** Says that record `index` will be a checkpoint; whoever looks it up must see whether it came to be. */
  mark(index: number, received: number): void {
    this.#db.prepare("INSERT OR REPLACE INTO checkpoint VALUES (?, ?)").run(index, received);
  }

  /** Indices of checkpoints received from `oldest` to `time`, newest first. */
  marks(oldest: number, time: number): number[] {
    const rows = this.#db.prepare("SELECT record FROM checkpoint WHERE received BETWEEN ? AND ? ORDER BY received DESC, record DESC");
    return rows.all(oldest, time).map((row) => row.record as number);
  }

  append(chunk: ChunkRow, before: number): void {
    this.#insert ??= this.#db.prepare("INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    const { first, records, samples, started, ended, data } = chunk;
    this.#insert.run(first, records, samples, before, started, ended, crc32(data), data);
  }

  /** Forces what was committed to the disk, on libuv's threads. */
  async sync(): Promise<void> {
    this.#wal ??= openSync(`${this.file}-wal`, "r+");
    await datasync(this.#wal);
  }

  /** Chunks from the one holding record `index` on, in order; `bad` is called instead for those whose checksum is wrong. */
  *chunks(index: number, bad: (first: number, records: number) => void): Generator<ChunkRow> {
    const from = this.#db.prepare("SELECT max(first) AS first FROM chunk WHERE first <= ?").get(index);
    const rows = this.#db.prepare("SELECT first, records, samples, started, ended, crc, data FROM chunk WHERE first >= ? ORDER BY first");
    for (const row of rows.iterate((from?.first as number | null) ?? 0)) {
      const chunk = row as unknown as ChunkRow & { crc: number };
      if (crc32(chunk.data) === chunk.crc) yield chunk;
      else bad(chunk.first, chunk.records);
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

  /** Folds the write-ahead log in, so that the segment is one plain file, and closes. */
  seal(): void {
    this.#db.exec("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
    this.close();
    const file = openSync(this.file, "r+");
    fsyncSync(file);
    closeSync(file);
  }

  close(): void {
    if (this.#wal !== undefined) closeSync(this.#wal);
    this.#wal = undefined;
    this.#db.close();
  }
}

/** Commits do not wait for the disk (`sync` does that afterwards, off this thread): a crash of the process loses nothing either way. */
function openToWrite(file: string): DatabaseSync {
  const db = new DatabaseSync(file);
  db.exec("PRAGMA page_size = 2048; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4000");
  return db;
}

/** Bytes on disk, write-ahead log included. */
export function sizeOf(file: string): number {
  return [file, `${file}-wal`].reduce((sum, f) => sum + (statSync(f, { throwIfNoEntry: false })?.size ?? 0), 0);
}
