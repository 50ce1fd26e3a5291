/** A small disk of its own that can be filled to the last byte: a tmpfs, so Linux and root only. */
import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, symlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { remove, tempFolder } from "./processes.ts";

const BLOCK = Buffer.alloc(1 << 16);

export interface SmallDisk {
  /** Data folder on it; the edges' own store within it stands elsewhere, for they have disks of their own. */
  readonly data: string;
  fill(): void;
  free(): void;
  remove(): void;
}

/** Throws where nothing may be mounted. */
export function smallDisk(megabytes: number): SmallDisk {
  const [mount, edges] = [tempFolder("disk"), tempFolder("outbox")];
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", mount]);
  const [data, ballast] = [join(mount, "data"), join(mount, "ballast")];
  mkdirSync(data);
  symlinkSync(edges, join(data, "outbox"));
  return {
    data,
    fill() {
      const file = openSync(ballast, "a");
      try {
        // From large to small: what is left when no block fits is filled byte by byte.
        for (let size = BLOCK.length; size >= 1; ) if (!wrote(file, size)) size >>= 1;
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(ballast, { force: true }),
    remove() {
      execFileSync("umount", ["-l", mount]);
      remove(mount);
      remove(edges);
    },
  };
}

function wrote(file: number, size: number): boolean {
  try {
    return writeSync(file, BLOCK, 0, size) === size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return false;
    throw error;
  }
}
