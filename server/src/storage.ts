/** What lies on the disk and how long there will be room: measured when someone asks, at most every few seconds. */
import { readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, Link, StorageState } from "@cellhouse/shared";
import { readNote } from "./backup/notes.ts";
import type { HistoryService, Recorder } from "./contracts.ts";

/** However many look, the disk is asked this often. */
const KEPT_MS = 5000;
const DAY_MS = 86_400_000;
/** Less of the record says nothing about a day: an empty segment takes room too. */
const LEAST_MS = 600_000;
/** Behind at no rate at all: as if one value a second came. */
const LEAST_RATE = 1;
/** A record this near to its bound grows no more: it gives up its oldest hour for a new one. */
const NEARLY = 0.95;

export interface StorageOptions {
  /** The data folder. */
  folder: string;
  /** The wall clock. */
  clock: Clock;
  /** The engine's kind, for when it does not answer itself. */
  engine: string;
  history: Pick<HistoryService, "stats">;
  recorder: Pick<Recorder, "span">;
  links(): readonly Link[];
  retention: { days: number; bytes: number };
}

/** The returned call tells what is kept now; it rejects only where the data folder itself cannot be read. */
export function createStorage(options: StorageOptions): () => Promise<StorageState> {
  const { clock } = options;
  let known: { until: number; state: Promise<StorageState> } | undefined;
  return () => {
    const now = clock.now();
    if (known === undefined || now >= known.until) known = { until: now + KEPT_MS, state: measure(options, now) };
    return known.state;
  };
}

async function measure(options: StorageOptions, now: number): Promise<StorageState> {
  const { folder } = options;
  const [history, record, ledger, exports, imports, disk, backup, check] = await Promise.all([
    historyOf(options),
    filesOf(join(folder, "record")),
    filesOf(folder, /^ledger\.sqlite/),
    filesOf(join(folder, "exports")),
    filesOf(join(folder, "imports")),
    statfs(folder),
    readNote(folder, "backup"),
    readNote(folder, "check"),
  ]);
  const recorder = recorderOf(options, record);
  const free = disk.bavail * disk.bsize;
  const perDay = growth({ history, recorder, record, now });
  return {
    time: now,
    ...history,
    recorder,
    readers: readersOf(options, recorder.rate),
    ledger: bytesOf(ledger),
    exchange: bytesOf(exports) + bytesOf(imports),
    disk: {
      free,
      size: disk.blocks * disk.bsize,
      ...(perDay !== undefined && { perDay }),
      ...(perDay !== undefined && perDay > 0 && { daysLeft: free / perDay }),
    },
    ...(backup && { backup }),
    ...(check && { check }),
  };
}

type HistoryPart = Pick<StorageState, "engine" | "resolutions" | "away">;

async function historyOf({ history, engine: named }: StorageOptions): Promise<HistoryPart> {
  try {
    const { engine, resolutions } = await history.stats();
    return {
      engine,
      resolutions: resolutions.map(({ resolution, rows, bytes, ...span }) => ({ resolution, rows, bytes, ...spanOf(span) })),
    };
  } catch (error) {
    return { engine: named, resolutions: [], away: error instanceof Error ? error.message : String(error) };
  }
}

function recorderOf({ recorder, links, retention }: StorageOptions, record: readonly KeptFile[]): StorageState["recorder"] {
  const span = recorder.span();
  const rate = links().find(({ kind }) => kind === "recorder")?.rate ?? 0;
  return {
    bytes: bytesOf(record),
    ...spanOf({ oldest: span?.from, newest: span?.to }),
    rate,
    days: retention.days,
    most: retention.bytes,
  };
}

function readersOf({ links }: StorageOptions, rate: number): StorageState["readers"] {
  const all = links();
  const readers = Object.entries(all.find(({ kind }) => kind === "recorder")?.readers ?? {});
  return readers.map(([name, toKeep]) => {
    const samples = all.find(({ id }) => id === name)?.backlog ?? toKeep;
    return { name, samples, seconds: samples / Math.max(LEAST_RATE, rate), toKeep };
  });
}

function spanOf({ oldest, newest }: { oldest: number | undefined; newest: number | undefined }): { oldest?: number; newest?: number } {
  return { ...(oldest !== undefined && { oldest }), ...(newest !== undefined && { newest }) };
}

/** Bytes a day: the record as in the last day, unless it is at its bound; the history as each value takes on average. */
function growth(part: {
  history: HistoryPart;
  recorder: StorageState["recorder"];
  record: readonly KeptFile[];
  now: number;
}): number | undefined {
  const { recorder, record, now } = part;
  const { bytes, oldest, rate, days, most } = recorder;
  const closed = record.filter(({ changed }) => changed < now - DAY_MS).map(({ changed }) => changed);
  const since = closed.length === 0 ? oldest : Math.max(...closed);
  if (oldest === undefined || since === undefined || now - since < LEAST_MS) return undefined;
  const bounded = bytes >= NEARLY * most || now - oldest >= NEARLY * days * DAY_MS;
  const recent = bytesOf(record.filter(({ changed }) => changed >= now - DAY_MS));
  const values = part.history.resolutions.find(({ resolution }) => resolution === "raw")?.rows ?? 0;
  const kept = part.history.resolutions.reduce((sum, resolution) => sum + resolution.bytes, 0);
  return (bounded ? 0 : (recent / (now - since)) * DAY_MS) + (values === 0 ? 0 : (kept / values) * rate * (DAY_MS / 1000));
}

interface KeptFile {
  bytes: number;
  /** Epoch ms. */
  changed: number;
}

function bytesOf(files: readonly KeptFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The files right inside a folder; none where it is missing. One that goes meanwhile is no longer there. */
async function filesOf(folder: string, wanted = /./): Promise<KeptFile[]> {
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(names.filter((name) => wanted.test(name)).map((name) => stat(join(folder, name)).catch(() => undefined)));
  return found.filter((one) => one?.isFile() === true).map((one) => ({ bytes: one?.size ?? 0, changed: one?.mtimeMs ?? 0 }));
}
