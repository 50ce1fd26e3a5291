/** `npm run verify-audit -- --data DIR`: proves the audit's hash chain, or names the first broken record. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { type AuditCheck, verifyAudit } from "./audit.ts";
import { LEDGER_FILE } from "./database.ts";

const HELP = `Checks the hash chain of the audit.

  npm run verify-audit -- [--data DIR]

  --data DIR   the server's data folder (./data)
  --help       this text

Exit code 0: intact; 1: broken, with the first broken record named; 2: nothing could be checked.`;

/** Checks the audit in a data folder without changing it; the server may be running. */
export function checkFolder(folder: string): AuditCheck | undefined {
  const file = join(folder, LEDGER_FILE);
  if (!existsSync(file)) return undefined;
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { readOnly: true });
    return verifyAudit(db);
  } catch (error) {
    return { ok: false, record: 1, reason: `the file cannot be opened: ${(error as Error).message}` };
  } finally {
    db?.close();
  }
}

function main(): number {
  const { values } = parseArgs({ options: { data: { type: "string", default: "./data" }, help: { type: "boolean" } } });
  if (values.help === true) {
    console.log(HELP);
    return 0;
  }
  const check = checkFolder(values.data);
  if (check === undefined) {
    console.error(`No ${LEDGER_FILE} in ${values.data}: name the server's data folder with --data`);
    return 2;
  }
  if (check.ok) console.log(`Audit intact: ${check.records} records, head ${check.head}`);
  else console.error(`Audit broken at record ${check.record}: ${check.reason}`);
  return check.ok ? 0 : 1;
}

if (import.meta.main) {
  try {
    process.exitCode = main();
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    process.exitCode = 2;
  }
}
