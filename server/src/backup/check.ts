/** Whether everything in a data folder is still as it was written: record, history, ledger. Reads only; the server may be running. */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Fault, type Finding } from "@cellhouse/shared";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { LEDGER_FILE } from "../ledger/index.ts";
import { checkFolder as checkAudit } from "../ledger/verify.ts";
import { describeDamage } from "../recorder/segments/damage.ts";
import { surveyRecord } from "../recorder/survey.ts";
import { filesOf } from "./make.ts";
import { sumsOf } from "./manifest.ts";

const CATALOG = "history/catalog.db";

const RESTORE = "Restore it from a backup";
const LEFT_OUT = "Reading leaves out what is damaged; a backup may have it whole";
const EXAMINE = "Keep the file for whoever examines it and restore the ledger from a backup";

export interface Check {
  /** How many were looked at. */
  files: number;
  findings: Finding[];
}

/** Throws E_OPTION where there is nothing to check. */
export async function checkData(data: string): Promise<Check> {
  if (!existsSync(join(data, LEDGER_FILE))) throw new Fault("E_OPTION", `--data ${data}: is no data folder of a server`);
  const parts = [checkLedger(data), await checkHistory(data), checkRecord(data)];
  return { files: parts.reduce((sum, part) => sum + part.files, 0), findings: parts.flatMap((part) => part.findings) };
}

function checkLedger(data: string): Check {
  const findings = pragma(join(data, LEDGER_FILE)).map((reason) => ({ file: LEDGER_FILE, reason, remedy: EXAMINE }));
  const audit = findings.length === 0 ? checkAudit(data) : undefined;
  if (audit?.ok === false) findings.push({ file: LEDGER_FILE, reason: `audit record ${audit.record}: ${audit.reason}`, remedy: EXAMINE });
  return { files: 1, findings };
}

/** What SQLite itself finds wrong with a file. */
function pragma(file: string): string[] {
  try {
    const db = new DatabaseSync(file, { readOnly: true });
    try {
      const rows = db.prepare("PRAGMA integrity_check(10)").all();
      return rows.map(({ integrity_check: line }) => String(line)).filter((line) => line !== "ok");
    } finally {
      db.close();
    }
  } catch (cause) {
    return [`cannot be opened: ${(cause as Error).message}`];
  }
}

async function checkHistory(data: string): Promise<Check> {
  const catalog = join(data, CATALOG);
  if (!existsSync(catalog)) return { files: 0, findings: [] };
  const wrong = pragma(catalog);
  if (wrong.length > 0) return { files: 1, findings: wrong.map((reason) => ({ file: CATALOG, reason, remedy: RESTORE })) };
  const findings: Finding[] = [];
  const files = filesOf(catalog);
  const instance = await DuckDBInstance.create(":memory:", { memory_limit: "256MB", threads: "1" });
  const duckdb = await instance.connect();
  for (const file of files) {
    const reason = await wrongFile(duckdb, data, file);
    // One that the engine has put together with others since the catalog was read is rightly gone.
    if (reason !== undefined && filesOf(catalog).some(({ path }) => path === file.path))
      findings.push({ file: file.path, reason, remedy: RESTORE });
  }
  duckdb.closeSync();
  instance.closeSync();
  return { files: 1 + files.length, findings };
}

async function wrongFile(
  duckdb: DuckDBConnection,
  data: string,
  { path, rows, crc }: ReturnType<typeof filesOf>[number],
): Promise<string | undefined> {
  try {
    const sums = await sumsOf(join(data, path));
    if (sums.crc !== crc) return "its checksum is not that of the catalog";
    const held = await rowsOf(duckdb, join(data, path));
    return held === rows ? undefined : `has ${held} rows, the catalog says ${rows}`;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "ENOENT" ? "is missing" : ((cause as Error).message.split("\n")[0] as string);
  }
}

/** As the engine reads it: every value of every row. */
async function rowsOf(duckdb: DuckDBConnection, file: string): Promise<number> {
  const sql = `SELECT count(*)::DOUBLE AS n, bit_xor(hash(row)) FROM read_parquet('${file.replaceAll("'", "''")}') AS row`;
  return Number((await duckdb.runAndReadAll(sql)).getRows()[0]?.[0]);
}

/** One line a segment, whatever is wrong with it: `npm run record -- verify` names each place. */
function checkRecord(data: string): Check {
  const folder = join(data, "record");
  const findings: Finding[] = [];
  let files = 0;
  if (existsSync(folder))
    for (const { file, damages } of surveyRecord(folder, { whole: true })) {
      files++;
      const [first, ...others] = damages;
      if (first === undefined) continue;
      const more = others.length === 0 ? "" : ` (and ${others.length} places more)`;
      findings.push({ file: `record/${basename(file)}`, reason: `${describeDamage(first)}${more}`, remedy: LEFT_OUT });
    }
  return { files, findings };
}
