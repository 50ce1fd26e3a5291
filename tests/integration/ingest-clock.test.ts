/** A PLC whose clock jumps, from Sparkplug bytes to the live model, on a clock of our own: no value may hang and no cell may look dead. */
import { type Cell, type Line, ManualClock, metricName, Quality, tagOf } from "@cellhouse/shared";
import { DataType, encodePayload } from "@cellhouse/shared/sparkplug";
import { expect, test } from "vitest";
import { createJudge } from "../../server/src/ingest/judge.ts";
import { Edge } from "../../server/src/ingest/sparkplug/edge.ts";
import { createModel } from "../../server/src/model/live.ts";
import { counted, plantFile } from "./ingest-support.ts";

const plant = plantFile("single");
const cell = plant.cells[0] as Cell;
const START = Date.UTC(2026, 10, 21);
const DELAY = 30;

test.each([3_600_000, -3_600_000, 5_000, -5_000, 400])(
  "the clock jumps by %s ms and a minute later back: the cell stays live, each value is followed within 2 s",
  (skew) => {
    const clock = new ManualClock(START);
    const told: string[] = [];
    const model = createModel(plant, clock, (changes) => {
      for (const c of changes) if (c.owner === cell.id) told.push(`${c.quality} ${c.reason}`);
    });
    const counters = counted();
    const edge = new Edge(plant.lines[0] as Line, {
      clock,
      counters,
      input: { frame: model.apply, link: (event) => model.link({ ...event, receivedAt: clock.now() }) },
      judge: createJudge(plant, counters),
      askRebirth: () => undefined,
      report: () => undefined,
      text: () => undefined,
    });
    const names = ["YC-905", "TI-101"];
    const born = names.map((name, alias) => ({ name: metricName(name), alias, datatype: DataType.Double, timestamp: START, value: 0 }));
    edge.message(
      "NBIRTH",
      "",
      encodePayload({ timestamp: START, seq: 0, metrics: [{ name: "bdSeq", datatype: DataType.Int64, value: 0 }] }),
    );
    edge.message("DBIRTH", cell.id, encodePayload({ timestamp: START, seq: 1, metrics: born }));
    let oldest = 0;
    for (let second = 1; second < 200; second++) {
      clock.advanceTo(START + second * 1000);
      const timestamp = clock.now() - DELAY + (second >= 60 && second < 120 ? skew : 0);
      const metrics = names.map((_name, alias) => ({ alias, timestamp, datatype: DataType.Double, value: second }));
      edge.message("DDATA", cell.id, encodePayload({ timestamp, seq: (second + 1) & 0xff, metrics }));
      oldest = Math.max(oldest, second - model.value(tagOf(cell, "TI-101").id));
    }
    expect(told).toEqual([`${Quality.Good} live`]);
    expect(oldest).toBeLessThanOrEqual(2);
    expect(edge.link().clockOffset).toBe(0);
  },
);
