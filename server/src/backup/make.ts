/**
 * A backup of a data folder, beside a running server or without one.
 *
 *   history (catalog, then the files it names) ─▶ ledger ─▶ record ─▶ keys ─▶ manifest
 *
 * The order is what makes it one (ADR 0019): the record is copied last, so whatever the history had not yet taken over is in it, and a
 * server that starts on the copy reads on from there. Nothing is missing and nothing comes twice.
 */
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Fault } from "@cellhouse/shared";
import { LEDGER_FILE } from "../ledger/index.ts";
import { Copier, fillFolder } from "./copy.ts";
import { dataOf, type Manifest, writeManifest } from "./manifest.ts";

const CATALOG = "history/catalog.db";
/** Files go while they are copied when the engine puts them together; the catalog then names others. */
const MOST_TRIES = 20;
/** What programs prove themselves with. `first-passwords` stays behind: it is to be read once and deleted. */
const SECRETS = ["field-accounts.json", "field-password"] as const;

/** History as versions before the closed files kept it. This one does not write to it. */
const EARLIER = ["historian.duckdb", "historian.duckdb.wal"] as const;

const ELSEWHERE =
  "There is no embedded history in this folder. History in InfluxDB is not part of this backup: take it with InfluxDB's own means (influxd backup -portable for 1.8, influx backup for 2.x) and restore it beside. What the record still holds is written to it anew.";
const KEYS = "Holds private keys and passwords of the field: keep it as you keep those.";

export interface BackupOptions {
  /** The data folder. */
  data: string;
  /** A folder that is empty or not there yet. */
  to: string;
  /** Epoch ms. */
  now: number;
  /** Version of this program. */
  program: string;
}

/** Resolves when all is on the disk. Throws E_OPTION, E_DATA_FOLDER, E_DISK_FULL naming the file. */
export async function makeBackup(options: BackupOptions): Promise<Manifest> {
  const { data, to } = options;
  if (!existsSync(join(data, LEDGER_FILE))) throw new Fault("E_OPTION", `--data ${data}: is no data folder of a server`);
  const way = relative(resolve(data), resolve(to));
  if (way.split(sep)[0] !== ".." && !isAbsolute(way)) throw new Fault("E_OPTION", `--to ${to}: lies in the data folder itself`);
  let manifest: Manifest | undefined;
  await fillFolder("--to", to, async () => {
    manifest = await copyAll(options);
    await writeManifest(to, manifest);
  });
  return manifest as Manifest;
}

async function copyAll({ data, to, now, program }: BackupOptions): Promise<Manifest> {
  const copier = new Copier(data, dataOf(to));
  const notes: string[] = [];
  const history = await copyHistory(copier, data, notes);
  for (const path of EARLIER.filter((name) => existsSync(join(data, name)))) await copier.file(path);
  await copier.database(LEDGER_FILE, { secret: true });
  const record = await copyRecord(copier, data, notes);
  if (await copyKeys(copier, data)) notes.push(KEYS);
  const { plant, ...ledger } = ledgerOf(copier.copyOf(LEDGER_FILE));
  return { format: 1, program, time: now, plant, counts: { ...record, ...ledger, ...history }, notes, files: copier.entries };
}

/** Closed files never change, but are put together and removed; then the catalog is asked again. What was copied already stays. */
async function copyHistory(copier: Copier, data: string, notes: string[]): Promise<{ historyFiles: number; historyRows: number }> {
  if (!existsSync(join(data, CATALOG))) {
    notes.push(ELSEWHERE);
    return { historyFiles: 0, historyRows: 0 };
  }
  for (let tries = 1; ; tries++) {
    await rm(copier.copyOf(CATALOG), { force: true });
    await copier.database(CATALOG);
    const files = filesOf(copier.copyOf(CATALOG));
    const named = new Set(files.map(({ path }) => path));
    for (const { path } of copier.entries)
      if (path !== CATALOG && !named.has(path)) {
        copier.forget(path);
        await rm(copier.copyOf(path), { force: true });
      }
    if (await copyFiles(copier, files, notes)) return { historyFiles: files.length, historyRows: rowsOf(files) };
    if (tries === MOST_TRIES) throw new Fault("E_DATA_FOLDER", `${CATALOG}: names files that are not there; see what check says`);
  }
}

interface HistoryFile {
  path: string;
  rows: number;
  crc: number;
}

/** False where one has gone. */
async function copyFiles(copier: Copier, files: readonly HistoryFile[], notes: string[]): Promise<boolean> {
  for (const { path, crc } of files) {
    if (copier.has(path)) continue;
    try {
      const sums = await copier.file(path);
      if (sums.crc !== crc) notes.push(`${path}: is damaged in the data folder already and was copied as it is.`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
      throw error;
    }
  }
  return true;
}

/** Samples, not the rows of the rollups made of them. */
function rowsOf(files: readonly HistoryFile[]): number {
  return files.filter(({ path }) => path.startsWith("history/raw/")).reduce((sum, { rows }) => sum + rows, 0);
}

/** The files a catalog names. */
export function filesOf(catalog: string): HistoryFile[] {
  const db = new DatabaseSync(catalog, { readOnly: true });
  try {
    return db
      .prepare("SELECT name, rows, crc FROM file ORDER BY seq")
      .all()
      .map(({ name, rows, crc }) => ({ path: `history/${String(name)}`, rows: Number(rows), crc: Number(crc) }));
  } finally {
    db.close();
  }
}

/** In order, so that the one being written comes last. One that goes meanwhile was given up for its age. */
async function copyRecord(copier: Copier, data: string, notes: string[]): Promise<{ segments: number; samples: number }> {
  const names = await segmentsOf(data);
  let segments = 0;
  let samples = 0;
  for (const name of names) {
    const path = `record/${name}`;
    const live = name === names.at(-1) || existsSync(join(data, `${path}-wal`));
    try {
      await (live ? databaseOrFile(copier, path, notes) : copier.file(path));
    } catch (error) {
      if (!existsSync(join(data, path))) continue;
      throw error;
    }
    segments++;
    samples += samplesOf(copier.copyOf(path));
  }
  return { segments, samples };
}

/** What SQLite cannot open is copied as it is: one damaged segment must not keep the others from being saved. */
async function databaseOrFile(copier: Copier, path: string, notes: string[]): Promise<void> {
  try {
    await copier.database(path);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== "E_DATA_FOLDER") throw error;
    await copier.file(path);
    notes.push(`${error.detail}; it was copied as it is.`);
  }
}

/** Names of the record's files, oldest first. */
async function segmentsOf(data: string): Promise<string[]> {
  const names = await readdir(join(data, "record")).catch(() => []);
  return names.filter((name) => /^\d{12}\.db$/.test(name)).sort();
}

/** 0 for one too damaged to be asked; it was copied as it is. */
function samplesOf(segment: string): number {
  try {
    const db = new DatabaseSync(segment, { readOnly: true });
    try {
      return Number(db.prepare("SELECT before + samples AS n FROM chunk ORDER BY first DESC LIMIT 1").get()?.n ?? 0);
    } finally {
      db.close();
    }
  } catch {
    return 0;
  }
}

/** Certificates with their keys, and the passwords of the field; true where there were any. */
async function copyKeys(copier: Copier, data: string): Promise<boolean> {
  const pki = await readdir(join(data, "pki"), { recursive: true, withFileTypes: true }).catch(() => []);
  const files = pki.filter((one) => one.isFile()).map((one) => join(relative(data, one.parentPath), one.name).replaceAll("\\", "/"));
  const secrets = [...files, ...SECRETS.filter((name) => existsSync(join(data, name)))];
  for (const path of secrets) await copier.file(path, { secret: true });
  return secrets.length > 0;
}

function ledgerOf(file: string): { plant: string; journal: number; audit: number } {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const count = (table: string): number => Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n ?? 0);
    const revision = db
      .prepare(
        "SELECT json_extract(fields, '$.name') AS name FROM journal WHERE kind = 'config' AND json_extract(fields, '$.what') = 'plant' ORDER BY seq DESC LIMIT 1",
      )
      .get();
    return { plant: String(revision?.name ?? ""), journal: count("journal"), audit: count("audit") };
  } finally {
    db.close();
  }
}
