import { type Alarm, type Clock, createFrame, type Link, ManualClock, pushSample, Quality, tagOf } from "@cellhouse/shared";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { plantFile } from "./alarms/story.testkit.ts";
import { type Assembly, assemble, stamped } from "./assemble.ts";
import type { Recorder } from "./contracts.ts";
import { createCounters, type Metrics } from "./counters.ts";
import { watchSystem } from "./system.ts";

const START = 1_760_000_000_000;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const plant = plantFile("demo.yaml");
const capabilities = { canCommand: false, canAcknowledge: true, canSeek: false, canInjectFaults: false };

let wall: ManualClock;
let counters: Metrics;
let live: Assembly;
let links: Link[];
let frames: number;
let stop: () => void;

const edge = (more: Partial<Link> = {}): Link => ({ id: "edge:L01", kind: "edge", state: "up", since: 0, detail: "", gaps: 0, ...more });
const recorder = (more: Partial<Link> = {}): Link => ({
  ...{ id: "recorder", kind: "recorder", state: "up", since: 0, detail: "", rate: 100 },
  ...more,
});
const historian = (backlog: number): Link => ({ id: "historian", kind: "historian", state: "up", since: 0, detail: "", backlog });

beforeEach(() => {
  wall = new ManualClock(START);
  counters = createCounters();
  links = [edge(), recorder(), historian(0)];
  frames = 0;
  const record = { frame: () => void frames++, action: () => undefined } as unknown as Recorder;
  live = assemble({ id: "live", plant, start: START, capabilities, recorder: record });
  const input = stamped(live, () => wall.now());
  stop = watchSystem({ plant, clock: wall, counters, links: () => links, input });
});

afterEach(() => stop());

function pass(ms: number): void {
  for (const end = wall.now() + ms; wall.now() < end; ) {
    wall.advance(Math.min(100, end - wall.now()));
    live.advance(wall.now());
  }
}

const value = (tag: string): number => live.pipe.model.value(tagOf(plant.system, tag).id);
const alarm = (type: string): Alarm => live.pipe.alarms.get(`SYS:${type}`) as Alarm;
const standing = (): string[] => live.pipe.alarms.list().flatMap(({ id }) => (id.startsWith("SYS:") ? id.slice(4) : []));

test("a server that loses nothing raises nothing, says so, and is believed", () => {
  pass(30 * MINUTE);
  expect(standing()).toEqual([]);
  expect(live.pipe.model.liveness("SYS")).toBe(Quality.Good);
  for (const tag of plant.system.tags.values()) expect(live.pipe.model.value(tag.id), tag.path).toBe(0);
});

test.each([
  ["E_DISK_FULL", "LOST.RECORD"],
  ["recorder_full", "LOST.RECORD"],
  ["recorder_expired", "LOST.HISTORY"],
  ["recorder_damaged", "LOST.HISTORY"],
  ["historian_refused", "LOST.HISTORY"],
  ["opcua_server_queue", "LOST.FIELD"],
  ["opcua_notification", "LOST.FIELD"],
  ["mqtt_offline_queue", "LOST.BROKER"],
  ["mqtt_slow_reader", "LOST.BROKER"],
  ["a queue yet to be thought of", "LOST.RECORD"],
])("one lost through %s raises %s within a second, counted", (reason, type) => {
  pass(5 * SECOND);
  counters.dropped(reason, 7);
  pass(SECOND);
  expect(standing()).toEqual([type]);
  expect(alarm(type)).toMatchObject({ state: "UNACK", cell: "SYS", value: 7, tag: expect.stringContaining(".SYS:") });
  expect(value("NQ-950")).toBe(7);
});

test("a lost message on the way, and a gap that nobody closes", () => {
  links = [edge({ gaps: 1, lastGap: { from: START } })];
  pass(20 * SECOND);
  expect(standing()).toEqual(["LOST.FIELD"]);
  pass(20 * SECOND);
  expect(standing().sort()).toEqual(["GAP.OPEN", "LOST.FIELD"]);
  links = [edge({ gaps: 1, lastGap: { from: START, to: wall.now() } })];
  pass(2 * SECOND);
  expect(alarm("GAP.OPEN").state).toBe("RTN_UNACK");
});

test("an OPC UA link that broke and is back has lost nothing", () => {
  links = [edge(), { ...edge({ gaps: 2 }), id: "opcua:L02", kind: "opcua" }, recorder()];
  pass(MINUTE);
  expect(standing()).toEqual([]);
});

test("ten minutes after the last loss its alarm returns, the total stays; the next loss is a new occurrence", () => {
  counters.dropped("recorder_full", 100);
  pass(9 * MINUTE);
  counters.dropped("recorder_full", 11);
  pass(2 * MINUTE);
  expect(value("NI-951")).toBe(11);
  const { occurrence } = alarm("LOST.RECORD");
  expect(live.pipe.alarms.acknowledge("SYS:LOST.RECORD", occurrence as string, "olga").ok).toBe(true);
  pass(10 * MINUTE);
  expect(standing()).toEqual([]);
  expect([value("NI-951"), value("NQ-950")]).toEqual([0, 111]);
  counters.dropped("recorder_full");
  pass(SECOND);
  expect(alarm("LOST.RECORD")).toMatchObject({ state: "UNACK", value: 1 });
  expect(alarm("LOST.RECORD").occurrence).not.toBe(occurrence);
});

test("a checkpoint left out is no loss", () => {
  counters.dropped("checkpoint", 3);
  pass(MINUTE);
  expect(standing()).toEqual([]);
  expect(value("NQ-950")).toBe(0);
});

test("a recorder that cannot write, and that can again", () => {
  links = [recorder({ state: "degraded" })];
  pass(4 * SECOND);
  expect(standing()).toEqual(["RECORD.DOWN"]);
  links = [recorder()];
  pass(12 * SECOND);
  expect(alarm("RECORD.DOWN").state).toBe("RTN_UNACK");
});

test("a historian is late by the time its backlog took to gather", () => {
  links = [recorder({ rate: 100 }), historian(7000)];
  pass(60 * SECOND);
  expect(value("KI-958")).toBe(70);
  expect(standing()).toEqual(["HISTORY.LATE"]);
  links = [recorder({ rate: 100 }), historian(100)];
  pass(30 * SECOND);
  expect(alarm("HISTORY.LATE").state).toBe("RTN_UNACK");
});

test("a server that comes late to its own second for half a minute says so", () => {
  stop();
  /** Whatever holds the process up: two and a half seconds are lost between any two looks. */
  const heldUp: Clock = { now: () => START + (wall.now() - START) * 3.5, at: (_time, run) => wall.at(wall.now() + SECOND, run) };
  stop = watchSystem({ plant, clock: heldUp, counters, links: () => links, input: stamped(live, heldUp.now) });
  wall.advance(5 * SECOND);
  expect(value("KI-959")).toBe(2500);
  expect(standing()).toEqual([]);
  wall.advance(15 * SECOND);
  expect(standing()).toEqual(["SERVER.LATE"]);
});

test("quiet costs one frame in ten seconds", () => {
  pass(10 * MINUTE);
  expect(frames).toBeLessThanOrEqual(61);
});

test("whatever is dropped in whatever order, the count is whole and an alarm stands within a second", () => {
  const reason = fc.constantFrom(
    "E_DISK_FULL",
    "recorder_full",
    "historian_refused",
    "opcua_server_queue",
    "mqtt_offline_queue",
    "strange",
  );
  const drop = fc.record({ reason, n: fc.integer({ min: 1, max: 1e6 }), after: fc.integer({ min: 0, max: 5000 }) });
  let lost = 0;
  fc.assert(
    fc.property(fc.array(drop, { minLength: 1, maxLength: 8 }), (all) => {
      for (const { reason: why, n, after } of all) {
        pass(after);
        counters.dropped(why, n);
        lost += n;
      }
      pass(SECOND);
      expect(value("NQ-950")).toBe(lost);
      expect(standing().length).toBeGreaterThan(0);
    }),
    { numRuns: 50 },
  );
});

test("a cell's samples raise no alarm of the system", () => {
  const frame = createFrame(1);
  pushSample(frame, plant.cells[0]?.tags.get("YC-905")?.id as number, START, 1, Quality.Good);
  stamped(live, () => wall.now()).frame(frame);
  expect(standing()).toEqual([]);
});
