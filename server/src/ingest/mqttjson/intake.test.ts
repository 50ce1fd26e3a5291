import { buildPlant, type JsonMap, jsonMap, type Line, ManualClock, Quality } from "@cellhouse/shared";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createJudge } from "../judge.ts";
import { counted, listener, plant } from "../testing.ts";
import { Gateway } from "./gateway.ts";
import { Intake } from "./intake.ts";
import { addShapes, type TopicShapes } from "./shapes.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const TOPIC = "plant/L01/C001";
const line = plant.lines[0] as Line;

type Messages = Parameters<typeof jsonMap.parse>[0] extends infer T ? T : never;

/** A gateway with the messages given; tells what went into the pipe as `TI-101=1050`, what was counted and what was reported. */
function stand(messages: object[], more: object = {}) {
  const map: JsonMap = jsonMap.parse({ messages, ...more } as Messages);
  const clock = new ManualClock(NOW);
  const counters = counted();
  const heard = listener();
  const reports: string[] = [];
  const now = (): number => clock.now();
  const gateway = new Gateway(line, map, { input: heard, counters, judge: createJudge(plant, counters), now });
  const topics = new Map<string, TopicShapes>();
  addShapes(topics, gateway, map);
  const intake = new Intake({ topics, counters, now, report: (_key, _fields, message) => void reports.push(message) });
  const say = (payload: unknown, { topic = TOPIC, retained = false } = {}): void =>
    intake.message(topic, Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload)), retained);
  const samples = (historical = false) =>
    heard.frames
      .filter((frame) => frame.historical === historical)
      .flatMap((frame) =>
        Array.from({ length: frame.count }, (_, i) => ({
          tag: plant.tags[frame.tag[i] as number]?.definition.name ?? "",
          value: frame.value[i] as number,
          quality: frame.quality[i] as Quality,
          time: frame.time[i] as number,
        })),
      );
  const values = (historical = false): string[] => samples(historical).map(({ tag, value }) => `${tag}=${value}`);
  return { clock, counters, gateway, heard, reports, say, samples, values };
}

const simple = { topic: "plant/{line}/{cell}", values: { "TI-101": "bath.temp", "EI-201": { path: "u", factor: 0.001 } } };

test("one message with many values: each at its path, in its unit, at its arrival", () => {
  const { say, samples, heard } = stand([simple]);
  say({ bath: { temp: 1050 }, u: 9930 });
  expect(samples()).toEqual([
    { tag: "TI-101", value: 1050, quality: Quality.Good, time: NOW },
    { tag: "EI-201", value: 9.93, quality: Quality.Good, time: NOW },
  ]);
  expect(heard.links.map((l) => `${l.event} ${l.owners}`)).toEqual(["up C001", "up L01"]);
});

test("one value per topic, also as bare text", () => {
  const { say, values, counters } = stand([{ topic: "plant/{cell}/{tag}", values: { "*": { path: "", map: { RUN: 2 } } } }]);
  say(1050.5, { topic: "plant/C001/TI-101" });
  say("RUN", { topic: "plant/C001/HS-910" });
  say("true", { topic: "plant/C001/XS-209" });
  say("what?", { topic: "plant/C001/EI-201" });
  expect(values()).toEqual(["TI-101=1050.5", "HS-910=2", "XS-209=1", "EI-201=NaN"]);
  expect(counters.seen).toEqual({ "rejected wrong_type": 1 });
});

test("a list of samples, each with its time; the gateway's names", () => {
  const { say, samples } = stand([{ ...simple, each: "batch", time: { path: "t", format: "s" }, values: { "TI-101": "{tag}" } }], {
    names: { "TI-101": "bath" },
  });
  say({ batch: [0, 1, 2].map((i) => ({ t: NOW / 1000 - 2 + i, bath: 1050 + i })) });
  expect(samples().map(({ time, value }) => [time - NOW, value])).toEqual([
    [-2000, 1050],
    [-1000, 1051],
    [0, 1052],
  ]);
});

test("elements that name their tag, as Kepware sends them", () => {
  const { say, values, counters, reports } = stand([
    {
      topic: "kepware/{line}",
      each: "values",
      name: { path: "id", is: "hall.{cell}.{tag}" },
      time: { path: "t", format: "ms" },
      quality: { path: "q" },
      values: { "TI-101": "v", "FIC-303.SP": "v" },
    },
  ]);
  say(
    {
      timestamp: NOW,
      values: [
        { id: "hall.C001.TI-101", v: 1050, q: true, t: NOW },
        { id: "hall.C001.FIC-303.SP", v: 9.5, q: true, t: NOW },
        { id: "hall.C001.what", v: 1, q: true, t: NOW },
      ],
    },
    { topic: "kepware/L01" },
  );
  expect(values()).toEqual(["TI-101=1050", "FIC-303.SP=9.5"]);
  expect(counters.seen).toEqual({ "rejected unmapped_field": 2 });
  expect(reports).toEqual(["mqttjson: fields nobody reads: timestamp", "mqttjson: name hall.C001.what"]);
});

test("quality and time stand where the plant file says, also once per tag", () => {
  const { say, samples, counters } = stand([
    {
      ...simple,
      time: { path: "$.at" },
      quality: { path: "q.{tag}", map: { ok: "good", old: "stale" } },
      values: { "TI-101": "t", "EI-201": "u" },
    },
  ]);
  say({ at: "2026-11-21T11:59:59Z", q: { "TI-101": "old", "EI-201": "odd" }, t: 1050, u: 9 });
  expect(samples().map(({ quality, time }) => [quality, time - NOW])).toEqual([
    [Quality.Stale, -1000],
    [Quality.Uncertain, -1000],
  ]);
  expect(counters.seen).toEqual({ "rejected unknown_quality": 1 });
});

test("a wrong time is the arrival, uncertain and counted; a wrong type is Bad; an absent value is no sample", () => {
  const { say, samples, counters } = stand([{ ...simple, time: { path: "ts" } }]);
  say({ ts: "yesterday", bath: { temp: "hot" } });
  say({ ts: "2026-11-21T12:00:00Z", bath: {}, u: null });
  expect(samples()).toEqual([
    { tag: "TI-101", value: Number.NaN, quality: Quality.Bad, time: NOW },
    { tag: "EI-201", value: Number.NaN, quality: Quality.Bad, time: NOW },
  ]);
  expect(counters.seen).toEqual({ "rejected wrong_type": 1, "rejected source_time": 1 });
});

test("a retained message is history at its own time, no sign of life; without a time of its own it is counted and left", () => {
  const { say, values, heard, counters } = stand([
    { ...simple, time: { path: "ts", format: "ms" } },
    { topic: "bare/{cell}", values: { "TI-502": "" } },
  ]);
  say({ ts: NOW - 5000, u: 9930 }, { retained: true });
  say(20, { topic: "bare/C001", retained: true });
  expect([values(), values(true)]).toEqual([[], ["EI-201=9.93"]]);
  expect(heard.links).toEqual([]);
  expect(counters.seen).toEqual({ "rejected retained": 1 });
});

test("what a gateway had kept back is history; what it says of now is live", () => {
  const { say, values, clock } = stand([{ ...simple, each: "", time: { path: "ts", format: "ms" }, values: { "TI-101": "t" } }]);
  say([{ ts: NOW, t: 1050 }]);
  clock.advance(120_000);
  say([
    { ts: NOW + 1_000, t: 1051 },
    { ts: NOW + 120_000, t: 1052 },
  ]);
  expect([values(), values(true)]).toEqual([["TI-101=1050", "TI-101=1052"], ["TI-101=1051"]]);
});

test("a gateway whose clock is an hour behind is live once its lag has stood still for five seconds", () => {
  const { say, values, clock, gateway, heard } = stand([{ ...simple, time: { path: "ts", format: "ms" }, values: { "TI-101": "t" } }]);
  for (let s = 0; s < 8; s++) {
    say({ ts: clock.now() - 3_600_000, t: 1050 + s });
    clock.advance(1000);
  }
  expect([values(true).length, values().length]).toEqual([5, 3]);
  expect(gateway.link().clockOffset).toBe(3_600_000);
  expect(heard.frames.at(-1)?.clockOffset).toBe(3_600_000);
});

test("a heartbeat of the gateway's own must change; without one any message is a sign of life", () => {
  const own = stand([{ ...simple, values: { "TI-101": "t", "YC-905": "hb" } }], { heartbeat: { seconds: 3 } });
  for (let s = 0; s < 6; s++) {
    own.say({ t: 1050, hb: Math.min(s, 2) });
    own.clock.advance(1000);
    own.gateway.tick(own.clock.now());
  }
  expect(own.heard.links.map((l) => `${l.event} ${l.owners}`)).toEqual(["up L01", "up C001", "down C001"]);
  expect(own.gateway.link()).toMatchObject({ state: "degraded", detail: "1 of 1 cells not heard: C001" });
  expect(own.values().filter((v) => v.startsWith("YC-905"))).toHaveLength(5);

  const any = stand([simple], { heartbeat: { seconds: 3 } });
  any.say({ u: 1 });
  for (let s = 0; s < 5; s++) {
    any.clock.advance(1000);
    any.gateway.tick(any.clock.now());
  }
  expect(any.heard.links.map((l) => `${l.event} ${l.owners}`)).toEqual(["up C001", "up L01", "down L01,C001"]);
  const beats = any.samples().filter(({ tag }) => tag === "YC-905");
  expect(new Set(beats.map(({ value }) => value)).size).toBe(3);
});

test("fields nobody reads are named once and counted, again only after ten minutes", () => {
  const { say, counters, reports, clock } = stand([simple]);
  for (let i = 0; i < 3; i++) say({ bath: { temp: 1, salt: 2 }, fan: [{ rpm: 1 }], u: 1 });
  expect(reports).toEqual(["mqttjson: fields nobody reads: bath.salt, fan[0].rpm"]);
  expect(counters.seen).toEqual({ "rejected unmapped_field": 2 });
  clock.advance(600_000);
  say({ salt: 1 });
  expect(reports).toHaveLength(2);
});

test("one message for the whole hall reaches the gateways of all its lines", () => {
  const { description } = plant;
  const hall = buildPlant({
    ...description,
    lines: ["L01", "L02"].map((id) => ({ ...(description.lines[0] as (typeof description.lines)[0]), id })),
  });
  const map = jsonMap.parse({ messages: [{ topic: "hall", values: { "TI-101": "{line}.{cell}" } }] });
  const heard = listener();
  const counters = counted();
  const deps = { input: heard, counters, judge: () => undefined, now: () => NOW };
  const topics = new Map<string, TopicShapes>();
  for (const one of hall.lines) addShapes(topics, new Gateway(one, map, deps), map);
  const intake = new Intake({ topics, counters, now: deps.now, report: () => undefined });
  intake.message("hall", Buffer.from('{"L01": {"C001": 1001}, "L02": {"C002": 1002}}'), false);
  expect(heard.frames.map((frame) => [hall.tags[frame.tag[0] as number]?.owner, frame.value[0]])).toEqual([
    ["C001", 1001],
    ["C002", 1002],
  ]);
  expect(counters.seen).toEqual({});
});

test("what is no message is counted by its reason and loses nothing else", () => {
  const { say, counters, values } = stand([{ ...simple, each: "" }]);
  say("{");
  say("");
  say({ bath: 1 });
  say("x".repeat((1 << 20) + 1));
  say("1", { topic: "plant/L01/C999" });
  say(`${"[".repeat(400_000)}${"]".repeat(400_000)}`);
  say([7, null, "x", { u: 1000 }]);
  expect(counters.seen).toMatchObject({
    "rejected malformed": 1,
    "rejected wrong_type": 1,
    "rejected too_large": 1,
    "rejected unknown_topic": 1,
  });
  expect(values()).toEqual(["EI-201=1"]);
});

test("prototypes stay as they were", () => {
  const { say } = stand([simple]);
  say('{"__proto__": {"u": 1}, "constructor": {"prototype": {"u": 1}}, "bath": {"__proto__": {"temp": 1}}}');
  expect(({} as { u?: unknown }).u).toBeUndefined();
});

test("whatever comes, nothing throws and no value is believed that is none", () => {
  const { say, samples } = stand([
    { ...simple, each: "list", time: { path: "ts", format: "ms" }, quality: { path: "q" } },
    { topic: "bare/{cell}", values: { "TI-502": "" } },
  ]);
  const leaf = fc.oneof(fc.double(), fc.string(), fc.constant(null), fc.boolean(), fc.constant(NOW), fc.jsonValue({ maxDepth: 3 }));
  const message = fc.record({
    list: fc.oneof(
      leaf,
      fc.array(fc.record({ bath: fc.oneof(leaf, fc.record({ temp: leaf })), u: leaf, ts: leaf, q: leaf }, { requiredKeys: [] })),
    ),
  });
  fc.assert(
    fc.property(fc.oneof(message, leaf), fc.boolean(), fc.nat(), (json, retained, cut) => {
      const text = JSON.stringify(json) ?? "";
      say(text, { retained });
      say(text.slice(0, cut % (text.length + 1)), { topic: "bare/C001", retained });
    }),
    { numRuns: 500 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => say(Buffer.from(bytes).toString("latin1"))));
  for (const { value, quality, time } of samples()) {
    expect(Number.isFinite(time)).toBe(true);
    if (!Number.isFinite(value)) expect(quality).toBe(Quality.Bad);
  }
});
