/** The samples of one edge on disk: an SQLite file that takes each scan as it is and packs 4,096 samples at a time into a compressed, checked chunk. */
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { Fault } from "@cellhouse/shared";
import { countUnsent, makeSamples, packSamples, SAMPLE_BYTES, type Samples, unpackSamples } from "./samples.ts";

export interface StoreOptions {
  file: string;
  /** Bytes of chunks beyond which the oldest go. */
  bytes: number;
  /** Chunks older than this go too, ms. */
  ageMs: number;
  /** Samples that had to be given up: too old, too many, or unreadable. */
  lost(samples: Samples): void;
  say(text: string): void;
}

/** Ten seconds of 24 cells published raw. */
const CHUNK = 4096;
/** One scan may go beyond it. */
const CAPACITY = 2 * CHUNK;
const COMPRESS = { params: { [constants.ZSTD_c_compressionLevel]: 3 } };
const FREE_PAGES = 64;
/** Our predecessor may still be on its way out. */
const LOCK_MS = 2000;
/** Result codes of SQLite: the disk is full; the file is corrupt, or no database. */
const SQLITE_FULL = 13;
const DAMAGED: ReadonlySet<number> = new Set([11, 26]);

const SCHEMA = `
  PRAGMA auto_vacuum = INCREMENTAL;
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA cache_size = -512;
  CREATE TABLE IF NOT EXISTS name(id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE);
  CREATE TABLE IF NOT EXISTS tail(first INTEGER PRIMARY KEY, at REAL NOT NULL, crc INTEGER NOT NULL, data BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS chunk(
    first INTEGER PRIMARY KEY, next INTEGER NOT NULL, unsent INTEGER NOT NULL, at REAL NOT NULL, crc INTEGER NOT NULL, data BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS position(id INTEGER PRIMARY KEY CHECK (id = 0), text TEXT NOT NULL);`;

interface ChunkRow {
  first: number;
  next: number;
  unsent: number;
  crc: number;
  data: Uint8Array;
}

export class SampleStore {
  readonly #options: StoreOptions;
  readonly #db: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();
  #tail: Samples;
  /** Samples of the tail that stand in the file. */
  #written = 0;
  #bytes: number;
  /** The chunk last looked at. */
  #open: Samples | undefined;
  #complained = false;

  /** Opens or makes the file; one that is no database is put aside. Throws `E_DATA_FOLDER`. */
  constructor(options: StoreOptions) {
    this.#options = options;
    this.#db = openFile(options);
    this.#bytes = Number(this.#run("SELECT coalesce(sum(length(data)), 0) AS n FROM chunk").get()?.n);
    this.#tail = this.#loadTail();
    this.#written = this.#tail.count;
  }

  /** Sequence number of the next sample. */
  get head(): number {
    return this.#tail.first + this.#tail.count;
  }

  /** Sequence numbers go on from here at least. */
  startAt(seq: number): void {
    if (this.#tail.count === 0) this.#tail.first = Math.max(this.#tail.first, seq);
  }

  /** The lasting numbers of tag paths; a path unknown so far gets the next one. */
  names(paths: readonly string[]): Map<string, number> {
    const add = this.#run("INSERT OR IGNORE INTO name(path) VALUES (?)");
    this.#db.exec("BEGIN");
    for (const path of paths) add.run(path);
    this.#db.exec("COMMIT");
    return new Map(
      this.#run("SELECT id, path FROM name")
        .all()
        .map((row) => [String(row.path), Number(row.id)]),
    );
  }

  append(tag: number, sample: { time: number; value: number; quality: number }, sent: boolean): void {
    const tail = this.#tail;
    if (tail.count === tail.time.length) {
      this.#options.lost({ ...makeSamples(this.head, 1), count: 1 });
      return;
    }
    const i = tail.count++;
    tail.tag[i] = tag;
    tail.time[i] = sample.time;
    tail.value[i] = sample.value;
    tail.quality[i] = sample.quality;
    tail.sent[i] = sent ? 1 : 0;
  }

  /** Writes what came since the last call, and the position where it changed; all of it or nothing survives a crash. `at`: local clock. */
  commit(at: number, position?: string): void {
    const tail = this.#tail;
    if (tail.count === this.#written && position === undefined) return;
    const done = this.#write(() => {
      if (position !== undefined) this.#run("INSERT OR REPLACE INTO position VALUES (0, ?)").run(position);
      if (tail.count === this.#written) return;
      const data = packSamples(tail, this.#written);
      this.#run("INSERT INTO tail VALUES (?, ?, ?, ?)").run(tail.first + this.#written, at, crc32(data), data);
    });
    if (done) this.#written = tail.count;
    if (tail.count >= CHUNK) this.#seal(at);
  }

  position(): string | undefined {
    const text = this.#run("SELECT text FROM position").get()?.text;
    return text === undefined ? undefined : String(text);
  }

  /** The first sequence number of what was due in the last `ms` before the newest sample. */
  recent(ms: number): number {
    const both = "(SELECT first, at FROM chunk UNION ALL SELECT first, at FROM tail)";
    const row = this.#run(`SELECT min(first) AS first FROM ${both} WHERE at >= (SELECT max(at) FROM ${both}) - ?`).get(ms);
    return Number(row?.first ?? this.head);
  }

  /** The first samples that reach beyond `seq` and hold any unsent, or any of the span `again`; borrowed until the next call. */
  next(seq: number, again: { from: number; to: number }): Samples | undefined {
    for (let from = seq; from < this.#tail.first; ) {
      if (this.#open !== undefined && this.#open.first <= from && from < this.#open.first + this.#open.count) return this.#open;
      const row = this.#run(
        "SELECT first, next, unsent, crc, data FROM chunk WHERE next > ? AND (unsent > 0 OR (next > ? AND first < ?)) ORDER BY first LIMIT 1",
      ).get(from, again.from, again.to) as ChunkRow | undefined;
      if (row === undefined) break;
      this.#open = this.#read(row);
      if (this.#open !== undefined) return this.#open;
      from = row.next;
    }
    return this.head > seq ? this.#tail : undefined;
  }

  /** Forgets chunks before `all`, and before `sent` where they hold nothing unsent; gives up what is too old or too much. */
  release(spans: { sent: number; all: number }, now: number): void {
    this.#write(() => {
      const { sent, all } = spans;
      this.#forget(this.#run("DELETE FROM chunk WHERE next <= ? OR (next <= ? AND unsent = 0) RETURNING length(data) AS n").all(all, sent));
      this.#giveUp(now - this.#options.ageMs);
      this.#run(`PRAGMA incremental_vacuum(${FREE_PAGES})`).all();
    });
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  #giveUp(before: number): void {
    for (;;) {
      const row = this.#run("SELECT first, next, unsent, at, crc, data FROM chunk ORDER BY first LIMIT 1").get() as
        | (ChunkRow & { at: number })
        | undefined;
      if (row === undefined || (row.at >= before && this.#bytes <= this.#options.bytes)) return;
      const samples = this.#read(row);
      if (samples !== undefined) this.#options.lost(samples);
      this.#forget(this.#run("DELETE FROM chunk WHERE first = ? RETURNING length(data) AS n").all(row.first));
    }
  }

  #forget(rows: readonly Record<string, unknown>[]): void {
    this.#open = undefined;
    for (const { n } of rows) this.#bytes -= Number(n);
  }

  /** Turns the tail into a chunk. Where that fails the samples are given up: the next ones may fit again. */
  #seal(at: number): void {
    const tail = this.#tail;
    const data = zstdCompressSync(packSamples(tail), COMPRESS);
    const end = this.head;
    const done = this.#write(() => {
      this.#run("INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?)").run(tail.first, end, countUnsent(tail), at, crc32(data), data);
      this.#run("DELETE FROM tail").run();
    });
    if (done) this.#bytes += data.length;
    else this.#options.lost(tail);
    this.#tail = makeSamples(end, CAPACITY);
    this.#written = 0;
  }

  /** Undefined for a damaged chunk; what it held unsent is lost, and that is said. */
  #read({ first, next, unsent, crc, data }: ChunkRow): Samples | undefined {
    const samples = makeSamples(first, next - first);
    try {
      if (crc32(data) !== crc) throw new RangeError("checksum");
      unpackSamples(zstdDecompressSync(data, { maxOutputLength: 1 << 24 }), samples);
      return samples;
    } catch {
      this.#run("UPDATE chunk SET unsent = 0 WHERE first = ?").run(first);
      this.#options.say(`${this.#options.file}: samples ${first} to ${next - 1} are damaged and passed over`);
      samples.sent.fill(1, unsent);
      this.#options.lost({ ...samples, count: next - first });
      return undefined;
    }
  }

  #loadTail(): Samples {
    const rows = this.#run("SELECT first, crc, data FROM tail ORDER BY first").all();
    const bytes = rows.reduce((sum, { data }) => sum + (data as Uint8Array).length, 0);
    const end = Number(this.#run("SELECT coalesce(max(next), 0) AS next FROM chunk").get()?.next);
    const tail = makeSamples(Math.max(end, Number(rows[0]?.first ?? 0)), CAPACITY + bytes / SAMPLE_BYTES);
    for (const { first, crc, data } of rows)
      if (crc32(data as Uint8Array) === crc && Number(first) === tail.first + tail.count) unpackSamples(data as Uint8Array, tail);
    const damaged = bytes / SAMPLE_BYTES - tail.count;
    if (damaged > 0) this.#options.say(`${this.#options.file}: the last ${damaged} samples are damaged and passed over`);
    return tail;
  }

  /** In one transaction; false, said once, when the disk does not take it. */
  #write(change: () => void): boolean {
    try {
      this.#db.exec("BEGIN IMMEDIATE");
      change();
      this.#db.exec("COMMIT");
      this.#complained = false;
      return true;
    } catch (cause) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      const until = `Until then the last ${CHUNK} samples are kept in memory, older unsent ones given up and counted`;
      if (!this.#complained) this.#options.say(`${faultOf(this.#options.file, cause).message} ${until}`);
      this.#complained = true;
      return false;
    }
  }

  #run(sql: string): StatementSync {
    const known = this.#prepared.get(sql) ?? this.#db.prepare(sql);
    this.#prepared.set(sql, known);
    return known;
  }
}

/** A file that is damaged is put aside with its log, and a new one begun. */
function openFile({ file, say }: StoreOptions): DatabaseSync {
  try {
    mkdirSync(dirname(file), { recursive: true });
    const sound = openSound(file);
    if (sound !== undefined) return sound;
    for (const end of ["", "-wal", "-shm"]) if (existsSync(file + end)) renameSync(file + end, `${file}.damaged${end}`);
    say(`${file} is damaged and was put aside as ${file}.damaged; what it kept is not sent`);
    return openSound(file) as DatabaseSync;
  } catch (cause) {
    throw faultOf(file, cause);
  }
}

function openSound(file: string): DatabaseSync | undefined {
  const db = new DatabaseSync(file, { timeout: LOCK_MS });
  try {
    db.exec(SCHEMA);
    if (db.prepare("PRAGMA quick_check(1)").get()?.quick_check === "ok") return db;
  } catch (cause) {
    db.close();
    if (!DAMAGED.has(errcodeOf(cause))) throw cause;
    return undefined;
  }
  db.close();
  return undefined;
}

function errcodeOf(cause: unknown): number {
  return Number((cause as { errcode?: unknown }).errcode) & 0xff;
}

function faultOf(file: string, cause: unknown): Fault {
  const code = errcodeOf(cause) === SQLITE_FULL ? "E_DISK_FULL" : "E_DATA_FOLDER";
  return new Fault(code, `${file}: ${(cause as Error).message}`, { cause });
}
