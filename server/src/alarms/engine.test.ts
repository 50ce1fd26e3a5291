import { type AlarmState, Quality } from "@cellhouse/shared";
import fc from "fast-check";
import { expect, test } from "vitest";
import { BITS, COMM, HIGH, LOW, plantWith, play, START, Story } from "./story.testkit.ts";

const DELAYED = { ...HIGH, onDelay: 60, offDelay: 30 };
const LATCH = { ...HIGH, latching: true };
const TYPE = HIGH.id;
const _ID = `C001:${TYPE}`;

const stateOf = (story: Story, type = TYPE): AlarmState => story.alarm(type).state;

test("an excursion calls once, waits for the acknowledge, and is over when it has returned", () => {
  const story = play(HIGH, [
    [0, 10, "NORM"],
    [1, 12, "UNACK"],
    [2, 13, "UNACK"],
  ]);
  story.acknowledge(TYPE);
  expect(story.alarm(TYPE)).toMatchObject({ state: "ACKED", ackBy: "ada", ackAt: START + 2000, value: 12, limit: 11 });
  expect(stateOf(story.at(3).sample("EI-201", 10))).toBe("NORM");
  expect(story.journal.map((t) => [t.event, t.from, t.to, t.actor])).toEqual([
    ["raise", "NORM", "UNACK", "process"],
    ["ack", "UNACK", "ACKED", "ada"],
    ["return", "ACKED", "NORM", "process"],
  ]);
});

test("an alarm that came and went still asks for its acknowledge", () => {
  const story = play(HIGH, [
    [0, 12, "UNACK"],
    [1, 10, "RTN_UNACK"],
    [2, 12, "UNACK"],
    [3, 10, "RTN_UNACK"],
  ]);
  expect(story.calls(TYPE)).toBe(2);
  expect(stateOf(story.acknowledge(TYPE))).toBe("NORM");
});

test("the on-delay counts from the first sample beyond the limit, the off-delay from the first behind the deadband", () => {
  const story = play(DELAYED, [
    [0, 12, "NORM"],
    [30, 12, "NORM"],
    [59, 12, "NORM"],
    [60, 12, "UNACK"],
    [100, 10, "UNACK"],
    [129, 10, "UNACK"],
    [131, 10, "RTN_UNACK"],
  ]);
  expect(story.journal.map((t) => (t.time - START) / 1000)).toEqual([60, 130]);
});

test("a quiet tag: the delay ends by the pipe's clock when no further sample comes", () => {
  const story = play(DELAYED, [[0, 12, "NORM"]]);
  expect(stateOf(story.at(59.9))).toBe("NORM");
  expect(stateOf(story.at(60))).toBe("UNACK");
  expect(story.journal[0]).toMatchObject({ time: START + 60_000, received: START + 60_000, value: 12 });
});

test("a spike shorter than the on-delay never calls", () => {
  play(DELAYED, [
    [0, 12, "NORM"],
    [59, 10.9, "NORM"],
    [61, 12, "NORM"],
    [119, 10, "NORM"],
    [300, 10, "NORM"],
  ]);
});

test("a dip shorter than the off-delay does not end it, and a value inside the deadband is no dip", () => {
  const story = play(DELAYED, [
    [0, 12, "NORM"],
    [60, 12, "UNACK"],
    [70, 10, "UNACK"],
    [95, 10.8, "UNACK"],
    [120, 10, "UNACK"],
    [149, 10, "UNACK"],
    [150, 10, "RTN_UNACK"],
  ]);
  expect(story.calls(TYPE)).toBe(1);
});

test("an hour of noise at the limit calls at most once", () => {
  const noise = fc.array(fc.double({ min: -0.4, max: 0.4, noNaN: true }), { minLength: 3600, maxLength: 3600 });
  fc.assert(
    fc.property(noise, (values) => {
      const story = new Story(plantWith([{ ...HIGH, onDelay: 3, offDelay: 30 }]));
      for (const [s, v] of values.entries()) story.at(s).sample("EI-201", 11 + v);
      expect(story.calls(TYPE)).toBeLessThanOrEqual(1);
    }),
    { numRuns: 20, seed: 26 },
  );
});

test("delays run on source time, corrected by the edge's clock offset and never later than arrival", () => {
  const story = new Story(plantWith([DELAYED]));
  story.at(100).sample("EI-201", 12, { time: 3690, clockOffset: -3_600_000 });
  expect(stateOf(story.at(149).sample("EI-201", 12, { time: 3749, clockOffset: -3_600_000 }))).toBe("NORM");
  story.at(151).sample("EI-201", 12, { time: 3750.5, clockOffset: -3_600_000 });
  expect(story.alarm(TYPE)).toMatchObject({ state: "UNACK", raised: START + 150_000 });
});

test("samples on their way still count: the clock waits as long as the first sample was late", () => {
  const story = new Story(plantWith([DELAYED]));
  story.at(1.5).sample("EI-201", 12, { time: 0 });
  expect(stateOf(story.at(61))).toBe("NORM");
  expect(stateOf(story.at(61.4).sample("EI-201", 10, { time: 59.9 }))).toBe("NORM");
  expect(stateOf(story.at(200))).toBe("NORM");
});

test("a sample after the end of the delay proves that the condition held to its end", () => {
  const story = play(DELAYED, [
    [0, 12, "NORM"],
    [60.5, 10, "UNACK"],
  ]);
  expect(story.journal[0]).toMatchObject({ time: START + 60_000, value: 12 });
});

test("an edge whose clock stands an hour behind shortens no delay", () => {
  const story = new Story(plantWith([DELAYED]));
  story.at(3600).sample("EI-201", 12, { time: 0 });
  story.at(3630).sample("EI-201", 10, { time: 30 });
  expect(stateOf(story.at(3640))).toBe("NORM");
  story.sample("EI-201", 12, { time: 40 });
  expect(stateOf(story.at(3699.9))).toBe("NORM");
  expect(stateOf(story.at(3700))).toBe("UNACK");
  expect(story.alarm(TYPE).raised, "on the edge's time as far as we know it").toBe(START + 100_000);
});

test("a clock set back by an hour while a delay runs does not hold the alarm up", () => {
  const story = new Story(plantWith([DELAYED]));
  story.at(0).sample("EI-201", 12).at(30).sample("EI-201", 12, { time: -3570 });
  expect(stateOf(story.at(60))).toBe("UNACK");
});

test("historical samples never call and never clear", () => {
  const story = new Story(plantWith([HIGH]));
  expect(stateOf(story.at(10).sample("EI-201", 12, { time: 1, historical: true }))).toBe("NORM");
  expect(stateOf(story.sample("EI-201", 12))).toBe("UNACK");
  expect(stateOf(story.sample("EI-201", 10, { time: 2, historical: true }))).toBe("UNACK");
});

test.each([Quality.Bad, Quality.Stale])("quality %i freezes the condition: it neither comes nor goes", (quality) => {
  const story = new Story(plantWith([DELAYED]));
  story.at(0).sample("EI-201", 12);
  story.at(30).sample("EI-201", 12, { quality });
  expect(stateOf(story.at(200))).toBe("NORM");
  story.sample("EI-201", 12);
  expect(stateOf(story.at(260))).toBe("UNACK");
  story.sample("EI-201", 0, { quality });
  expect(stateOf(story.at(400))).toBe("UNACK");
  story.sample("EI-201", Number.NaN);
  expect(stateOf(story.at(600))).toBe("UNACK");
});

test("an uncertain value counts: a substitute is better than no alarm", () => {
  expect(stateOf(new Story(plantWith([HIGH])).sample("EI-201", 12, { quality: Quality.Uncertain }))).toBe("UNACK");
});

test("a cell that falls silent freezes its limit alarms, and what it stood at counts when it comes back", () => {
  const story = new Story(plantWith([DELAYED]));
  story.sample("EI-201", 12).at(30).live(Quality.Stale, "heartbeat");
  expect(stateOf(story.at(120))).toBe("NORM");
  story.live(Quality.Good, "live");
  expect(stateOf(story.at(179))).toBe("NORM");
  expect(stateOf(story.at(180))).toBe("UNACK");
});

test("a sample of a cell that is not live is not believed either", () => {
  const story = new Story(plantWith([HIGH]));
  story.live(Quality.Stale, "gap").sample("EI-201", 12);
  expect(stateOf(story)).toBe("NORM");
  expect(stateOf(story.live(Quality.Uncertain, "gap"))).toBe("UNACK");
});

test("a bit that changed while no server was there counts from the first word of its cell, not from its change", () => {
  const restarted = (): Story => {
    const story = new Story(plantWith([{ ...BITS, onDelay: 60 }]), Quality.Stale);
    return story.at(200).sample("YS-902", 1, { time: 10 }).live(Quality.Good, "live").at(230);
  };
  const over = restarted().sample("YS-902", 0).at(400);
  expect(over.journal).toEqual([]);
  const stands = restarted().at(260);
  expect(stands.alarm("FEED.JAM")).toMatchObject({ state: "UNACK", raised: START + 260_000 });
});

test("no heartbeat: COMM.LOST when the model calls the cell bad, back ten seconds after the first beat", () => {
  const story = new Story(plantWith([COMM]));
  story.live(Quality.Good, "live");
  story.at(2.5).live(Quality.Stale, "heartbeat");
  expect(stateOf(story.at(9.9), "COMM.LOST")).toBe("NORM");
  story.at(10).live(Quality.Bad, "heartbeat");
  expect(stateOf(story, "COMM.LOST")).toBe("UNACK");
  story.at(20).live(Quality.Good, "live");
  expect(stateOf(story.at(29), "COMM.LOST")).toBe("UNACK");
  expect(stateOf(story.at(30), "COMM.LOST")).toBe("RTN_UNACK");
});

test("a lost link: COMM.LOST after the on-delay, not when it comes back before", () => {
  const story = new Story(plantWith([COMM]));
  story.at(0).live(Quality.Stale, "link").at(9).live(Quality.Good, "live");
  expect(stateOf(story.at(60), "COMM.LOST")).toBe("NORM");
  story.live(Quality.Stale, "link");
  expect(stateOf(story.at(69.9), "COMM.LOST")).toBe("NORM");
  expect(stateOf(story.at(70), "COMM.LOST")).toBe("UNACK");
  expect(story.journal[0]?.value).toBeNull();
});

test("a longer on-delay than the model's ten seconds counts the silence that had already been", () => {
  const story = new Story(plantWith([{ ...COMM, onDelay: 25 }]));
  story.at(10).live(Quality.Bad, "heartbeat");
  expect(stateOf(story.at(24.9), "COMM.LOST")).toBe("NORM");
  expect(stateOf(story.at(25), "COMM.LOST")).toBe("UNACK");
});

test("link lost first, then found to have been silent for longer: the longer silence counts", () => {
  const story = new Story(plantWith([{ ...COMM, onDelay: 25 }]));
  story.at(5).live(Quality.Stale, "link").at(10).live(Quality.Bad, "link");
  expect(stateOf(story.at(24.9), "COMM.LOST")).toBe("NORM");
  expect(stateOf(story.at(25), "COMM.LOST")).toBe("UNACK");
  expect(story.alarm("COMM.LOST").raised).toBe(START + 25_000);
});

test("the same arrivals give the same journal, byte for byte, however the clock was stepped between them", () => {
  const arrival = fc.record({
    wait: fc.integer({ min: 0, max: 90_000 }),
    lag: fc.integer({ min: 0, max: 3000 }),
    value: fc.integer({ min: 9, max: 13 }),
  });
  const run = (arrivals: { wait: number; lag: number; value: number }[], step: number): string => {
    const story = new Story(plantWith([DELAYED, { ...LATCH, id: "EI-201.HIHI", limit: 12 }, { ...LOW, onDelay: 10, limit: 10 }]));
    let ms = 0;
    for (const { wait, lag, value } of arrivals) {
      ms += wait;
      for (let now = story.clock.now() + step; now < START + ms; now += step) story.clock.advanceTo(now);
      story.at(ms / 1000).sample("EI-201", value, { time: (ms - lag) / 1000 });
      story.alarm(TYPE);
    }
    return JSON.stringify(story.journal);
  };
  fc.assert(
    fc.property(fc.array(arrival, { maxLength: 30 }), (arrivals) => {
      expect(run(arrivals, 7_777)).toBe(run(arrivals, 1e12));
    }),
    { numRuns: 150, seed: 3 },
  );
});

test("many delays at once end in the order of their time, then of their place", () => {
  const kinds = [30, 10, 20, 10].map((onDelay, i) => ({ ...HIGH, id: `EI-201.H${i}`, onDelay }));
  const story = new Story(plantWith(kinds)).sample("EI-201", 12).at(15).sample("EI-201", 12).at(40);
  expect(story.journal.map((t) => t.alarm.slice(-2))).toEqual(["H1", "H3", "H2", "H0"]);
  story.sample("EI-201", 0);
  expect(story.alarms.list().map((a) => a.state)).toEqual(["RTN_UNACK", "RTN_UNACK", "RTN_UNACK", "RTN_UNACK"]);
});
