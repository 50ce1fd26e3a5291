/** Copies that are whole although the server goes on writing. */
import { chmod, constants, copyFile, mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { Fault } from "@cellhouse/shared";
import { type ManifestEntry, type Sums, sumsOf } from "./manifest.ts";

/** Pages copied in one step: with fewer than all, each commit of the server would begin it anew. */
const ALL_PAGES = 0x7fffffff;

/** Fills a folder that must be empty or not there yet; it is so again where `fill` fails. Throws E_OPTION naming the option. */
export async function fillFolder(option: string, folder: string, fill: () => Promise<void>): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if ((await readdir(folder)).length > 0) throw new Error("is not empty; name a new folder");
  } catch (cause) {
    throw new Fault("E_OPTION", `${option} ${folder}: ${(cause as Error).message}`, { cause });
  }
  try {
    await fill();
  } catch (error) {
    for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
    throw isFull(error) ? new Fault("E_DISK_FULL", `${option} ${folder}`, { cause: error }) : error;
  }
}

/** From one data folder to another; keeps the list of what has been copied. */
export class Copier {
  readonly #from: string;
  readonly #to: string;
  readonly #entries = new Map<string, ManifestEntry>();

  constructor(from: string, to: string) {
    this.#from = from;
    this.#to = to;
  }

  get entries(): ManifestEntry[] {
    return [...this.#entries.values()];
  }

  has(path: string): boolean {
    return this.#entries.has(path);
  }

  /** Where the copy of a file stands. */
  copyOf(path: string): string {
    return join(this.#to, path);
  }

  /** No longer part of the copy. */
  forget(path: string): void {
    this.#entries.delete(path);
  }

  /** A file nobody writes to. Where the file system can, both share their blocks until one changes. Rejects with ENOENT where it is gone. */
  async file(path: string, { secret = false } = {}): Promise<Sums> {
    return this.#copy(path, secret, (from, to) => copyFile(from, to, constants.COPYFILE_FICLONE));
  }

  /** An SQLite database as it stands at one moment, whoever is writing to it: one plain file, its write-ahead log folded in. */
  async database(path: string, { secret = false } = {}): Promise<Sums> {
    return this.#copy(path, secret, async (from, to) => {
      const source = new DatabaseSync(from, { readOnly: true });
      try {
        await backup(source, to, { rate: ALL_PAGES });
      } finally {
        source.close();
      }
      const copy = new DatabaseSync(to);
      copy.exec("PRAGMA journal_mode = DELETE");
      copy.close();
    });
  }

  async #copy(path: string, secret: boolean, copy: (from: string, to: string) => Promise<void>): Promise<Sums> {
    const to = join(this.#to, path);
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    try {
      await copy(join(this.#from, path), to);
    } catch (cause) {
      throw named(path, cause);
    }
    if (secret) await chmod(to, 0o600);
    const sums = await sumsOf(to, { sync: true });
    this.#entries.set(path, { path, bytes: sums.bytes, sha256: sums.sha256, secret });
    return sums;
  }
}

/** SQLite does not say which file it means; that one has gone is the caller's to judge. */
function named(path: string, cause: unknown): unknown {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === "ENOENT" || isFull(cause)) return cause;
  return new Fault("E_DATA_FOLDER", `${path}: ${message}`, { cause });
}

function isFull(cause: unknown): boolean {
  const { code, message } = cause as NodeJS.ErrnoException;
  return code === "ENOSPC" || /disk is full/.test(message);
}
