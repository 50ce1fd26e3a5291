import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { canonical, verifyAudit } from "./audit.ts";
import { createLedger, LEDGER_FILE } from "./index.ts";
import { checkFolder } from "./verify.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cellhouse-audit-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (): string => join(folder, LEDGER_FILE);

function write(count: number, from = 0): void {
  const ledger = createLedger({ file: file(), now: () => 0 });
  for (let i = from; i < from + count; i++)
    ledger.audit({
      time: i,
      actor: "operator",
      action: "command",
      target: `tag-${i}`,
      before: 9,
      after: { value: i },
      outcome: "accepted",
    });
  ledger.close();
}

/** Edits past the triggers, as someone with the file in hand would. */
function tamper(sql: string): void {
  const db = new DatabaseSync(file());
  db.exec(`DROP TRIGGER audit_keep; DROP TRIGGER audit_hold; ${sql}`);
  db.close();
}

test("an untouched audit verifies, across restarts", () => {
  write(3);
  write(2, 3);
  expect(checkFolder(folder)).toMatchObject({ ok: true, records: 5 });
});

test.each([
  ["an edited text", "UPDATE audit SET entry = replace(entry, 'tag-2', 'tag-9') WHERE seq = 3", 3],
  ["an edited hash", "UPDATE audit SET hash = 'f' || substr(hash, 2) || 'x' WHERE seq = 4", 4],
  ["a removed record", "DELETE FROM audit WHERE seq = 2", 2],
  ["a removed end", "DELETE FROM audit WHERE seq = 6", 6],
  [
    "two records that changed places",
    "UPDATE audit SET seq = 100 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 100",
    2,
  ],
])("names the first broken record of %s", (_what, sql, record) => {
  write(6);
  tamper(sql);
  expect(checkFolder(folder)).toMatchObject({ ok: false, record });
});

test("any one byte changed within a record's text or hash is found, at that record", () => {
  write(40);
  const bytes = readFileSync(file());
  const texts = Array.from({ length: 40 }, (_, i) =>
    canonical({
      seq: i + 1,
      time: i,
      actor: "operator",
      action: "command",
      target: `tag-${i}`,
      before: 9,
      after: { value: i },
      outcome: "accepted",
    }),
  );
  fc.assert(
    fc.property(fc.nat(39), fc.nat(), fc.integer({ min: 1, max: 255 }), (i, at, flip) => {
      const changed = Buffer.from(bytes);
      const text = texts[i] as string;
      const within = at % (text.length + 64);
      // A page that was split leaves an old copy in its free space: change every copy.
      for (let start = bytes.indexOf(text); start >= 0; start = bytes.indexOf(text, start + 1))
        changed.writeUInt8(changed.readUInt8(start + within) ^ flip, start + within);
      writeFileSync(file(), changed);
      expect(checkFolder(folder)).toMatchObject({ ok: false, record: i + 1 });
    }),
    { numRuns: 300 },
  );
});

test("the append-only tables refuse changes", () => {
  write(1);
  const db = new DatabaseSync(file());
  for (const sql of ["UPDATE audit SET entry = ''", "DELETE FROM audit", "UPDATE journal SET kind = ''"]) {
    db.exec("INSERT INTO journal (time, kind, fields) VALUES (1, 'system', '{}')");
    expect(() => db.exec(sql)).toThrow("append-only");
  }
  db.close();
});

test("a transaction that fails takes its audit records back, and the chain goes on whole", () => {
  const ledger = createLedger({ file: file(), now: () => 0 });
  const entry = { time: 1, actor: "a", action: "b", target: "c", outcome: "ok" };
  ledger.audit(entry);
  const failing = (): void =>
    ledger.batch(() => {
      ledger.audit(entry);
      throw new Error("no");
    });
  expect(failing).toThrow("no");
  ledger.audit(entry);
  ledger.close();
  expect(checkFolder(folder)).toMatchObject({ ok: true, records: 2 });
});

test("entries have one text whatever the order of their keys", () => {
  expect(canonical({ b: 1, a: { d: [1, { z: 1, y: 2 }], c: undefined } })).toBe('{"a":{"d":[1,{"y":2,"z":1}]},"b":1}');
});

test("the command line names the broken record and ends with a code that says so", () => {
  write(3);
  const run = (): string =>
    execFileSync(process.execPath, [join(import.meta.dirname, "verify.ts"), "--data", folder], { encoding: "utf8", stdio: "pipe" });
  expect(run()).toContain("intact: 3 records");
  tamper("UPDATE audit SET entry = '{}' WHERE seq = 2");
  expect(run).toThrow(/broken at record 2/);
  rmSync(file());
  expect(run).toThrow(/Name|name the server's data folder/);
});

test("an audit of nothing is whole", () => {
  const ledger = createLedger({ file: file(), now: () => 0 });
  ledger.close();
  const db = new DatabaseSync(file());
  expect(verifyAudit(db)).toMatchObject({ ok: true, records: 0 });
  db.close();
});
