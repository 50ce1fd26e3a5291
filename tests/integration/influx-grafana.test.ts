/** The dashboard beside the engine is no drawing: every query in it, asked as Grafana would, gets rows from a real InfluxDB. */
import { createFrame, ManualClock, pushSample } from "@cellhouse/shared";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createHistorian } from "../../server/src/historian/index.ts";
import { testPlant } from "../../server/src/historian/testing.ts";
import { ask, type Influxd, startInfluxd } from "../support/influxd.ts";
import { read } from "../support/tree.ts";

interface Target {
  refId: string;
  query: string;
  resultFormat: string;
}
interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: Target[];
}
interface Dashboard {
  templating: { list: { name: string; query: string }[] };
  panels: Panel[];
}

const dashboard = JSON.parse(read("server/src/historian/influx/grafana-dashboard.json")) as Dashboard;
const panels = dashboard.panels.filter(({ type }) => type !== "row");
const plant = testPlant(3);
const T0 = Date.UTC(2026, 4, 1, 8);
const SECONDS = 7200;
let influxd: Influxd;

beforeAll(async () => {
  influxd = await startInfluxd();
  const historian = createHistorian("influx", { url: influxd.url }, { plant, clock: new ManualClock(T0 - 1) });
  const tags = ["C001", "C002", "C003"].flatMap((cell) => ["TI-101", "EI-201", "II-202"].map((tag) => `${cell}:${tag}`));
  const ids = [...tags, "L01:II-001"].map((path) => plant.tag(path)?.id as number);
  for (let second = 0; second < SECONDS; second += 10) {
    const frame = createFrame(ids.length);
    frame.receivedAt = T0 + second * 1000;
    for (const id of ids) pushSample(frame, id, frame.receivedAt, 1000 + second / 100 + id, second % 600 === 0 ? 1 : 0);
    await historian.write([frame]);
  }
  await historian.stop();
});
afterAll(() => influxd.stop());

/** As Grafana's InfluxDB data source puts its variables in. */
function asked(query: string): string {
  const filter = `time >= ${T0}ms AND time <= ${T0 + SECONDS * 1000}ms`;
  const values: Record<string, string> = { $timeFilter: filter, $__interval: "10s", $line: "L01", $cell: "C002" };
  return query.replace(
    /\$\w+/g,
    (name) => values[name] ?? expect.fail(`${name} in ${query} is no variable of Grafana or of the dashboard`),
  );
}

test("line and cell are chosen from what is there", async () => {
  expect(dashboard.templating.list.map(({ name }) => name)).toEqual(["line", "cell"]);
  const [lines, cells] = await Promise.all(dashboard.templating.list.map(({ query }) => ask(influxd.url, asked(query))));
  expect(lines).toEqual([["line", "L01"]]);
  expect(cells).toEqual(["C001", "C002", "C003"].map((cell) => ["cell", cell]));
});

test("panels do not lie on each other, and show samples, rows of each resolution, the hall and one cell", () => {
  const queries = panels.flatMap(({ targets }) => targets ?? []).map(({ query }) => query);
  for (const measurement of ['FROM "cell"', '"10s"."cell_10s"', '"1m"."cell_1m"', '"1h"."cell_1h"', '"1m"."line_1m"'])
    expect(queries.filter((query) => query.includes(measurement))).not.toEqual([]);
  const places = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
  );
  expect(new Set(places).size).toBe(places.length);
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
});

test.each(panels.flatMap(({ title, targets = [] }) => targets.map(({ refId, query }) => [title, refId, query] as const)))(
  "%s, query %s",
  async (_title, _refId, query) => {
    const rows = await ask(influxd.url, asked(query));
    expect(rows.some(([, ...values]) => values.some((value) => value !== null && value !== 0))).toBe(true);
  },
);
