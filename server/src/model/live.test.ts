import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Cell, createFrame, type Frame, ManualClock, type Plant, pushSample, Quality, tagOf } from "@cellhouse/shared";
import { loadPlant } from "@cellhouse/shared/plant-file";
import { expect, test } from "vitest";
import type { LinkEvent, LivenessChange } from "../contracts.ts";
import { createModel } from "./live.ts";

const plants = join(import.meta.dirname, "../../../shared/plants");
const plant: Plant = loadPlant(
  join(plants, "single.yaml"),
  (file) => readFileSync(file, "utf8"),
  (from, to) => join(dirname(from), to),
);
const cell = plant.cells[0] as Cell;
const bath = tagOf(cell, "TI-101").id;
const beat = tagOf(cell, "YC-905").id;
const lineTag = tagOf(cell.line, "II-001").id;

/** A story about one cell: samples and links come, time passes, changes are written down. */
function story() {
  const clock = new ManualClock(1_000_000);
  const told: string[] = [];
  const model = createModel(plant, clock, (changes: readonly LivenessChange[]) => {
    for (const c of changes) told.push(`${c.time - 1_000_000} ${c.owner} ${c.quality} ${c.reason}`);
  });
  let beats = 0;
  const apply = (samples: [tag: number, value: number, time?: number, quality?: number][], extra: Partial<Frame> = {}): void => {
    const frame = Object.assign(createFrame(8), { receivedAt: clock.now() }, extra);
    for (const [tag, value, time = clock.now(), quality = Quality.Good] of samples) pushSample(frame, tag, time, value, quality);
    model.apply(frame);
  };
  const link = (event: LinkEvent["event"], ...owners: string[]): void =>
    model.link({ receivedAt: clock.now(), link: "edge:L01", event, owners, detail: "" });
  return { clock, told, model, apply, link, heartbeat: () => apply([[beat, ++beats]]) };
}

test("before the first sample a value is not a number and nothing looks live", () => {
  const { model } = story();
  expect(model.value(bath)).toBeNaN();
  expect(model.quality(bath)).toBe(Quality.Stale);
  expect(model.liveness("C001")).toBe(Quality.Stale);
  expect(model.liveness("nobody")).toBe(Quality.Bad);
});

test("a cell lives by its heartbeat: 2.5 s without change is stale, 10 s bad, the next beat brings it back", () => {
  const { clock, told, model, apply, heartbeat } = story();
  heartbeat();
  apply([[bath, 1050]]);
  for (let s = 0; s < 5; s++) {
    clock.advance(1000);
    heartbeat();
  }
  clock.advance(2_499);
  expect(model.quality(bath)).toBe(Quality.Good);
  clock.advance(30_000);
  expect(model.quality(bath)).toBe(Quality.Bad);
  heartbeat();
  expect(told).toEqual(["0 C001 0 live", "7500 C001 2 heartbeat", "15000 C001 3 heartbeat", "37499 C001 0 live"]);
});

test("a heartbeat repeated without change is no sign of life", () => {
  const { clock, told, apply } = story();
  for (let s = 0; s < 12; s++) {
    apply([[beat, 7]]);
    clock.advance(1000);
  }
  expect(told).toEqual(["0 C001 0 live", "2500 C001 2 heartbeat", "10000 C001 3 heartbeat"]);
});

test("a cell that never speaks is bad after 30 s", () => {
  const { clock, told } = story();
  clock.advance(60_000);
  expect(told).toEqual(["30000 C001 3 heartbeat"]);
});

test("a lost link makes cell and line stale at once, its return needs a new beat only when the old one is too old", () => {
  const { clock, told, heartbeat, link } = story();
  link("up", "L01", "C001");
  heartbeat();
  clock.advance(500);
  link("down", "L01", "C001");
  clock.advance(20_000);
  link("up", "L01", "C001");
  heartbeat();
  expect(told).toEqual([
    "0 L01 0 live",
    "0 C001 0 live",
    "500 L01 2 link",
    "500 C001 2 link",
    "10000 C001 3 link",
    "20500 L01 0 live",
    "20500 C001 0 live",
  ]);
});

test("a sequence gap makes everything behind it uncertain until the rebirth", () => {
  const { clock, told, apply, link, heartbeat, model } = story();
  heartbeat();
  apply([[bath, 1050]]);
  link("gap", "C001");
  expect(model.quality(bath)).toBe(Quality.Uncertain);
  clock.advance(1000);
  heartbeat();
  expect(model.quality(bath)).toBe(Quality.Uncertain);
  link("whole", "C001");
  expect(told).toEqual(["0 C001 0 live", "0 C001 1 gap", "1000 C001 0 live"]);
});

test("a line has no heartbeat: its tags stay good while its link is up", () => {
  const { clock, apply, model, link } = story();
  apply([[lineTag, 6]]);
  clock.advance(3_600_000);
  expect(model.quality(lineTag)).toBe(Quality.Good);
  link("down", "L01");
  expect(model.quality(lineTag)).toBe(Quality.Stale);
});

test("an older sample does not overwrite a newer one, an equal one does", () => {
  const { apply, model, clock } = story();
  apply([[bath, 1, clock.now() - 10]]);
  apply([[bath, 2, clock.now() - 20]]);
  expect(model.value(bath)).toBe(1);
  apply([[bath, 3, clock.now() - 10]]);
  expect(model.value(bath)).toBe(3);
});

test("a PLC clock set back is followed once the offset is known", () => {
  const { apply, model, clock } = story();
  apply([[bath, 1, clock.now() + 3_600_000]], { clockOffset: -3_600_000 });
  clock.advance(1000);
  apply([[bath, 2]]);
  expect(model.value(bath)).toBe(2);
});

test("historical samples never look live and never hide a live value", () => {
  const { apply, model, heartbeat, clock } = story();
  const historical = { historical: true };
  apply(
    [
      [bath, 900, clock.now() - 60_000],
      [beat, 5],
    ],
    historical,
  );
  expect([model.value(bath), model.quality(bath), model.liveness("C001")]).toEqual([900, Quality.Stale, Quality.Stale]);
  heartbeat();
  expect(model.quality(bath)).toBe(Quality.Stale);
  apply([[bath, 1050]]);
  apply([[bath, 901, clock.now()]], historical);
  expect([model.value(bath), model.quality(bath)]).toEqual([1050, Quality.Good]);
});

test("the worse of sample and owner counts", () => {
  const { apply, model, heartbeat, clock } = story();
  heartbeat();
  apply([[bath, 1050, clock.now(), Quality.Uncertain]]);
  expect(model.quality(bath)).toBe(Quality.Uncertain);
  clock.advance(3000);
  expect(model.quality(bath)).toBe(Quality.Stale);
});

test("the same samples give the same changes however time was cut into steps", () => {
  const run = (step: number): string[] => {
    const { clock, told, heartbeat } = story();
    for (const at of [0, 1000, 2000, 9000, 9500, 30_000]) {
      while (clock.now() < 1_000_000 + at) clock.advanceTo(Math.min(clock.now() + step, 1_000_000 + at));
      heartbeat();
    }
    return told;
  };
  expect(run(1)).toEqual(run(100_000));
});
