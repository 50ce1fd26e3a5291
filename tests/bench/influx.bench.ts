/** The InfluxDB engine against a real server: scans of cells with their rows, our own CPU for them, and how fast trends come back. */

import type { Historian } from "@cellhouse/server/src/contracts.ts";
import { bucketsFrom } from "@cellhouse/server/src/historian/history.ts";
import { createHistorian } from "@cellhouse/server/src/historian/index.ts";
import { createFrame, type Frame, ManualClock, pushSample, type TagId } from "@cellhouse/shared";
import { startInfluxd } from "../support/influxd.ts";
import { processFigures, quantile } from "../support/measure.ts";
import { plantOf } from "../support/plant.ts";

const plant = plantOf("hall-15kt");
const T0 = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Values of one scan, all floats and of one moment, as a PLC sends them. */
const SCAN = 24;
/** As many records as the forwarder takes at once. */
const BATCH = 8000;
const BATCHES = 20;

/** Scans of all cells, one each second, in batches. */
function* scans(): Generator<Frame[]> {
  const cells = plant.cells.map(({ path }) =>
    plant.tags.filter((tag) => tag.path.startsWith(`${path}:`) && tag.definition.type === "f32").slice(0, SCAN),
  );
  const frames = Array.from({ length: BATCH }, () => createFrame(SCAN));
  for (let n = 0; n < BATCHES * BATCH; ) {
    for (const frame of frames) {
      frame.count = 0;
      frame.receivedAt = T0 + Math.floor(n / cells.length) * 1000;
      for (const { id, definition } of cells[n % cells.length] ?? []) {
        const [low, high] = definition.range;
        pushSample(frame, id, frame.receivedAt, Math.fround(low + (high - low) * (0.5 + 0.1 * Math.sin(n / 900 + id))), 0);
      }
      n++;
    }
    yield frames;
  }
}

interface Written {
  /** Values per second. */
  rate: number;
  /** Our CPU, us per value. */
  cpu: number;
  /** InfluxDB's, us per value. */
  theirs: number;
}

/** The time that making the values takes is not counted. */
async function write(): Promise<Written> {
  const influxd = await startInfluxd();
  const historian = createHistorian("influx", { url: influxd.url }, { plant, clock: new ManualClock(T0 - 1) });
  let [values, wall, cpu] = [0, 0, 0];
  try {
    await historian.start();
    for (const frames of scans()) {
      const [begun, before] = [performance.now(), process.cpuUsage()];
      await historian.write(frames);
      const { user, system } = process.cpuUsage(before);
      wall += performance.now() - begun;
      cpu += user + system;
      values += frames.length * SCAN;
    }
    const { cpuSeconds } = processFigures(influxd.program.process.pid as number);
    return { rate: (values / wall) * 1000, cpu: cpu / values, theirs: (cpuSeconds * 1e6) / values };
  } finally {
    await historian.stop();
    await influxd.stop();
  }
}

let written: Promise<Written> | undefined;
const once = (): Promise<Written> => {
  written ??= write();
  return written;
};

/** Asked of each span. */
const QUESTIONS = 25;
const SPANS = { "10 min": 600_000, "1 h": HOUR, "24 h": DAY, "30 d": 30 * DAY, "1 y": 365 * DAY } as const;

/** A year of one tag: each second of the last day, each minute of the last month, each ten minutes before. */
async function year(historian: Historian, tag: number): Promise<void> {
  const end = T0 + 365 * DAY;
  for (let time = T0; time < end; ) {
    const frame = createFrame(BATCH);
    for (let i = 0; i < BATCH && time < end; i++) {
      pushSample(frame, tag, time, Math.fround(1050 + 5 * Math.sin(time / 7e6)), 0);
      time += time < end - 30 * DAY ? 600_000 : time < end - DAY ? 60_000 : 1000;
    }
    frame.receivedAt = time;
    await historian.write([frame]);
  }
}

interface Trend {
  p95: number;
  /** InfluxDB's CPU and ours, ms per question: what a machine with other work on it can tell. */
  cpu: number;
}

async function read(): Promise<Record<string, Trend>> {
  const influxd = await startInfluxd();
  const historian = createHistorian("influx", { url: influxd.url }, { plant, clock: new ManualClock(T0 - 1) });
  const tag = plant.cells[0]?.path;
  const id = plant.tag(`${tag}:TI-101`)?.id as TagId;
  const pid = influxd.program.process.pid as number;
  const took: Record<string, Trend> = {};
  try {
    await historian.start();
    await year(historian, id);
    for (const [name, span] of Object.entries(SPANS)) {
      const times: number[] = [];
      const [theirs, ours] = [processFigures(pid).cpuSeconds, process.cpuUsage()];
      for (let i = 0; i < QUESTIONS; i++) {
        const to = T0 + 365 * DAY - i * 1700;
        const begun = performance.now();
        await bucketsFrom(historian, { tag: id, from: to - span, to, count: 2000 });
        times.push(performance.now() - begun);
      }
      const { user, system } = process.cpuUsage(ours);
      const cpu = ((processFigures(pid).cpuSeconds - theirs) * 1000 + (user + system) / 1000) / QUESTIONS;
      times.sort((a, b) => a - b);
      took[name] = { p95: quantile(times, 0.95), cpu };
    }
    return took;
  } finally {
    await historian.stop();
    await influxd.stop();
  }
}

let reading: Promise<Record<string, Trend>> | undefined;
const trend = async (span: keyof typeof SPANS, figure: keyof Trend): Promise<number> => {
  reading ??= read();
  return (await reading)[span]?.[figure] ?? Number.NaN;
};

export const benches = [
  {
    name: "influx, 24-value scans with rows",
    unit: "values/s",
    budget: 250_000,
    better: "higher",
    runs: 1,
    run: async () => (await once()).rate,
  },
  { name: "influx, our CPU per value", unit: "us/value", budget: 0.5, better: "lower", runs: 1, run: async () => (await once()).cpu },
  {
    name: "influx, InfluxDB's CPU per value",
    unit: "us/value",
    budget: 6,
    better: "lower",
    runs: 1,
    run: async () => (await once()).theirs,
  },
  ...(Object.keys(SPANS) as (keyof typeof SPANS)[]).map((span) => ({
    name: `influx, trend of ${span}, p95 of 25`,
    unit: "ms",
    budget: 150,
    better: "lower",
    runs: 1,
    run: () => trend(span, "p95"),
  })),
  ...(["24 h", "30 d", "1 y"] as const).map((span) => ({
    name: `influx, CPU of InfluxDB and us for a trend of ${span}`,
    unit: "ms",
    budget: 250,
    better: "lower",
    runs: 1,
    run: () => trend(span, "cpu"),
  })),
];
