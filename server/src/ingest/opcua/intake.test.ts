import { type Line, Quality, tagOf } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { cell, counted, listener, plant } from "../testing.ts";
import { Intake, type WireItem } from "./intake.ts";
import { hasOverflow, numberOf, qualityOf } from "./values.ts";

const NOW = Date.UTC(2026, 10, 21);
const COMMUNICATION_ERROR = 0x80050000;

const item = (tag: string, value: unknown, time: number | null = NOW, status = 0): WireItem => ({
  clientHandle: tagOf(cell, tag).id,
  value: { value: { value }, statusCode: { value: status }, sourceTimestamp: time === null ? null : new Date(time) },
});

function story() {
  const counters = counted();
  const heard = listener();
  const returned: string[] = [];
  const intake = new Intake({
    plant,
    lines: plant.lines as Line[],
    input: heard,
    counters,
    judge: () => undefined,
    returned: (owner, since) => returned.push(`${owner} ${since - NOW}`),
  });
  return { intake, heard, counters, returned };
}

test.each([
  [0x00000000, Quality.Good],
  [0x00960000, Quality.Good],
  [0x40900000, Quality.Uncertain],
  [0x80050000, Quality.Bad],
  [0xc0000000, Quality.Bad],
])("status %i is quality %i", (status, quality) => expect(qualityOf(status)).toBe(quality));

test("numbers come from numbers, flags, times and 64-bit pairs; nothing else is one", () => {
  expect([1.5, true, new Date(5), [1, 2], "7", null, undefined, [1, 2, 3], { a: 1 }].map(numberOf)).toEqual([
    1.5,
    1,
    5,
    0x1_0000_0002,
    Number.NaN,
    Number.NaN,
    Number.NaN,
    Number.NaN,
    Number.NaN,
  ]);
});

test("one notification is one frame, in its order", () => {
  const { intake, heard } = story();
  intake.take([item("TI-101", 1050), item("XS-209", true), item("TI-103", "x"), item("TI-101", 1051, NOW + 5)], NOW + 50);
  expect(heard.frames).toHaveLength(1);
  expect(heard.frames[0]).toMatchObject({ count: 4, historical: false, clockOffset: 0, receivedAt: NOW + 50 });
  expect([...(heard.frames[0]?.value ?? [])]).toEqual([1050, 1, Number.NaN, 1051]);
  expect([...(heard.frames[0]?.quality ?? [])]).toEqual([Quality.Good, Quality.Good, Quality.Bad, Quality.Good]);
});

test("a PLC whose clock is off gets frames of its own from the next notification on, the others stay together", () => {
  const { intake, heard } = story();
  const skewed = NOW + 5_000;
  const lineItem: WireItem = { ...item("TI-101", 6), clientHandle: tagOf(cell.line, "II-001").id };
  intake.take([item("TI-101", 1050, skewed), lineItem], NOW);
  intake.take([item("TI-101", 1051, skewed + 500), lineItem], NOW + 500);
  expect(heard.frames.map((f) => [f.count, f.clockOffset])).toEqual([
    [2, 0],
    [1, -5_000],
    [1, 0],
  ]);
  expect(intake.clockOffset(plant.lines[0] as Line)).toBe(-5_000);
});

test("strange handles and a full server queue are counted", () => {
  const { intake, heard, counters } = story();
  intake.take([{ ...item("TI-101", 1), clientHandle: 1e6 }, item("TI-101", 1, NOW, 0x480)], NOW);
  expect(hasOverflow(0x480)).toBe(true);
  expect(counters.seen).toMatchObject({ "rejected unknown_handle": 1, "dropped opcua_server_queue": 1 });
  expect(heard.frames[0]?.count).toBe(1);
});

test("a PLC that was unreachable and answers again is reported with the moment it was lost", () => {
  const { intake, returned } = story();
  intake.take([item("YC-905", 5, NOW, COMMUNICATION_ERROR)], NOW);
  intake.take([item("YC-905", 5, NOW + 1000, COMMUNICATION_ERROR)], NOW + 1000);
  expect(returned).toEqual([]);
  intake.take([item("YC-905", 6, NOW + 2000)], NOW + 2000);
  intake.take([item("YC-905", 7, NOW + 3000)], NOW + 3000);
  expect(returned).toEqual(["C001 0"]);
});

test("history is a historical frame and counts as received", () => {
  const { intake, heard } = story();
  const { value } = item("TI-101", 1040, NOW - 60_000);
  intake.past(tagOf(cell, "TI-101").id, [value], NOW);
  intake.past(tagOf(cell, "TI-101").id, [], NOW);
  expect(heard.frames).toHaveLength(1);
  expect(heard.frames[0]).toMatchObject({ historical: true, count: 1 });
  expect(intake.meters.get("L01")?.total).toBe(1);
});
