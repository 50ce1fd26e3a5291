/** Whether everything in a data folder is still as it was written: record, history, ledger. Reads only; the server may be running. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Fault, type Finding } from "@cellhouse/shared";
import { DuckDBInstance } from "@duckdb/node-api";
import { LEDGER_FILE } from "../ledger/index.ts";
import { checkFolder as checkAudit } from "../ledger/verify.ts";
import { decodeChunk } from "../recorder/chunk.ts";
import { Segment } from "../recorder/segments/segment.ts";
import { filesOf, segmentsOf } from "./make.ts";
import { sumsOf } from "./manifest.ts";

const CATALOG = "history/catalog.db";

const RESTORE = "Restore it from a backup";
const EXAMINE = "Keep the file for whoever examines it and restore the ledger from a backup";

export interface Check {
  /** How many were looked at. */
  files: number;
  findings: Finding[];
}

/** Throws E_OPTION where there is nothing to check. */
export async function checkData(data: string): Promise<Check> {
  if (!existsSync(join(data, LEDGER_FILE))) throw new Fault("E_OPTION", `--data ${data}: is no data folder of a server`);
  const parts = [checkLedger(data), await checkHistory(data), await checkRecord(data)];
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
  for (const file of files) {
    const reason = await wrongFile(data, file);
    // One that the engine has put together with others since the catalog was read is rightly gone.
    if (reason !== undefined && filesOf(catalog).some(({ path }) => path === file.path))
      findings.push({ file: file.path, reason, remedy: RESTORE });
  }
  return { files: 1 + files.length, findings };
}

async function wrongFile(data: string, { path, rows, crc }: ReturnType<typeof filesOf>[number]): Promise<string | undefined> {
  try {
    const sums = await sumsOf(join(data, path));
    if (sums.crc !== crc) return "its checksum is not that of the catalog";
    const held = await rowsOf(join(data, path));
    return held === rows ? undefined : `has ${held} rows, the catalog says ${rows}`;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "ENOENT" ? "is missing" : ((cause as Error).message.split("\n")[0] as string);
  }
}

/** As the engine reads it: every value of every row. */
async function rowsOf(file: string): Promise<number> {
  const instance = await DuckDBInstance.create(":memory:", { memory_limit: "256MB", threads: "1" });
  const connection = await instance.connect();
  try {
    const path = file.replaceAll("'", "''");
    const reply = await connection.runAndReadAll(`SELECT count(*)::DOUBLE AS n, bit_xor(hash(row)) FROM read_parquet('${path}') AS row`);
    return Number(reply.getRows()[0]?.[0]);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function checkRecord(data: string): Promise<Check> {
  const names = await segmentsOf(data);
  const findings: Finding[] = [];
  for (const name of names) {
    const file = `record/${name}`;
    const reason = wrongSegment(join(data, file), Number(name.slice(0, 12)));
    // One that has grown too old meanwhile is rightly gone.
    if (reason !== undefined && existsSync(join(data, file))) findings.push({ file, reason, remedy: RESTORE });
  }
  return { files: names.length, findings };
}

function wrongSegment(file: string, number: number): string | undefined {
  try {
    const segment = Segment.open(number, file, "read");
    try {
      return wrongChunks(segment);
    } finally {
      segment.close();
    }
  } catch (cause) {
    return (cause as Error).message;
  }
}

function wrongChunks(segment: Segment): string | undefined {
  let good = 0;
  let wrong = 0;
  const bad = (): void => void wrong++;
  for (const { data } of segment.chunks(0, bad))
    try {
      decodeChunk(data);
      good++;
    } catch {
      bad();
    }
  return wrong === 0 ? undefined : `${wrong} of ${good + wrong} chunks are damaged and are left out when it is read`;
}
