import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@cellhouse/shared";
import { afterAll, expect, test } from "vitest";
import { conformance } from "./conformance.ts";
import { createHistorian } from "./index.ts";
import { testPlant } from "./testing.ts";

const plant = testPlant(4);
const clock = new ManualClock(1_760_000_000_000);
const folders: string[] = [];

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "historian-"));
  folders.push(made);
  return made;
}
afterAll(() => folders.forEach((f) => void rmSync(f, { recursive: true, force: true })));

conformance("memory", {
  open: async () => createHistorian("memory", {}, { plant, clock }),
  close: (historian) => historian.stop(),
  runs: 100,
});

/** Merging after nearly every write, so that queries meet old blocks, new rows and merges under way. */
const duckdb = (at: string, mergeRows: number) => createHistorian("duckdb", { folder: at, mergeRows }, { plant, clock });

for (const mergeRows of [5, 70, 1_000_000]) {
  const at = folder();
  conformance(`duckdb merging every ${mergeRows} rows`, {
    open: async () => {
      const historian = duckdb(at, mergeRows);
      await historian.start();
      return historian;
    },
    close: (historian) => historian.stop(),
    reopen: async (historian) => {
      await historian.stop();
      const again = duckdb(at, mergeRows);
      await again.start();
      return again;
    },
    runs: 12,
  });
}

test("a second server on the same file is told so", async () => {
  const at = folder();
  const first = duckdb(at, 1000);
  await first.start();
  await expect(duckdb(at, 1000).start()).rejects.toMatchObject({ code: "E_DATA_FOLDER" });
  await first.stop();
  const next = duckdb(at, 1000);
  await next.start();
  await next.stop();
});
