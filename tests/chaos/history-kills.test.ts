/** The server's recorder and embedded history killed twenty times while they write (long because each kill comes at a chance moment of running programs). */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { Catalog } from "../../server/src/historian/duckdb/catalog.ts";
import { Parquet } from "../../server/src/historian/duckdb/parquet.ts";
import { testCounters, testPlant } from "../../server/src/historian/testing.ts";
import { createRecorder } from "../../server/src/recorder/index.ts";
import { launch, type Program, remove, tempFolder } from "../support/processes.ts";

const KILLS = 20;
const WRITER = fileURLToPath(new URL("./history-writer.ts", import.meta.url));

function write(folder: string, from: number): Program {
  return launch(process.execPath, ["--disable-warning=ExperimentalWarning", WRITER, folder, String(from)]);
}

interface Sum {
  count: number;
  sum: number;
}

/** What history must hold of each tag: the latest arrival of each time, as the record has them. */
async function recorded(folder: string): Promise<Map<number, Map<number, number>>> {
  const recorder = createRecorder({
    folder: join(folder, "record"),
    plant: testPlant(4),
    clock: systemClock,
    counters: testCounters(),
    retentionDays: 1,
    retentionBytes: 1e9,
  });
  const tags = new Map<number, Map<number, number>>();
  for (let position = 0; ; ) {
    const { records, next } = await recorder.read(position, 5000);
    for (const record of records) {
      if (record.kind !== "frame") continue;
      const { count, tag, time, value } = record.frame;
      for (let i = 0; i < count; i++) {
        const of = tags.get(tag[i] as number) ?? new Map<number, number>();
        tags.set(tag[i] as number, of.set(time[i] as number, value[i] as number));
      }
    }
    if (records.length === 0) break;
    position = next;
  }
  await recorder.stop();
  return tags;
}

/** Count and sum of each tag's values out of the files themselves: the highest numbered file's row of each time. */
async function stored(folder: string, resolution: "raw" | "10s" | "1h"): Promise<Map<number, Sum>> {
  const catalog = new Catalog(join(folder, "history"));
  const files = catalog.of(resolution).map(({ name, seq }) => ({ file: join(folder, "history", name), seq }));
  catalog.close();
  const columns = resolution === "raw" ? "tag, time, value, 1 AS count" : "tag, time, sum AS value, count";
  const all = files.map(({ file, seq }) => `SELECT ${columns}, ${seq} AS seq FROM read_parquet('${file}')`).join(" UNION ALL ");
  const parquet = await Parquet.open({ folder, memoryMb: 200, threads: { write: 1, read: 1 } });
  const [tag = [], count = [], sum = []] = await parquet.ask(`
    SELECT tag::DOUBLE, sum(count)::DOUBLE, sum(value) FROM (
      SELECT * FROM (${all}) QUALIFY row_number() OVER (PARTITION BY tag, time ORDER BY seq DESC) = 1) GROUP BY tag`);
  parquet.close();
  return new Map(Array.from(tag, (id, i) => [id, { count: count[i] as number, sum: sum[i] as number }]));
}

test(`killed ${KILLS} times while it writes, history holds every recorded sample once, and its rollups agree`, {
  timeout: 240_000,
}, async () => {
  const folder = tempFolder("kills");
  try {
    let kept = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const writer = write(folder, kept);
      await writer.printed(/kept \d+/);
      await new Promise((resolve) => setTimeout(resolve, 60 + ((kill * 97) % 400)));
      writer.kill("SIGKILL");
      await writer.ended();
      kept = Math.max(...[...writer.output().matchAll(/kept (\d+)/g)].map((match) => Number(match[1])));
    }
    const last = write(folder, kept);
    await last.printed(/kept \d+/);
    last.kill("SIGTERM");
    await last.printed(/settled \d+/, 60_000);
    await last.ended();
    const wanted = await recorded(folder);
    const raw = await stored(folder, "raw");
    expect(wanted.size).toBeGreaterThan(0);
    for (const [tag, times] of wanted) {
      const { count, sum } = raw.get(tag) ?? { count: 0, sum: 0 };
      expect([tag, count]).toEqual([tag, times.size]);
      expect(sum).toBeCloseTo(
        [...times.values()].reduce((a, b) => a + b, 0),
        6,
      );
    }
    expect(existsSync(join(folder, "history/temp"))).toBe(false);
    const named = new Set(readdirSync(join(folder, "history/raw")));
    expect([...named].filter((name) => name.endsWith(".part"))).toEqual([]);
    // Hours whose samples are all in files of level 1 have rollups that count the same samples.
    const fine = await stored(folder, "10s");
    const coarse = await stored(folder, "1h");
    expect(coarse.size).toBeGreaterThan(0);
    for (const [tag, { count, sum }] of coarse) {
      expect(fine.get(tag)?.count).toBe(count);
      expect(fine.get(tag)?.sum).toBeCloseTo(sum, 6);
    }
  } finally {
    remove(folder);
  }
});
