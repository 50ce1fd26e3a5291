import { type Line, Quality, tagOf } from "@cellhouse/shared";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createJudge } from "../judge.ts";
import { cell, counted, listener, plant } from "../testing.ts";
import type { Samples } from "./decode.ts";
import { Intake } from "./intake.ts";
import { hasOverflow, qualityOf } from "./values.ts";

const NOW = Date.UTC(2026, 10, 21);
const COMMUNICATION_ERROR = 0x80050000;

interface Item {
  handle: number;
  value: number;
  time: number;
  status: number;
}

const item = (tag: string, value: number, time = NOW, status = 0): Item => ({ handle: tagOf(cell, tag).id, value, time, status });

function samples(...items: Item[]): Samples {
  return {
    count: items.length,
    handle: Uint32Array.from(items, (one) => one.handle),
    value: Float64Array.from(items, (one) => one.value),
    time: Float64Array.from(items, (one) => one.time),
    status: Uint32Array.from(items, (one) => one.status),
  };
}

function story() {
  const counters = counted();
  const heard = listener();
  const returned: string[] = [];
  const overflowed: string[] = [];
  const intake = new Intake({
    plant,
    lines: plant.lines as Line[],
    input: heard,
    counters,
    judge: () => undefined,
    returned: (owner, since) => returned.push(`${owner} ${since - NOW}`),
    overflowed: (tag, since) => overflowed.push(`${plant.tags[tag]?.definition.name} ${since - NOW}`),
  });
  return { intake, heard, counters, returned, overflowed };
}

test.each([
  [0x00000000, Quality.Good],
  [0x00960000, Quality.Good],
  [0x40900000, Quality.Uncertain],
  [0x40a40000, Quality.Uncertain],
  [0x408f0000, Quality.Stale],
  [0x80050000, Quality.Bad],
  [0xc0000000, Quality.Bad],
])("status %i is quality %i", (status, quality) => expect(qualityOf(status)).toBe(quality));

test("one notification is one frame, in its order", () => {
  const { intake, heard } = story();
  intake.take(samples(item("TI-101", 1050), item("XS-209", 1), item("TI-103", Number.NaN), item("TI-101", 1051, NOW + 5)), NOW + 50);
  expect(heard.frames).toHaveLength(1);
  expect(heard.frames[0]).toMatchObject({ count: 4, historical: false, clockOffset: 0, receivedAt: NOW + 50 });
  expect([...(heard.frames[0]?.value ?? [])]).toEqual([1050, 1, Number.NaN, 1051]);
  expect([...(heard.frames[0]?.quality ?? [])]).toEqual([Quality.Good, Quality.Good, Quality.Bad, Quality.Good]);
});

test("a PLC whose clock is off gets frames of its own from the next notification on, the others stay together", () => {
  const { intake, heard } = story();
  const skewed = NOW + 5_000;
  const lineItem: Item = { ...item("TI-101", 6), handle: tagOf(cell.line, "II-001").id };
  intake.take(samples(item("TI-101", 1050, skewed), lineItem), NOW);
  intake.take(samples(item("TI-101", 1051, skewed + 500), lineItem), NOW + 500);
  expect(heard.frames.map((f) => [f.count, f.clockOffset])).toEqual([
    [2, 0],
    [1, -5_000],
    [1, 0],
  ]);
  expect(intake.clockOffset(plant.lines[0] as Line)).toBe(-5_000);
});

test("strange handles are counted; so is a full server queue, whose hole is named from the last sample before it", () => {
  const { intake, heard, counters, overflowed } = story();
  intake.take(samples(item("TI-101", 1, NOW - 500)), NOW);
  intake.take(samples({ ...item("TI-101", 1), handle: 1e6 }, item("TI-101", 1, NOW, 0x480)), NOW);
  expect(hasOverflow(0x480)).toBe(true);
  expect(counters.seen).toMatchObject({ "rejected unknown_handle": 1, "rejected opcua_overrun": 1 });
  expect(heard.frames[1]?.count).toBe(1);
  expect(overflowed).toEqual(["TI-101 -500"]);
});

test("a PLC that was unreachable and answers again is reported with the moment it was lost", () => {
  const { intake, returned } = story();
  intake.take(samples(item("YC-905", 5, NOW, COMMUNICATION_ERROR)), NOW);
  intake.take(samples(item("YC-905", 5, NOW + 1000, COMMUNICATION_ERROR)), NOW + 1000);
  expect(returned).toEqual([]);
  intake.take(samples(item("YC-905", 6, NOW + 2000)), NOW + 2000);
  intake.take(samples(item("YC-905", 7, NOW + 3000)), NOW + 3000);
  expect(returned).toEqual(["C001 0"]);
});

test("for a cell without a heartbeat we count, as long as any of its tags says that its PLC answers", () => {
  const { intake, heard, returned } = story();
  intake.beat(NOW);
  expect(heard.frames).toEqual([]);
  intake.beatless(new Set([cell.id]));
  intake.beat(NOW);
  intake.take(samples(item("TI-101", 1050), item("TI-103", 900, NOW, COMMUNICATION_ERROR)), NOW + 500);
  intake.beat(NOW + 1000);
  intake.take(samples(item("TI-101", 1050, NOW + 1500, COMMUNICATION_ERROR)), NOW + 1500);
  intake.beat(NOW + 2000);
  intake.take(samples(item("TI-103", 900, NOW + 2500)), NOW + 2500);
  intake.beat(NOW + 3000);
  const beats = heard.frames.filter((frame) => frame.tag[0] === tagOf(cell, "YC-905").id);
  expect(beats.map((frame) => [(frame.time[0] as number) - NOW, frame.quality[0]])).toEqual([
    [0, Quality.Good],
    [1000, Quality.Good],
    [3000, Quality.Good],
  ]);
  expect(new Set(beats.map((frame) => frame.value[0])).size, "each beat is another number").toBe(3);
  expect(returned).toEqual(["C001 1500"]);
});

test("history is a historical frame, counts as received, and holds only what is new", () => {
  const { intake, heard } = story();
  const { id } = tagOf(cell, "TI-101");
  intake.past(id, samples(item("TI-101", 1039, NOW - 60_000), item("TI-101", 1040, NOW - 59_000)), { after: NOW - 60_000, now: NOW });
  intake.past(id, samples(), { after: 0, now: NOW });
  expect(heard.frames).toHaveLength(1);
  expect(heard.frames[0]).toMatchObject({ historical: true, count: 1 });
  expect(heard.frames[0]?.value[0]).toBe(1040);
  expect(intake.meters.get("L01")?.total).toBe(1);
});

test("a sample from the far future moves neither the clock's offset nor the point from which history is read", () => {
  const { intake } = story();
  intake.take(samples(item("TI-101", 1050, NOW)), NOW);
  intake.take(samples(item("TI-101", 1050, NOW + 10 * 86_400_000), item("TI-102", 900, 0)), NOW + 500);
  expect(intake.clockOffset(plant.lines[0] as Line)).toBe(0);
  expect(intake.last[tagOf(cell, "TI-101").id]).toBe(NOW);
});

test("whatever a server sends, nothing throws, nothing is lost without being counted, and no bad number stays good", () => {
  const anything = fc.record({
    handle: fc.oneof(fc.integer({ min: 0, max: plant.tags.length + 5 }), fc.integer({ min: 0, max: 0xffffffff })),
    value: fc.double(),
    time: fc.oneof(fc.constant(Number.NaN), fc.double(), fc.integer({ min: NOW - 1e6, max: NOW + 1e6 })),
    status: fc.integer({ min: 0, max: 0xffffffff }),
  });
  fc.assert(
    fc.property(fc.array(fc.array(anything, { maxLength: 20 }), { maxLength: 5 }), (notifications) => {
      const { counters, heard } = story();
      const ignore = (): void => undefined;
      const judge = createJudge(plant, counters);
      const lines = plant.lines as Line[];
      const intake = new Intake({ plant, lines, input: heard, counters, judge, returned: ignore, overflowed: ignore });
      for (const [i, items] of notifications.entries()) intake.take(samples(...items), NOW + i * 250);
      const taken = heard.frames.reduce((n, frame) => n + frame.count, 0);
      expect(taken + (counters.seen["rejected unknown_handle"] ?? 0)).toBe(notifications.flat().length);
      for (const frame of heard.frames)
        for (let k = 0; k < frame.count; k++) {
          if (Number.isNaN(frame.value[k])) expect(frame.quality[k]).toBe(Quality.Bad);
          expect(Number.isFinite(frame.time[k])).toBe(true);
        }
    }),
    { numRuns: 300 },
  );
});
