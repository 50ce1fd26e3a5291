/** What the embedded history costs: cell scans of 24 values, two hours of 60 cells at 1 Hz, into closed files with their rollups. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFrame, type Frame, ManualClock, pushSample, Quality } from "@cellhouse/shared";
import { testPlant } from "../testing.ts";
import { DuckdbHistorian, duckdbSettings } from "./index.ts";

const CELLS = 60;
const TAGS = 24;
/** Two hours, and enough of the third that the second is over. */
const SECONDS = 7400;
const START = Math.floor(1.8e12 / 3_600_000) * 3_600_000;
const VALUES = CELLS * TAGS * SECONDS;
/** Scans handed over at once, as the forwarder does. */
const BATCH = CELLS * 10;

const cpuUs = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

interface Figures {
  /** Values a second until everything is in files, what makes them apart. */
  rate: number;
  /** Microseconds of CPU per value, what makes them apart. */
  cpu: number;
  /** Bytes per value of the samples, and of the rollups beside them. */
  raw: number;
  rollups: number;
}

/** Scans of cells whose sensors are noisy by different measures; some stand still. */
function* scans(): Generator<Frame[]> {
  const level = new Float64Array(CELLS * TAGS).map((_, i) => 10 + (i % 97) * 11);
  let seed = 1;
  const noise = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32 - 0.5;
  };
  let batch: Frame[] = [];
  for (let s = 0; s < SECONDS; s++)
    for (let cell = 0; cell < CELLS; cell++) {
      const frame = createFrame(TAGS);
      const time = START + s * 1000 + cell;
      frame.receivedAt = time + 7;
      for (let i = 0; i < TAGS; i++) {
        const at = cell * TAGS + i;
        if (i % 4 !== 0) level[at] = (level[at] as number) + noise() * 0.01 * i;
        pushSample(frame, at, time, Math.fround(level[at] as number), Quality.Good);
      }
      batch.push(frame);
      if (batch.length === BATCH) {
        yield batch;
        batch = [];
      }
    }
}

const known = new Map<boolean, Promise<Figures>>();

/** One run serves several figures. */
function figures(tidy: boolean): Promise<Figures> {
  const run = known.get(tidy) ?? measure(tidy);
  known.set(tidy, run);
  return run;
}

/** What making the scans costs by itself. */
function scansAlone(): { us: number; ms: number } {
  const [us, ms] = [cpuUs(), performance.now()];
  for (const batch of scans()) if (batch.length === 0) throw new Error("an empty batch");
  return { us: cpuUs() - us, ms: performance.now() - ms };
}

/** With `tidy` the hours are put together and their rollups made, as they are a while later in a real hall; else only what happens in the pipe. */
async function measure(tidy: boolean): Promise<Figures> {
  const alone = scansAlone();
  const folder = mkdtempSync(join(tmpdir(), "bench-duckdb-"));
  const clock = new ManualClock(START);
  const settings = duckdbSettings.parse({ folder, quietMs: tidy ? 0 : 1e9 });
  const historian = new DuckdbHistorian(settings, { plant: testPlant(CELLS), clock });
  try {
    await historian.start();
    const [us, ms] = [cpuUs(), performance.now()];
    for (const batch of scans()) await historian.write(batch);
    await historian.settle();
    await historian.settle();
    const spent = { us: cpuUs() - us - alone.us, ms: performance.now() - ms - alone.ms };
    const { resolutions } = await historian.stats();
    const bytes = (raw: boolean): number => resolutions.reduce((sum, r) => sum + ((r.resolution === "raw") === raw ? r.bytes : 0), 0);
    return { rate: VALUES / (spent.ms / 1000), cpu: spent.us / VALUES, raw: bytes(true) / VALUES, rollups: bytes(false) / VALUES };
  } finally {
    await historian.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const bench = (name: string, unit: string, budget: number, figure: { better: "higher" | "lower"; run: () => Promise<number> }) => ({
  name: `duckdb: ${name}`,
  unit,
  budget,
  runs: 1,
  ...figure,
});

export const benches = [
  bench("cell scans into files, rollups made", "values/s", 1_000_000, { better: "higher", run: async () => (await figures(true)).rate }),
  bench("CPU in the pipe", "us/value", 0.35, { better: "lower", run: async () => (await figures(false)).cpu }),
  bench("CPU in all, files put together, rollups made", "us/value", 1, { better: "lower", run: async () => (await figures(true)).cpu }),
  bench("samples on the disk", "bytes/value", 4, { better: "lower", run: async () => (await figures(true)).raw }),
  bench("rollups on the disk", "bytes/value", 3, { better: "lower", run: async () => (await figures(true)).rollups }),
];
