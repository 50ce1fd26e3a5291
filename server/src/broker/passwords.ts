/** The passwords that are given away, one per account, so that one edge's password does not open another's account. */
import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "@cellhouse/shared";
import { z } from "zod";

const FILE = "field-accounts.json";
const list = z.record(z.string(), z.string().min(10, "use at least 10 characters"));

/**
 * The password of every account named, from `<folder>/field-accounts.json` (0600). Accounts that are not on the list yet get a
 * random one; those on it keep theirs, so a person may choose them. Throws `E_DATA_FOLDER` naming file and reason.
 */
export function fieldAccounts(folder: string, names: Iterable<string>): ReadonlyMap<string, string> {
  const file = join(folder, FILE);
  try {
    const known = readList(file);
    const missing = [...names].filter((name) => !Object.hasOwn(known, name));
    const all = { ...known, ...Object.fromEntries(missing.map((name) => [name, randomBytes(16).toString("hex")])) };
    if (missing.length > 0) writeList(file, all);
    return new Map(Object.entries(all));
  } catch (cause) {
    throw new Fault("E_DATA_FOLDER", `${file}: ${(cause as Error).message}`, { cause });
  }
}

function readList(file: string): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw cause;
  }
  const checked = list.safeParse(JSON.parse(text));
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0];
  throw new Error(`${issue?.path.join(".") || "(file)"}: ${issue?.message}; correct it, or delete the file for new passwords`);
}

/** Put into place whole: the simulator may be reading. */
function writeList(file: string, accounts: Record<string, string>): void {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  writeFileSync(draft, `${JSON.stringify(accounts, undefined, 2)}\n`, { mode: 0o600, flag: "wx" });
  renameSync(draft, file);
}
