/** A hall's samples on their way into a real InfluxDB by recorder and forwarder, and the audit of what arrived, read from InfluxDB itself. */
import { addHash, createFrame, type Plant, pushSample, Quality, sampleHash, systemClock } from "@cellhouse/shared";
import type { Historian } from "../../server/src/contracts.ts";
import { createForwarder, createHistorian, type Forwarder } from "../../server/src/historian/index.ts";
import { testCounters } from "../../server/src/historian/testing.ts";
import { createRecorder } from "../../server/src/recorder/index.ts";
import { ask, type Influxd, startInfluxd } from "./influxd.ts";
import { remove, tempFolder } from "./processes.ts";

/** Values of one scan of a cell. */
const SCAN = 24;
const TICK_MS = 100;

interface Published {
  count: number;
  checksum: number;
}

export interface InfluxStand {
  influxd: Influxd;
  forwarder: Forwarder;
  /** Values so far. */
  published(): number;
  /** Values per second. */
  readonly rate: number;
  /** No further scans; resolves when all that was recorded is stored, rows too. */
  settle(): Promise<void>;
  /** Tags of which InfluxDB holds other samples, or rows that do not hold them all. */
  audit(): Promise<string[]>;
  stop(): Promise<void>;
}

/** Scans every cell each second from now on, 24 values each. */
export async function startInfluxStand(plant: Plant): Promise<InfluxStand> {
  const folder = tempFolder("influx-stand");
  const influxd = await startInfluxd();
  const counters = testCounters();
  const recorder = createRecorder({ folder, plant, clock: systemClock, counters, retentionDays: 1, retentionBytes: 1e10 });
  const historian: Historian = createHistorian("influx", { url: influxd.url }, { plant, clock: systemClock, counters });
  const forwarder = createForwarder({ log: recorder, historian, clock: systemClock, counters });
  await historian.start();
  forwarder.start();
  const scans = scansOf(plant);
  const begun = Date.now();
  let due = 0;
  const timer = setInterval(() => {
    const wanted = ((Date.now() - begun) / 1000) * plant.cells.length;
    for (; due < wanted; due++) recorder.frame(scans.next(due, begun));
  }, TICK_MS);
  return {
    influxd,
    forwarder,
    published: () => due * SCAN,
    rate: plant.cells.length * SCAN,
    async settle() {
      clearInterval(timer);
      await recorder.flush();
      if (!(await forwarder.settle(300_000))) throw new Error(`not stored: ${JSON.stringify(forwarder.links())}`);
      await forwarder.stop();
      await historian.stop();
    },
    audit: () => audit(influxd.url, plant, scans),
    async stop() {
      clearInterval(timer);
      await forwarder.stop();
      await recorder.stop();
      await influxd.stop();
      remove(folder);
    },
  };
}

function scansOf(plant: Plant) {
  const cells = plant.cells.map(({ path }) =>
    plant.tags.filter((tag) => tag.path.startsWith(`${path}:`) && tag.definition.type === "f32").slice(0, SCAN),
  );
  const tags = new Map<number, Published>();
  const frame = createFrame(SCAN);
  return {
    cells,
    tags,
    /** Scan `n`, which is of a moment of its own; one value in fifty is Uncertain. */
    next(n: number, begun: number) {
      frame.count = 0;
      const time = begun + Math.floor((n * 1000) / cells.length);
      frame.receivedAt = Date.now();
      for (const [i, { id }] of (cells[n % cells.length] ?? []).entries()) {
        const value = Math.fround(Math.sin(n + i) * 1000);
        const quality = (n + i) % 50 === 0 ? Quality.Uncertain : Quality.Good;
        pushSample(frame, id, time, value, quality);
        const { count, checksum } = tags.get(id) ?? { count: 0, checksum: 0 };
        tags.set(id, { count: count + 1, checksum: addHash(checksum, sampleHash(time, value, quality)) });
      }
      return frame;
    },
  };
}

async function audit(url: string, plant: Plant, { cells, tags }: ReturnType<typeof scansOf>): Promise<string[]> {
  const wrong: string[] = [];
  for (const [at, members] of cells.entries()) {
    const where = `"cell"='${plant.cells[at]?.id}'`;
    const names = members.map(({ definition }) => definition.name);
    const points = await ask(url, `SELECT ${names.map((name) => `"${name}", "${name}.q"`).join(", ")} FROM "cell" WHERE ${where}`);
    const sums = names.map((name) => `sum("${name}.count")`).join(", ");
    const rows = await Promise.all(
      ["10s", "1m", "1h"].map((rollup) => ask(url, `SELECT ${sums} FROM "${rollup}"."cell_${rollup}" WHERE ${where}`)),
    );
    for (const [i, { id, path }] of members.entries()) {
      const wanted = tags.get(id) ?? { count: 0, checksum: 0 };
      let [count, checksum] = [0, 0];
      for (const [time, ...fields] of points) {
        const value = fields[2 * i];
        if (value == null) continue;
        count++;
        checksum = addHash(checksum, sampleHash(time as number, value, fields[2 * i + 1] ?? 0));
      }
      const held = rows.map((answer) => answer[0]?.[i + 1] ?? 0);
      if (count !== wanted.count || checksum !== wanted.checksum || held.some((n) => n !== count))
        wrong.push(`${path}: published ${wanted.count}, held ${count}, in rows ${held.join(" ")}`);
    }
  }
  return wrong;
}
