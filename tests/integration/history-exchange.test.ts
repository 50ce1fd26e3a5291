/** Out of one Cellhouse by file and into an empty other: what the other then gives out is the same file, byte for byte. */

import { createReadStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { createFrame, type Frame, pushSample, Quality, systemClock, type Tag } from "@cellhouse/shared";
import { afterEach, expect, test } from "vitest";
import { assemble, stamped } from "../../server/src/assemble.ts";
import type { ExportOrder } from "../../server/src/contracts.ts";
import { createForwarder, createHistorian, Exports, Imports } from "../../server/src/historian/index.ts";
import { testCounters, testPlant } from "../../server/src/historian/testing.ts";
import { createRecorder } from "../../server/src/recorder/index.ts";
import { remove, tempFolder } from "../support/processes.ts";
import { smallDisk } from "../support/small-disk.ts";

const plant = testPlant(2);
const T0 = Date.UTC(2026, 9, 24, 23, 59, 58);
const TAGS = ["C001:EI-201", "C001:TI-101", "C002:FIC-303.SP", "C002:YS-901"].map((name) => plant.tag(name) as Tag);
const SPAN = { from: T0 - 1000, to: T0 + 4_000_000 };
const ENGINES = ["duckdb", "memory"] as const;

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** Recorder, pipe, historian and what makes files, on a folder of its own. */
async function system(engine: (typeof ENGINES)[number]) {
  const folder = tempFolder("exchange");
  const clock = systemClock;
  const counters = testCounters();
  const historian =
    engine === "duckdb"
      ? createHistorian("duckdb", { folder, spillRows: 3000 }, { plant, clock })
      : createHistorian("memory", {}, { plant, clock });
  await historian.start();
  const recorder = createRecorder({ folder: join(folder, "record"), plant, clock, counters, retentionDays: 1000, retentionBytes: 1e9 });
  const forwarder = createForwarder({ log: recorder, historian, clock, counters });
  forwarder.start();
  const capabilities = { canCommand: false, canAcknowledge: false, canSeek: false, canInjectFaults: false };
  const live = assemble({ id: "live", plant, start: clock.now(), capabilities, recorder });
  const input = stamped(live, clock.now);
  const settle = (ms: number) => forwarder.settle(ms);
  const exports = new Exports({ folder: join(folder, "exports"), source: historian, settle, timezone: "Europe/Berlin", clock });
  const imports = new Imports({ folder: join(folder, "imports"), input, flush: () => recorder.flush(), settle, counters, clock });
  stops.push(async () => {
    await exports.stop();
    await imports.stop();
    await forwarder.stop();
    await recorder.stop();
    live.stop();
    await historian.stop();
    remove(folder);
  });
  return { historian, live, exports, imports, settle };
}
type System = Awaited<ReturnType<typeof system>>;

/** Over the change of Berlin's clocks: doubles, words, setpoints, doubt and nothing. */
function samples(): Frame {
  const frame = createFrame(4096);
  for (let i = 0; i < 4000; i++) {
    const at = T0 + i * 997;
    pushSample(frame, TAGS[0]?.id ?? 0, at, 9 + Math.sin(i) / 3, i % 50 === 0 ? Quality.Uncertain : Quality.Good);
    if (i % 3 === 0)
      pushSample(frame, TAGS[1]?.id ?? 0, at, i % 9 === 0 ? Number.NaN : 1050 + i / 7000, i % 9 === 0 ? Quality.Bad : Quality.Good);
    if (i % 100 === 0) pushSample(frame, TAGS[2]?.id ?? 0, at + 13, 8 + i / 1e4, Quality.Good);
    if (i % 70 === 0) pushSample(frame, TAGS[3]?.id ?? 0, at, i, i % 140 === 0 ? Quality.Stale : Quality.Good);
  }
  pushSample(frame, TAGS[1]?.id ?? 0, T0 + 5, 9999, Quality.Bad);
  return frame;
}

async function exported({ exports }: System, format: ExportOrder["format"]): Promise<string> {
  const job = exports.create({ tags: TAGS, ...SPAN, format, resolution: "raw", received: false, by: "qa" });
  await exports.finished(job.id);
  expect(job).toMatchObject({ state: "done" });
  return exports.file(job.id);
}

test.each(ENGINES.flatMap((engine) => (["csv", "parquet"] as const).map((format) => [engine, format] as const)))(
  "%s: a %s file, imported into an empty hall and exported again, is the same file",
  async (engine, format) => {
    const first = await system(engine);
    await first.historian.write([samples()]);
    const file = await exported(first, format);
    const second = await system(engine);
    const { imports } = second;
    const job = imports.create({ format, tags: plant.tags, by: "engineer" });
    await imports.append(job.id, 0, createReadStream(file));
    imports.check(job.id);
    await imports.finished(job.id);
    expect(job).toMatchObject({ state: "checked", samples: 5433, rejected: {} });
    imports.commit(job.id);
    await imports.finished(job.id);
    expect(job).toMatchObject({ state: "done", entered: 5433 });
    expect(await second.settle(20_000)).toBe(true);
    const again = await exported(second, format);
    expect(readFileSync(again).equals(readFileSync(file))).toBe(true);
    expect(second.live.pipe.alarms.list()).toEqual([]);
  },
);

test("a disk on which the record needs the rest takes no file, and says so", async (context) => {
  const folder = tempFolder("disk");
  const disk = smallDisk(folder, 8 << 20) ?? context.skip("nothing may be mounted here");
  const exports = new Exports({
    folder: join(folder, "exports"),
    source: { raw: async () => Promise.reject(new Error("not asked")), rollup: async () => Promise.reject(new Error("not asked")) },
    settle: async () => true,
    timezone: "Asia/Shanghai",
    clock: systemClock,
  });
  try {
    for (const format of ["csv", "json", "parquet"] as const) {
      const job = exports.create({ tags: TAGS, ...SPAN, format, resolution: "raw", received: true, by: "qa" });
      await exports.finished(job.id);
      expect(job, format).toMatchObject({ state: "failed", fault: { code: "E_DISK_FULL" } });
    }
  } finally {
    await exports.stop();
    disk.remove();
    remove(folder);
  }
});
