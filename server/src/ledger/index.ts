/** The ledger: what must be transactional (users, sessions, journal, audit, alarm states), in one SQLite file. */
import type { DatabaseSync } from "node:sqlite";
import { Fault } from "@cellhouse/shared";
import type { Ledger } from "../contracts.ts";
import { auditWriter } from "./audit.ts";
import { openDatabase } from "./database.ts";
import { journal } from "./journal.ts";
import { tokens, users } from "./users.ts";

export { LEDGER_FILE } from "./database.ts";
export { type JournalOutlet, journalOutlet } from "./outlet.ts";

/** SQLite's own number for a disk without room. */
const SQLITE_FULL = 13;

/**
 * `file`: path of the SQLite file (or `:memory:`); `now`: epoch ms. Throws E_DATA_FOLDER when the file cannot be used.
 * Whatever is to be written throws E_DISK_FULL where there is no room, and has not been written.
 */
export function createLedger(options: { file: string; now: () => number }): Ledger {
  const db = openDatabase(options.file);
  const audit = auditWriter(db);
  const batch = transactions(db, audit.reload);
  const saveAlarm = db.prepare("INSERT INTO alarms (id, state) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state");
  const alarms = db.prepare("SELECT id, state FROM alarms");
  const room = db.prepare("INSERT INTO room (id, asked) VALUES (0, 1) ON CONFLICT (id) DO UPDATE SET asked = asked + 1");
  const people = users(db);
  const given = tokens(db, people.user, options.now);
  return {
    ...people,
    ...given,
    openSession: (name, expires) => withRoom(() => given.openSession(name, expires)),
    ...journal(db),
    room: () => withRoom(() => void room.run()),
    audit: (entry) => withRoom(() => audit.append(entry)),
    batch: (work) => withRoom(() => batch(work)),
    claim: () => claim(db, options.now()),
    saveAlarms: (rows) => batch(() => rows.forEach((row) => void saveAlarm.run(row.id, row.state))),
    loadAlarms: () => alarms.all().map((row) => ({ id: String(row.id), state: String(row.state) })),
    close: () => db.close(),
  };
}

/** Seconds of the epoch, so that a ledger begun anew still counts on; one more than the last where the clock was set back. */
function claim(db: DatabaseSync, now: number): number {
  const last = Number(db.prepare("SELECT max(token) AS last FROM claims").get()?.last ?? 0);
  const token = Math.max(last + 1, Math.floor(now / 1000));
  db.prepare("INSERT INTO claims (token) VALUES (?)").run(token);
  return token;
}

/** Runs work in one transaction; nested calls join the outer one. */
function transactions(db: DatabaseSync, rolledBack: () => void): (work: () => void) => void {
  return (work) => {
    if (db.isTransaction) return work();
    db.exec("BEGIN IMMEDIATE");
    try {
      work();
      db.exec("COMMIT");
    } catch (error) {
      if (db.isTransaction) db.exec("ROLLBACK");
      rolledBack();
      throw error;
    }
  };
}

function withRoom<T>(write: () => T): T {
  try {
    return write();
  } catch (cause) {
    if (cause instanceof Error && "errcode" in cause && cause.errcode === SQLITE_FULL)
      throw new Fault("E_DISK_FULL", "the ledger", { cause });
    throw cause;
  }
}
