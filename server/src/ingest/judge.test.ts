import { createFrame, pushSample, Quality, tagOf } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { createJudge } from "./judge.ts";
import { cell, counted, plant } from "./testing.ts";

const NOW = Date.UTC(2026, 10, 21);
const id = (tag: string): number => tagOf(cell, tag).id;

function judged(tag: string, value: number, quality: Quality = Quality.Good, time = NOW) {
  const counters = counted();
  const frame = createFrame(1);
  frame.receivedAt = NOW;
  pushSample(frame, id(tag), time, value, quality);
  createJudge(plant, counters)(frame);
  return { value: frame.value[0], quality: frame.quality[0], time: frame.time[0], seen: counters.seen };
}

test.each([
  [1050, Quality.Good],
  [600, Quality.Good],
  [1300, Quality.Good],
  [599.9, Quality.Bad],
  [1820, Quality.Bad],
  [Number.NaN, Quality.Bad],
  [Number.POSITIVE_INFINITY, Quality.Bad],
])("a bath thermocouple at %s °C is of quality %s and keeps its number", (value, quality) => {
  expect(judged("TI-101", value)).toMatchObject({ value, quality });
});

test("a range never makes a quality better", () => {
  expect(judged("TI-101", 1050, Quality.Stale).quality).toBe(Quality.Stale);
});

test("a limit survives its own rounding to 32 bits", () => {
  expect(judged("XI-209", Math.fround(1)).quality).toBe(Quality.Good);
  expect(judged("JI-204", Math.fround(1000)).quality).toBe(Quality.Good);
});

test("what the PLC holds as a setpoint is no measurement: outside the clamps it is still what the PLC holds", () => {
  expect(judged("TIC-101.SP", 920).quality).toBe(Quality.Good);
  expect(judged("TIC-101.SP", Number.NaN).quality).toBe(Quality.Bad);
});

test.each([0, Number.NaN, NOW + 2 * 86_400_000])(
  "an impossible source time (%s) becomes the time of arrival, uncertain and counted",
  (time) => {
    expect(judged("TI-101", 1050, Quality.Good, time)).toMatchObject({
      time: NOW,
      quality: Quality.Uncertain,
      seen: { "rejected source_time": 1 },
    });
  },
);

test("an hour of clock error is possible and stays as it came", () => {
  expect(judged("TI-101", 1050, Quality.Good, NOW + 3_600_000)).toMatchObject({ time: NOW + 3_600_000, quality: Quality.Good });
});
