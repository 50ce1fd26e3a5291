import type { HistorySeries } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { extended, joinLive, lastOf, pointsOf, valueAt, withGaps, withStanding } from "./columns.ts";
import { marksOf, priorityIn } from "./marks.ts";
import { follow, LONGEST, pan, readSpan, writeSpan, zoom } from "./window.ts";

const buckets = (change: Partial<HistorySeries>): HistorySeries => ({
  tag: "t",
  unit: "V",
  source: "10s",
  t: [0, 100],
  min: [1, 5],
  max: [9, 5],
  mean: [4, 5],
  first: [3, 5],
  last: [2, 5],
  count: [7, 1],
  q: ["good", "good"],
  gaps: [],
  ...change,
});

test("a bucket of many samples keeps its peaks, a bucket of one is one point", () => {
  expect(pointsOf(buckets({}), 100, 1000)).toEqual({ t: [0, 25, 50, 75, 100], v: [3, 1, 9, 2, 5] });
});

test("nothing of the last bucket is drawn after the end of what was asked", () => {
  const { t } = pointsOf(buckets({ t: [0], count: [7], q: ["good"] }), 100, 40);
  expect(Math.max(...t)).toBeLessThan(40);
});

test("raw samples that are bad or stale are gaps, not numbers", () => {
  const raw: HistorySeries = {
    tag: "t",
    unit: "V",
    source: "raw",
    t: [1, 2, 3, 4],
    v: [1, 2, 3, null],
    q: ["good", "bad", "stale", "good"],
    gaps: [],
  };
  expect(pointsOf(raw, 1, 10).v).toEqual([1, null, null, null]);
});

test("gaps become nulls in their place", () => {
  expect(withGaps({ t: [0, 10, 50], v: [1, 2, 3] }, [[10, 50]])).toEqual({ t: [0, 10, 30, 50], v: [1, 2, null, 3] });
  expect(withGaps({ t: [0], v: [1] }, [[5, 9]])).toEqual({ t: [0, 5, 7], v: [1, 1, null] });
});

test("what stood before the first sample is held up to it, but through no gap", () => {
  const points = { t: [50, 60], v: [2, 3] };
  expect(withStanding(points, 0, 1, [])).toEqual({ t: [0, 49, 50, 60], v: [1, 1, 2, 3] });
  expect(withStanding(withGaps(points, [[20, 50]]), 0, 1, [[20, 50]])).toEqual({ t: [0, 20, 35, 50, 60], v: [1, 1, null, 2, 3] });
  expect(withStanding(points, 0, 1, [[0, 50]])).toBe(points);
  expect(withStanding(points, 50, 1, [])).toBe(points);
  expect(withStanding({ t: [], v: [] }, 0, 1, [])).toEqual({ t: [0], v: [1] });
});

test("what a series ended with counts only when it was to be believed", () => {
  expect(lastOf(buckets({}))).toBe(5);
  expect(lastOf(buckets({ q: ["good", "bad"] }))).toBeUndefined();
  expect(lastOf(buckets({ t: [], last: [], q: [] }))).toBeUndefined();
});

test("past and present are joined without overlap", () => {
  const past = { t: [0, 10, 20], v: [1, 2, 3] };
  expect(joinLive(past, { t: [15, 20, 25], v: [9, 9, 4] })).toEqual({ t: [0, 10, 20, 25], v: [1, 2, 3, 4] });
  expect(joinLive(past, { t: [5], v: [9] })).toBe(past);
  expect(joinLive({ t: [], v: [] }, { t: [5], v: [9] })).toEqual({ t: [5], v: [9] });
  expect(joinLive({ t: [0], v: [1] }, { t: [50], v: [null] })).toEqual({ t: [0, 49, 50], v: [1, 1, null] });
});

test("a value that still holds is drawn up to now, a lost one is not", () => {
  expect(extended({ t: [0], v: [1] }, 9)).toEqual({ t: [0, 9], v: [1, 1] });
  expect(extended({ t: [0, 5], v: [1, null] }, 9)).toEqual({ t: [0, 5], v: [1, null] });
});

test("the value under the cursor is the one that held then", () => {
  const points = { t: [10, 20, 30], v: [1, null, 3] };
  expect([valueAt(points, 5), valueAt(points, 10), valueAt(points, 25), valueAt(points, 99)]).toEqual([undefined, 1, null, 3]);
});

test("panning into the past stands, panning to the present follows it again", () => {
  const past = pan(follow(100, 1000), -50, 1000);
  expect(past).toEqual({ from: 850, to: 950, following: false });
  expect(pan(past, 80, 1000)).toEqual({ from: 900, to: 1000, following: true });
});

test("zooming keeps the time under the pointer in its place", () => {
  const window = { from: 100_000, to: 200_000, following: false };
  const closer = zoom(window, 0.5, 150_000, 1e9);
  expect(closer).toEqual({ from: 125_000, to: 175_000, following: false });
  expect(zoom(follow(100_000, 1e9), 2, 0, 1e9)).toEqual(follow(200_000, 1e9));
  expect(zoom(follow(LONGEST, 1e15), 2, 0, 1e15)).toEqual(follow(LONGEST, 1e15));
});

test("an address restores the stretch of time seen", () => {
  const past = { from: 400_000, to: 1_000_000, following: false };
  expect(readSpan(writeSpan(past, new URLSearchParams("replay=r")), 9e9, 5)).toEqual(past);
  expect(writeSpan(past, new URLSearchParams("replay=r")).get("replay")).toBe("r");
  expect(readSpan(writeSpan(follow(600_000, 9e9), new URLSearchParams()), 9e9, 5)).toEqual(follow(600_000, 9e9));
  expect(readSpan(new URLSearchParams("at=1000000&span=60000"), 9e9, 5)).toEqual({ from: 970_000, to: 1_030_000, following: false });
  expect(readSpan(new URLSearchParams("span=abc&end=-4"), 9e9, 7_200_000)).toEqual(follow(7_200_000, 9e9));
});

test("marks are raised alarms with their priority and commands, in order of time", () => {
  const events = [
    { seq: 1, time: 20, kind: "alarm" as const, alarm: "C001:EI-201.HI", event: "raise" },
    { seq: 2, time: 25, kind: "alarm" as const, alarm: "C001:EI-201.HI", event: "ack" },
  ];
  const commands = [{ id: "c", tag: "BT.EL1.L01.C001:FIC-303.SP", value: 9, by: "op", at: 10, state: "verified" as const }];
  const priority = priorityIn([]);
  expect(marksOf(events, commands, priority)).toEqual([
    { time: 10, text: "FIC-303.SP 9 (op)" },
    { time: 20, priority: 4, text: "EI-201.HI" },
  ]);
});
