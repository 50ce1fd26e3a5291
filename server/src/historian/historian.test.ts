import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@cellhouse/shared";
import { afterAll, expect, test } from "vitest";
import { conformance } from "./conformance.ts";
import { createHistorian, type HistorianSettings } from "./index.ts";
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

const duckdb = (at: string, settings: Partial<HistorianSettings<"duckdb">>) =>
  createHistorian("duckdb", { folder: at, ...settings }, { plant, clock });

/** Files after nearly every write, small ones, put together at once: questions meet samples in memory, files of every level and work under way. */
const DUCKDBS = {
  "duckdb, files of 5": { settings: { spillRows: 5, quietMs: 0, fileRows: 7 }, runs: 12 },
  "duckdb, files of 70": { settings: { spillRows: 70, quietMs: 0 }, runs: 20 },
  "duckdb, in memory": { settings: {}, runs: 12 },
};

for (const [name, { settings, runs }] of Object.entries(DUCKDBS)) {
  const at = folder();
  conformance(name, {
    open: async () => {
      const historian = duckdb(at, settings);
      await historian.start();
      return historian;
    },
    close: (historian) => historian.stop(),
    reopen: async (historian) => {
      await historian.stop();
      const again = duckdb(at, settings);
      await again.start();
      return again;
    },
    runs,
  });
}

test("a second server on the same folder is told so", async () => {
  const at = folder();
  const first = duckdb(at, {});
  await first.start();
  await expect(duckdb(at, {}).start()).rejects.toMatchObject({ code: "E_DATA_FOLDER" });
  await first.stop();
  const next = duckdb(at, {});
  await next.start();
  await next.stop();
});
