/** The historian's contract against a real InfluxDB 1.x, and what happens when it goes away. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, createFrame, type Frame, ManualClock, pushSample, systemClock, type TagId } from "@cellhouse/shared";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Historian } from "../../server/src/contracts.ts";
import { conformance } from "../../server/src/historian/conformance.ts";
import { createForwarder, createHistorian, createHistory } from "../../server/src/historian/index.ts";
import { testCounters, testPlant } from "../../server/src/historian/testing.ts";
import { createRecorder } from "../../server/src/recorder/index.ts";
import { type Influxd, startInfluxd } from "../support/influxd.ts";

const plant = testPlant(4);
let influxd: Influxd;
beforeAll(async () => {
  influxd = await startInfluxd();
});
afterAll(() => influxd.stop());

const T0 = 1_760_000_000_000;
const open = (url: string, clock: Clock = systemClock): Historian => createHistorian("influx", { url }, { plant, clock });
const database = (name: string): string => influxd.url.replace(/[^/]*$/, name);

// By the wall clock every sample of the suite is old and may replace one; by the manual clock it is as live ones are.
for (const [name, clock] of [
  ["old", systemClock],
  ["live", new ManualClock(0)],
] as const)
  conformance(`influx, ${name} samples`, {
    open: async () => {
      const historian = open(database(name), clock);
      await historian.start();
      return historian;
    },
    close: (historian) => historian.stop(),
    reopen: async (historian) => {
      await historian.stop();
      await influxd.restart();
      const again = open(database(name), clock);
      await again.start();
      return again;
    },
    runs: 25,
  });

function frame(rows: readonly (readonly [tag: string, time: number, value: number, quality: number])[]): Frame {
  const built = createFrame(rows.length);
  built.receivedAt = T0;
  for (const [tag, time, value, quality] of rows) pushSample(built, plant.tag(tag)?.id as number, time, value, quality);
  return built;
}

test("others read it without us: measurement, tags, float fields, quality only where not Good", async () => {
  const url = database("others");
  const historian = createHistorian("influx", { url }, { plant, clock: new ManualClock(T0 - 1) });
  await historian.start();
  await historian.write([
    frame([
      ["C001:TI-101", T0, 1050, 0],
      ["C001:EI-201", T0, 9.9, 1],
      ["C001:TI-102", T0, Number.NaN, 3],
      ["L01:II-001", T0 + 5, 6, 0],
    ]),
  ]);
  const ask = async (q: string): Promise<unknown> => {
    const reply = await fetch(`${url.replace(/\/others$/, "")}/query?db=others&epoch=ms&q=${encodeURIComponent(q)}`);
    return ((await reply.json()) as { results: { series: unknown }[] }).results[0]?.series;
  };
  expect(await ask('SELECT * FROM "cell"')).toEqual([
    {
      name: "cell",
      columns: ["time", "EI-201", "EI-201.q", "TI-101", "TI-102.q", "area", "cell", "line", "site"],
      values: [[T0, 9.9, 1, 1050, 3, "EL1", "C001", "L01", "BT"]],
    },
  ]);
  expect(await ask('SELECT * FROM "line"')).toEqual([
    { name: "line", columns: ["time", "II-001", "area", "line", "site"], values: [[T0 + 5, 6, "EL1", "L01", "BT"]] },
  ]);
  await historian.stop();
});

test("a field of another type is refused by InfluxDB once, counted, and the rest goes on", async () => {
  const url = database("mixed");
  const counters = testCounters();
  const historian = createHistorian("influx", { url }, { plant, clock: systemClock, counters });
  await historian.start();
  await fetch(`${url.replace(/\/mixed$/, "")}/write?db=mixed&precision=ms`, {
    method: "POST",
    body: `cell,site=BT,area=EL1,line=L01,cell=C001 TI-101="text" ${T0}\n`,
  });
  await historian.write([
    frame([
      ["C001:TI-101", T0, 1050, 0],
      ["C002:TI-101", T0, 1051, 0],
      ["C002:EI-201", T0 + 1, 9, 0],
    ]),
  ]);
  expect(counters.total.dropped.historian_refused).toBeGreaterThan(0);
  const kept = await historian.raw({ tag: plant.tag("C002:EI-201")?.id as TagId, from: T0, to: T0 + 10, limit: 10 });
  expect([...kept.value]).toEqual([9]);
  await historian.stop();
});

test("an unreachable server is named without its password", async () => {
  const historian = open("http://cell:topsecret@127.0.0.1:9/cellhouse");
  const failed = await historian.start().then(
    () => undefined,
    (error: Error) => error,
  );
  expect(failed).toMatchObject({ code: "E_HISTORIAN" });
  expect(failed?.message).toContain("http://127.0.0.1:9");
  expect(failed?.message).toContain("ECONNREFUSED");
  expect(JSON.stringify(failed, Object.getOwnPropertyNames(failed)) + failed?.stack).not.toContain("topsecret");
  await expect(historian.write([frame([["C001:TI-101", T0, 1, 0]])])).rejects.toMatchObject({ code: "E_HISTORIAN" });
});

test("while InfluxDB is away the samples wait in the record, and are all there afterwards", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cellhouse-"));
  const counters = testCounters();
  const recorder = createRecorder({ folder, plant, clock: systemClock, counters, retentionDays: 1, retentionBytes: 1e9 });
  const historian = open(database("away"));
  const forwarder = createForwarder({ log: recorder, historian, clock: systemClock, counters });
  const history = createHistory({ historian, forwarder });
  await historian.start();
  forwarder.start();
  const start = Date.now();
  let n = 0;
  const record = (): void => {
    for (let i = 0; i < 50; i++, n++) recorder.frame({ ...frame([["C001:TI-101", start + n, n, 0]]), receivedAt: Date.now() });
  };
  record();
  expect(await history.settle(10_000)).toBe(true);
  await influxd.program.stop();
  record();
  await expect.poll(() => history.links()[0]?.state, { timeout: 10_000 }).toBe("down");
  expect(history.links()[0]).toMatchObject({ backlog: 50, detail: expect.stringContaining("no connection") });
  record();
  await recorder.flush();
  await influxd.restart();
  expect(await history.settle(20_000)).toBe(true);
  expect(history.links()[0]).toMatchObject({ state: "up", backlog: 0 });
  const raw = await history.raw({ tag: plant.tag("C001:TI-101")?.id as TagId, from: start, to: start + 1000, limit: 1000 });
  expect([...raw.value]).toEqual(Array.from({ length: 150 }, (_, i) => i));
  await forwarder.stop();
  await historian.stop();
  await recorder.stop();
  rmSync(folder, { recursive: true, force: true });
});
