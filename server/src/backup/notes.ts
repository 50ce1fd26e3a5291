/** What was last done for a data folder stands in it, so that the System page can tell: `upkeep/backup.json`, `upkeep/check.json`. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const FOLDER = "upkeep";

const NOTES = {
  backup: z.object({ time: z.number(), files: z.number(), bytes: z.number() }),
  check: z.object({
    time: z.number(),
    files: z.number(),
    findings: z.array(z.object({ file: z.string(), reason: z.string(), remedy: z.string() })),
  }),
};
type Kind = keyof typeof NOTES;

/** The last note of its kind; undefined where there is none, or none that can be read. */
export async function readNote<K extends Kind>(folder: string, kind: K): Promise<z.output<(typeof NOTES)[K]> | undefined> {
  try {
    return NOTES[kind].parse(JSON.parse(await readFile(fileOf(folder, kind), "utf8"))) as z.output<(typeof NOTES)[K]>;
  } catch {
    return undefined;
  }
}

/** Puts the note in the place of the last one, whole or not at all. */
export async function writeNote<K extends Kind>(folder: string, kind: K, note: z.input<(typeof NOTES)[K]>): Promise<void> {
  const file = fileOf(folder, kind);
  await mkdir(join(folder, FOLDER), { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify(note)}\n`);
  await rename(`${file}.new`, file);
}

function fileOf(folder: string, kind: Kind): string {
  return join(folder, FOLDER, `${kind}.json`);
}
