/** The repository's own sources, for the tests that hold the project to its rules. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

/** Tracked and new files (not ignored) that end in one of `endings`, relative to the root. */
export function sources(folders: readonly string[], endings: readonly string[] = [".ts", ".tsx"]): string[] {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "--", ...folders], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return listed.split("\n").filter((f) => endings.some((e) => f.endsWith(e)) && existsSync(join(ROOT, f)));
}

export function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

export function isTest(file: string): boolean {
  return /\.(test|bench)\.tsx?$/.test(file) || file.endsWith("/conformance.ts");
}
