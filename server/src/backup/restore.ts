/** A data folder made anew from a backup, on this machine or another. */
import { chmod, copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Fault } from "@cellhouse/shared";
import { fillFolder } from "./copy.ts";
import { dataOf, type Manifest, type ManifestEntry, readManifest, verifyBackup, wrong } from "./manifest.ts";

/**
 * Verifies every file first, then copies, then verifies the copies. Throws E_BACKUP naming the first file that is damaged, and
 * E_OPTION for a folder that is not empty: nothing is ever written over. When it throws, the folder is as it was.
 */
export async function restoreBackup({ from, data }: { from: string; data: string }): Promise<Manifest> {
  const manifest = await readManifest(from);
  const [first, ...others] = await verifyBackup(from, manifest);
  if (first !== undefined) throw damaged(first.file, `${first.reason}${others.length === 0 ? "" : ` (and ${others.length} files more)`}`);
  await fillFolder("--data", data, async () => {
    for (const entry of manifest.files) await copyBack(join(dataOf(from), entry.path), join(data, entry.path), entry);
  });
  return manifest;
}

function damaged(file: string, reason: string): Fault {
  return new Fault("E_BACKUP", `${file}: ${reason}`);
}

async function copyBack(from: string, to: string, entry: ManifestEntry): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await copyFile(from, to);
  if (entry.secret) await chmod(to, 0o600);
  const reason = await wrong(to, entry);
  if (reason !== undefined) throw damaged(entry.path, `the copy ${reason}`);
}
