/** The audit's hash chain: each record's hash covers the one before, so that an edit, a removal or an insertion shows. */
import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { Ledger } from "../contracts.ts";

export type AuditEntry = Parameters<Ledger["audit"]>[0];

const GENESIS = "0".repeat(64);

/** One text per entry: keys in order at every depth, what is undefined left out. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : part,
  );
}

/** sha256, hex, over the previous record's hash and this record's canonical text. */
function chainHash(previous: string, entry: string): string {
  return createHash("sha256").update(previous).update("\n").update(entry).digest("hex");
}

/** Returns the call that appends; the head of the chain is read once and then kept. */
export function auditWriter(db: DatabaseSync): { append(entry: AuditEntry): void; reload(): void } {
  const last = db.prepare("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1");
  const insert = db.prepare("INSERT INTO audit (seq, entry, hash) VALUES (?, ?, ?)");
  let seq = 0;
  let head = GENESIS;
  const reload = (): void => {
    const row = last.get();
    seq = row === undefined ? 0 : Number(row.seq);
    head = row === undefined ? GENESIS : String(row.hash);
  };
  reload();
  return {
    append(entry) {
      const text = canonical({ ...entry, seq: seq + 1 });
      const hash = chainHash(head, text);
      insert.run(seq + 1, text, hash);
      seq += 1;
      head = hash;
    },
    /** After a transaction that was rolled back. */
    reload,
  };
}

export type AuditCheck = { ok: true; records: number; head: string } | { ok: false; record: number; reason: string };

/** Walks the whole chain and names the first record that does not hold. A file too damaged to read counts as a broken record. */
export function verifyAudit(db: DatabaseSync): AuditCheck {
  let seq = 0;
  let head = GENESIS;
  try {
    for (const row of db.prepare("SELECT seq, entry, hash FROM audit ORDER BY seq").iterate()) {
      const reason = wrong(row, seq + 1, head);
      if (reason !== undefined) return { ok: false, record: seq + 1, reason };
      seq += 1;
      head = String(row.hash);
    }
    const newest = db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'audit'").get();
    if (newest !== undefined && Number(newest.seq) !== seq)
      return { ok: false, record: seq + 1, reason: `the chain ends here, but ${newest.seq} records were written` };
  } catch (error) {
    return { ok: false, record: seq + 1, reason: `cannot be read: ${(error as Error).message}` };
  }
  return { ok: true, records: seq, head };
}

function wrong(row: Record<string, unknown>, seq: number, head: string): string | undefined {
  if (row.seq !== seq) return `missing; the next one found is ${row.seq}`;
  if (chainHash(head, String(row.entry)) !== row.hash) return "its hash does not follow from its text and the record before";
  if ((JSON.parse(String(row.entry)) as { seq?: unknown }).seq !== seq) return "it carries another record's number";
  return undefined;
}
