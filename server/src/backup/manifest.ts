/** What a backup holds: `manifest.json`, written last, with the SHA-256 of every file below `data/`. A folder without one is no backup. */
import { createHash } from "node:crypto";
import { open, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { Fault, type Finding } from "@cellhouse/shared";
import { z } from "zod";

const MANIFEST_FILE = "manifest.json";
const READ_BYTES = 1 << 20;
/** Below the backup's own folder, whatever a manifest from elsewhere may say. */
const inside = z
  .string()
  .max(1000)
  .refine((path) => !/[\\:\0]/.test(path) && path.split("/").every((step) => !["", ".", ".."].includes(step)), "a path below the folder");

const manifestSchema = z.object({
  format: z.literal(1),
  /** Version of the program that made it. */
  program: z.string(),
  /** Epoch ms; what was recorded a second before is in it whole. */
  time: z.number(),
  /** The plant of the newest revision; empty before the first. */
  plant: z.string(),
  counts: z.object({
    segments: z.number(),
    samples: z.number(),
    journal: z.number(),
    audit: z.number(),
    historyFiles: z.number(),
    historyRows: z.number(),
  }),
  /** What whoever restores it must know. */
  notes: z.array(z.string()),
  files: z.array(
    z.object({
      path: inside,
      bytes: z.number(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      /** Holds a key or password: readable by its owner only. */
      secret: z.boolean(),
    }),
  ),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestEntry = Manifest["files"][number];

/** Where the backup's copy of the data folder lies. */
export function dataOf(backup: string): string {
  return join(backup, "data");
}

/** Throws E_BACKUP where there is no manifest, or none of ours. */
export async function readManifest(backup: string): Promise<Manifest> {
  const file = join(backup, MANIFEST_FILE);
  try {
    return manifestSchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (cause) {
    const issue = cause instanceof z.ZodError ? cause.issues[0] : undefined;
    const reason = issue === undefined ? (cause as Error).message : `${issue.path.join(".")}: ${issue.message}`;
    throw new Fault("E_BACKUP", `${file}: ${reason}`, { cause });
  }
}

export async function writeManifest(backup: string, manifest: Manifest): Promise<void> {
  const file = join(backup, MANIFEST_FILE);
  await writeFile(`${file}.new`, `${JSON.stringify(manifest, undefined, 1)}\n`, { flush: true });
  await rename(`${file}.new`, file);
}

export interface Sums {
  bytes: number;
  /** Hex. */
  sha256: string;
  crc: number;
}

/** Both sums of a file in one reading; with `sync` it is on the disk when they are told. */
export async function sumsOf(file: string, { sync = false } = {}): Promise<Sums> {
  const handle = await open(file, sync ? "r+" : "r");
  try {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    const hash = createHash("sha256");
    let bytes = 0;
    let crc = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, READ_BYTES, bytes);
      if (bytesRead === 0) break;
      const part = buffer.subarray(0, bytesRead);
      hash.update(part);
      crc = crc32(part, crc);
      bytes += bytesRead;
    }
    if (sync) await handle.sync();
    return { bytes, sha256: hash.digest("hex"), crc };
  } finally {
    await handle.close();
  }
}

/** Every file that is not what the manifest says, by its path below `data/`. */
export async function verifyBackup(backup: string, { files }: Pick<Manifest, "files">): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const entry of files) {
    const reason = await wrong(join(dataOf(backup), entry.path), entry);
    if (reason !== undefined) findings.push({ file: entry.path, reason, remedy: "Use another backup" });
  }
  return findings;
}

/** Why a file is not what the manifest says; undefined where it is. */
export async function wrong(file: string, { bytes, sha256 }: ManifestEntry): Promise<string | undefined> {
  try {
    const sums = await sumsOf(file);
    if (sums.bytes !== bytes) return `has ${sums.bytes} bytes, the manifest says ${bytes}`;
    return sums.sha256 === sha256 ? undefined : "its SHA-256 is not that of the manifest";
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "ENOENT" ? "is missing" : (cause as Error).message;
  }
}
