/** One server per data folder: a file that names the process holding it. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Fault } from "@cellhouse/shared";

const LOCK_FILE = "lock";
const held = new Set<string>();

/**
 * Takes the folder, making it where needed; the returned call gives it back. A lock left by a process that is gone counts
 * for nothing. Throws E_DATA_FOLDER when another server holds it or it cannot be written.
 */
export function lockFolder(folder: string): () => void {
  const file = resolve(join(folder, LOCK_FILE));
  if (held.has(file)) throw new Fault("E_DATA_FOLDER", `${folder} is in use already in this process`);
  const holder = take(file, folder) ? undefined : holderOf(file);
  if (holder !== undefined) throw new Fault("E_DATA_FOLDER", `${folder} is in use by another server (process ${holder})`);
  if (!take(file, folder)) {
    rmSync(file, { force: true });
    if (!take(file, folder)) throw new Fault("E_DATA_FOLDER", `${folder} has just been taken by another server`);
  }
  held.add(file);
  return () => {
    if (held.delete(file)) rmSync(file, { force: true });
  };
}

/** Creates the lock; false when there is one (our own counts as taken). */
function take(file: string, folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, `${process.pid} ${birth(process.pid)}\n`, { flag: "wx" });
    return true;
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST")
      return readFileSync(file, "utf8") === `${process.pid} ${birth(process.pid)}\n`;
    throw new Fault("E_DATA_FOLDER", `${folder}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** The living process that holds the lock. Process numbers are given out again, above all in containers: its birth must agree too. */
function holderOf(file: string): number | undefined {
  const [pid, born] = readFileSync(file, "utf8").trim().split(" ");
  const number = Number(pid);
  if (!Number.isInteger(number) || number <= 0 || number === process.pid) return undefined;
  try {
    process.kill(number, 0);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return undefined;
  }
  return born === birth(number) ? number : undefined;
}

/** When a process was born, in the kernel's ticks; empty where the system does not say. */
function birth(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
