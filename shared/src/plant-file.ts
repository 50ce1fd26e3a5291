import { parse } from "yaml";
import { Fault } from "./faults.ts";
import { buildPlant, type Plant, plantDescription } from "./plant.ts";

/** Gives the text of a file named relative to another; the caller owns the file system. */
export type ReadText = (path: string) => string;

/** What a YAML text says. Throws an error of one line. */
export function readYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 100, logLevel: "error" });
  } catch (cause) {
    throw new Error(((cause as Error).message.split("\n")[0] ?? "").replace(/[:.]$/, ""), { cause });
  }
}

/**
 * Reads a plant file with its `extends` chain (top-level keys of the nearer file win) and builds the plant.
 * `resolve(from, to)` joins paths. Throws `E_PLANT_FILE` naming file, field and reason.
 */
export function loadPlant(path: string, read: ReadText, resolve: (from: string, to: string) => string): Plant {
  const merged = merge(path, read, resolve, 0);
  const checked = plantDescription.safeParse(merged);
  if (checked.success) return buildPlant(checked.data);
  const first = checked.error.issues.slice(0, 5).map((issue) => `${issue.path.join(".") || "(file)"}: ${issue.message}`);
  throw new Fault("E_PLANT_FILE", `${path}: ${first.join("; ")}`);
}

function merge(path: string, read: ReadText, resolve: (from: string, to: string) => string, depth: number): Record<string, unknown> {
  if (depth > 5) throw new Fault("E_PLANT_FILE", `${path}: extends: more than 5 files deep, or a circle`);
  let content: unknown;
  try {
    content = readYaml(read(path));
  } catch (cause) {
    throw new Fault("E_PLANT_FILE", `${path}: ${(cause as Error).message}`, { cause });
  }
  if (content === null || typeof content !== "object" || Array.isArray(content))
    throw new Fault("E_PLANT_FILE", `${path}: (file): a plant file is a mapping of fields`);
  const { extends: base, ...own } = content as Record<string, unknown>;
  if (base === undefined) return own;
  if (typeof base !== "string") throw new Fault("E_PLANT_FILE", `${path}: extends: must be the name of a file`);
  return { ...merge(resolve(path, base), read, resolve, depth + 1), ...own };
}
