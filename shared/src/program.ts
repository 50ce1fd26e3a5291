/** What our programs have in common as processes: the secret they share, how they end. Node only, so not part of the vocabulary's index. */
import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { every, systemClock } from "./clock.ts";
import { Fault } from "./faults.ts";

/**
 * The password of the field accounts in `<folder>/field-password`, made by whichever of server and simulator comes first
 * (0600; linked into place whole, so nobody reads half of it). Throws `E_DATA_FOLDER`.
 */
export function fieldSecret(folder: string): string {
  const file = join(folder, "field-password");
  try {
    return readSecret(file) ?? createSecret(file);
  } catch (cause) {
    throw new Fault("E_DATA_FOLDER", `${file}: ${(cause as Error).message}`, { cause });
  }
}

/**
 * The password of one field account: its own from `<folder>/field-accounts.json` (user to password) where the broker keeps
 * that list and has the user on it, else the shared one. Throws `E_DATA_FOLDER`.
 */
export function accountSecret(folder: string, user: string): string {
  const file = join(folder, "field-accounts.json");
  try {
    const text = readSecret(file);
    const accounts: unknown = text === undefined ? {} : JSON.parse(text);
    const own = Object.entries(accounts ?? {}).find(([name]) => name === user)?.[1];
    if (own === undefined) return fieldSecret(folder);
    if (typeof own === "string" && own !== "") return own;
    throw new Error(`${user}: expects a password`);
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault("E_DATA_FOLDER", `${file}: ${(cause as Error).message}`, { cause });
  }
}

function createSecret(file: string): string {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  writeFileSync(draft, `${randomBytes(16).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
  try {
    linkSync(draft, file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
  } finally {
    rmSync(draft, { force: true });
  }
  const secret = readSecret(file);
  if (secret === undefined) throw new Error("vanished while it was read");
  return secret;
}

/** Undefined when there is no such file. */
function readSecret(file: string): string | undefined {
  try {
    const secret = readFileSync(file, "utf8").trim();
    if (secret !== "") return secret;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cause;
  }
  throw new Error("is empty; delete it, or write a password into it");
}

/** Ends the process with one clear line for what the person can mend; a stack only for a bug. */
export function giveUp(cause: unknown): never {
  process.stderr.write(`${cause instanceof Fault ? cause.message : cause instanceof Error ? cause.stack : String(cause)}\n`);
  process.exit(1);
}

/** Calls `end` once when the parent process is gone: a signal to npm ends npm and its shell, but does not reach us. */
export function whenOrphaned(end: () => void): void {
  const parent = process.ppid;
  const cancel = every(systemClock, 500, () => {
    if (process.ppid === parent) return;
    cancel();
    end();
  });
}

/** A time an option gives, epoch ms. Throws `E_OPTION` naming the option for what is neither epoch ms nor ISO 8601. */
export function optionTime(option: string, given: string): number {
  const ms = /^\d+$/.test(given) ? Number(given) : Date.parse(given);
  if (Number.isNaN(ms)) throw new Fault("E_OPTION", `${option} ${given}: give epoch ms or ISO 8601`);
  return ms;
}
