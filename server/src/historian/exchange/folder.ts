/** The folder in which files are made: ours alone, and never at the cost of the record. */
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { Fault } from "@cellhouse/shared";
import type { ExportJob } from "../../contracts.ts";

/** What is left of the disk below this is not for files to take away, bytes. */
const DISK_FLOOR = 256e6;

/** An empty folder only we may read. */
export function emptied(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
}

/** Throws E_DISK_FULL where a file would take what the recorder needs. */
export async function mustHaveRoom(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < DISK_FLOOR) throw new Fault("E_DISK_FULL", `${folder}: less than ${DISK_FLOOR / 1e6} MB free, kept for the record`);
}

/** What a job says of its end. */
export function faultOf(error: unknown): NonNullable<ExportJob["fault"]> {
  if (error instanceof Fault) return { code: error.code, detail: error.detail };
  const message = error instanceof Error ? error.message : String(error);
  const full = /ENOSPC|no space left/i.test(message);
  return { code: full ? "E_DISK_FULL" : "E_HISTORIAN", detail: message.split("\n")[0]?.slice(0, 300) ?? "" };
}
