/** What the engine has on disk: a small SQLite database that names the tags, the closed files and the position they cover. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Fault } from "@cellhouse/shared";
import type { Resolution } from "../../contracts.ts";
import type { Closed } from "./parquet.ts";

/** One closed Parquet file; its rows are in order of tag and time. */
export interface StoredFile extends Closed {
  /** In order of making: of two files that hold the same time of a tag, the higher one is right. */
  seq: number;
  /** Below the engine's folder. */
  name: string;
  resolution: Resolution;
  /** 0: as samples arrived; then the windows of `windows.ts`, from 1. */
  level: number;
  /** Start of the window it lies in, epoch ms. */
  window: number;
  /** When it was made, epoch ms. */
  made: number;
  /** 1: may hold a time of a tag that another file of its window holds too. */
  repeats: number;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS tag(id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE);
  CREATE TABLE IF NOT EXISTS file(
    seq INTEGER PRIMARY KEY, name TEXT NOT NULL, resolution TEXT NOT NULL, level INTEGER NOT NULL, window INTEGER NOT NULL,
    "from" INTEGER NOT NULL, "to" INTEGER NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL,
    rows INTEGER NOT NULL, bytes INTEGER NOT NULL, crc INTEGER NOT NULL, made INTEGER NOT NULL, repeats INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS expired(resolution TEXT PRIMARY KEY, "to" INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS mark(position INTEGER NOT NULL, seq INTEGER NOT NULL);
  INSERT INTO mark SELECT 0, 0 WHERE NOT EXISTS (SELECT * FROM mark);`;

/** What one step of the engine changes, all at once or not at all. */
export interface Change {
  add?: readonly StoredFile[];
  remove?: readonly StoredFile[];
  position?: number;
  /** What is older than this is given up. */
  expired?: { resolution: Resolution; to: number };
}

export class Catalog {
  readonly #db: DatabaseSync;
  readonly #lock: DatabaseSync;
  #files: StoredFile[];
  #by = new Map<Resolution, StoredFile[]>();
  #seq: number;
  #position: number;

  /** Throws E_DATA_FOLDER when another server holds the folder, or it cannot be written. */
  constructor(folder: string) {
    try {
      mkdirSync(folder, { recursive: true });
      this.#lock = holdLock(join(folder, "lock.db"));
      this.#db = new DatabaseSync(join(folder, "catalog.db"));
      this.#db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000; ${SCHEMA}`);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new Fault("E_DATA_FOLDER", `historian folder ${folder}: ${/lock/i.test(message) ? "another server uses it" : message}`, {
        cause,
      });
    }
    this.#files = this.#db.prepare("SELECT * FROM file ORDER BY seq").all() as unknown as StoredFile[];
    const mark = this.#db.prepare("SELECT position, seq FROM mark").get() as { position: number; seq: number };
    this.#position = mark.position;
    this.#by = Map.groupBy(this.#files, (file) => file.resolution);
    this.#seq = Math.max(mark.seq, this.#files.at(-1)?.seq ?? 0);
  }

  /** In order of `seq`. */
  get files(): readonly StoredFile[] {
    return this.#files;
  }

  of(resolution: Resolution): readonly StoredFile[] {
    return this.#by.get(resolution) ?? [];
  }

  get position(): number {
    return this.#position;
  }

  /** The number of a file about to be made: higher than any before. */
  next(): number {
    return ++this.#seq;
  }

  /** The engine's id of each path, making those it does not know. */
  tagIds(paths: readonly string[]): Uint32Array {
    const known = new Map(
      this.#db
        .prepare("SELECT path, id FROM tag")
        .all()
        .map(({ path, id }) => [String(path), Number(id)]),
    );
    const insert = this.#db.prepare("INSERT INTO tag(id, path) VALUES (?, ?)");
    let next = known.size;
    this.#together(() => {
      for (const path of paths) {
        if (known.has(path)) continue;
        insert.run(next, path);
        known.set(path, next++);
      }
    });
    return Uint32Array.from(paths, (path) => known.get(path) as number);
  }

  /** One more than the highest id. */
  get tags(): number {
    return Number(this.#db.prepare("SELECT coalesce(max(id) + 1, 0) AS n FROM tag").get()?.n ?? 0);
  }

  /** Since when a resolution is whole. */
  expired(resolution: Resolution): number {
    const row = this.#db.prepare('SELECT "to" FROM expired WHERE resolution = ?').get(resolution);
    return row === undefined ? Number.NEGATIVE_INFINITY : Number(row.to);
  }

  /** On the disk when it returns. */
  change({ add = [], remove = [], position = this.#position, expired }: Change): void {
    const columns = 'seq, name, resolution, level, window, "from", "to", low, high, rows, bytes, crc, made, repeats';
    const insert = this.#db.prepare(`INSERT INTO file(${columns}) VALUES (${columns.replace(/"?(\w+)"?/g, ":$1")})`);
    const drop = this.#db.prepare("DELETE FROM file WHERE seq = ?");
    this.#together(() => {
      for (const file of remove) drop.run(file.seq);
      for (const file of add) insert.run({ ...file });
      this.#db.prepare("UPDATE mark SET position = ?, seq = ?").run(position, this.#seq);
      if (expired !== undefined)
        this.#db
          .prepare('INSERT INTO expired VALUES (?, ?) ON CONFLICT DO UPDATE SET "to" = excluded."to"')
          .run(expired.resolution, expired.to);
    });
    const gone = new Set(remove.map((file) => file.seq));
    this.#files = [...this.#files.filter((file) => !gone.has(file.seq)), ...add].sort((a, b) => a.seq - b.seq);
    this.#by = Map.groupBy(this.#files, (file) => file.resolution);
    this.#position = position;
  }

  close(): void {
    this.#db.close();
    this.#lock.close();
  }

  #together(work: () => void): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#db.exec("COMMIT");
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }
}

/** Held by the operating system as long as the process lives, however it ends. */
function holdLock(file: string): DatabaseSync {
  const db = new DatabaseSync(file);
  try {
    db.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
