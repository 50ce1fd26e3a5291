/** A disk of its own for a test, small enough to be full. */
import { execFileSync } from "node:child_process";
import { statfsSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface SmallDisk {
  readonly folder: string;
  /** Leaves this many bytes. */
  fill(left: number): void;
  /** Takes back what `fill` took. */
  free(): void;
  remove(): void;
}

/** Mounts one on the folder; undefined where this machine does not let us. */
export function smallDisk(folder: string, bytes: number): SmallDisk | undefined {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  const ballast = join(folder, "ballast");
  return {
    folder,
    fill(left) {
      const { bavail, bsize } = statfsSync(folder);
      try {
        writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - left)), { flag: "a" });
      } catch (error) {
        // Others were quicker: full is full.
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      }
    },
    free: () => truncateSync(ballast),
    // Detached at once, gone when the last file of it is closed.
    remove: () => execFileSync("umount", ["-l", folder]),
  };
}
