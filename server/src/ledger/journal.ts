/** The journal: what happened, in the order we learnt it; only ever appended, read in pages by `seq`. */
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { JournalEvent } from "@cellhouse/shared";
import type { Ledger } from "../contracts.ts";

type Filter = Parameters<Ledger["events"]>[0];

export function journal(db: DatabaseSync): Pick<Ledger, "journal" | "events"> {
  const insert = db.prepare("INSERT INTO journal (time, kind, cell, fields) VALUES (?, ?, ?, ?)");
  return {
    journal(event) {
      const { time, kind, ...fields } = event;
      const cell = typeof fields.cell === "string" ? fields.cell : null;
      return Number(insert.run(Number(time), String(kind), cell, JSON.stringify(fields)).lastInsertRowid);
    },
    events(filter) {
      const { where, values } = conditions(filter);
      return db
        .prepare(`SELECT seq, time, kind, fields FROM journal ${where} ORDER BY seq ${filter.order === "desc" ? "DESC" : "ASC"} LIMIT ?`)
        .all(...values, filter.limit)
        .map(event);
    },
  };
}

/** Only the conditions asked for, so that SQLite can use the index that fits. */
function conditions(filter: Filter): { where: string; values: SQLInputValue[] } {
  const parts: string[] = [];
  const values: SQLInputValue[] = [];
  const add = (part: string, value: SQLInputValue | undefined): void => {
    if (value === undefined) return;
    parts.push(part);
    values.push(value);
  };
  add("seq > ?", filter.after);
  add("seq < ?", filter.before);
  add("time >= ?", filter.from);
  add("time < ?", filter.to);
  add("kind = ?", filter.kind);
  add("cell = ?", filter.cell);
  return { where: parts.length === 0 ? "" : `WHERE ${parts.join(" AND ")}`, values };
}

function event(row: Record<string, unknown>): JournalEvent {
  const fields = JSON.parse(String(row.fields)) as Record<string, unknown>;
  return { ...fields, seq: Number(row.seq), time: Number(row.time), kind: row.kind as JournalEvent["kind"] };
}
