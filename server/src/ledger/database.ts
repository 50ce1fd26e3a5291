/** The ledger's SQLite file: its schema, and what makes a committed row survive a power cut. */
import { closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { Fault } from "@cellhouse/shared";

/** The file's name inside the data folder. */
export const LEDGER_FILE = "ledger.sqlite";

/** The triggers make the append-only tables refuse changes even from our own mistakes; who edits the file is found by the chain. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, hash TEXT NOT NULL, role TEXT NOT NULL, areas TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS sessions (hash TEXT PRIMARY KEY, name TEXT NOT NULL, expires REAL NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS links (hash TEXT PRIMARY KEY, name TEXT NOT NULL, expires REAL NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, kind TEXT NOT NULL, cell TEXT, fields TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS journal_time ON journal (time);
  CREATE INDEX IF NOT EXISTS journal_kind ON journal (kind, seq);
  CREATE INDEX IF NOT EXISTS journal_cell ON journal (cell, seq);
  CREATE TABLE IF NOT EXISTS audit (seq INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS alarms (id TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS claims (token INTEGER PRIMARY KEY) STRICT;
  CREATE TABLE IF NOT EXISTS room (id INTEGER PRIMARY KEY CHECK (id = 0), asked INTEGER NOT NULL) STRICT;
  CREATE TRIGGER IF NOT EXISTS journal_keep BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
  CREATE TRIGGER IF NOT EXISTS journal_hold BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
  CREATE TRIGGER IF NOT EXISTS audit_keep BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
  CREATE TRIGGER IF NOT EXISTS audit_hold BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
`;

/** Opens or makes the file, readable by its owner only. Throws E_DATA_FOLDER naming the file and the cause. */
export function openDatabase(file: string): DatabaseSync {
  try {
    if (file !== ":memory:") closeSync(openSync(file, "a", 0o600));
    const db = new DatabaseSync(file);
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000;");
    db.exec(SCHEMA);
    return db;
  } catch (cause) {
    throw new Fault("E_DATA_FOLDER", `${file}: ${(cause as Error).message}`, { cause });
  }
}
