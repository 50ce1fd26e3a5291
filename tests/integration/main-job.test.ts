/** The main job in a short window: a hall of 238 cells at every tag's scan rate, from both protocols, nothing lost. `npm run soak -- main` runs it for ten minutes. */
import { expect, test } from "vitest";
import { mainJob } from "../soak/main-job.ts";

test.each(["duckdb", "influx"] as const)(
  "hall-15kt raw into %s: every cell live, every sample kept",
  { timeout: 240_000 },
  async (historian) => {
    const { figures, published, lost } = await mainJob({ seconds: 30, plant: "hall-15kt", historian });
    const samples = Object.values(published).reduce((n, tag) => n + tag.count, 0);
    expect(lost).toEqual([]);
    expect(samples / figures.seconds).toBeGreaterThan(3700 * 0.95);
  },
);
