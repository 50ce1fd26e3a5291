import { type Frame, type Line, ManualClock, metricName } from "@cellhouse/shared";
import { DataType, encodePayload, type Metric } from "@cellhouse/shared/sparkplug";
import { expect, test } from "vitest";
import { cell, counted, listener, plant } from "../testing.ts";
import { Edge } from "./edge.ts";

/** A story of one edge, told by its messages; time is the story's own. */
function story() {
  const clock = new ManualClock(Date.UTC(2026, 10, 21));
  const start = clock.now();
  const told: string[] = [];
  const counters = counted();
  const heard = listener();
  const edge = new Edge(plant.lines[0] as Line, {
    clock,
    counters,
    input: {
      frame: (frame) => heard.frame(frame),
      link: ({ event, owners }) => told.push(`${clock.now() - start} ${[event, ...owners].join(" ")}`),
    },
    judge: (_frame: Frame) => undefined,
    askRebirth: () => told.push(`${clock.now() - start} ask`),
    report: () => undefined,
    text: () => undefined,
  });
  let seq = 0;
  const send = (type: "NBIRTH" | "DBIRTH" | "DDATA" | "DDEATH" | "NDATA", metrics: Metric[] = []): void => {
    seq = type === "NBIRTH" ? 0 : (seq + 1) & 0xff;
    edge.message(type, type.startsWith("D") ? cell.id : "", encodePayload({ timestamp: clock.now(), seq, metrics }));
  };
  const tags = (home: typeof cell | Line): Metric[] =>
    [...home.tags.keys()].map((name, i) => ({
      name: metricName(name),
      alias: (home === cell ? 100 : 0) + i,
      timestamp: clock.now(),
      datatype: DataType.Double,
      value: 1,
    }));
  const nodeBirth = (bdSeq: number): void =>
    send("NBIRTH", [{ name: "bdSeq", datatype: DataType.Int64, value: bdSeq }, ...tags(cell.line)]);
  const pass = (ms: number): void => {
    for (let i = 0; i < ms; i += 1000) {
      clock.advance(Math.min(1000, ms - i));
      edge.tick(clock.now());
    }
  };
  return {
    clock,
    told,
    counters,
    heard,
    edge,
    send,
    pass,
    lose: (n: number) => {
      seq = (seq + n) & 0xff;
    },
    /** Data with a number and value of its own. */
    out: (number: number, value: number, time = start + number) =>
      edge.message(
        "DDATA",
        cell.id,
        encodePayload({ timestamp: time, seq: number, metrics: [{ alias: 100, timestamp: clock.now(), value }] }),
      ),
    nodeBirth,
    birth: (bdSeq = 0) => {
      nodeBirth(bdSeq);
      send("DBIRTH", tags(cell));
    },
    deviceBirth: () => send("DBIRTH", tags(cell)),
    data: () => send("DDATA", [{ alias: 100, timestamp: clock.now(), value: 1050 }]),
    death: (bdSeq: number) =>
      edge.message("NDEATH", "", encodePayload({ metrics: [{ name: "bdSeq", datatype: DataType.Int64, value: bdSeq }] })),
  };
}

test("born, alive, dead by its will, born again", () => {
  const { birth, data, death, told, clock, heard, edge } = story();
  birth(3);
  clock.advance(1000);
  data();
  expect(heard.frames).toHaveLength(3);
  expect(edge.link()).toMatchObject({ id: "edge:L01", state: "up", gaps: 0 });
  clock.advance(1000);
  death(3);
  expect(edge.link()).toMatchObject({ state: "down", detail: expect.stringMatching(/death certificate/) });
  clock.advance(1000);
  birth(4);
  expect(told).toEqual(["0 up L01", "0 up C001", "2000 down L01 C001", "3000 up L01", "3000 up C001"]);
});

test("a rebirth of the same session makes nobody stale", () => {
  const { birth, told, pass } = story();
  birth(3);
  pass(1000);
  birth(3);
  pass(60_000);
  expect(told).toEqual(["0 up L01", "0 up C001"]);
});

test("a birth of another session without a death in between is a death and a birth", () => {
  const { birth, told, pass } = story();
  birth(3);
  pass(1000);
  birth(4);
  expect(told.slice(2)).toEqual(["1000 down L01 C001", "1000 up L01", "1000 up C001"]);
});

test("a device missing from the rebirth is down after 10 s", () => {
  const { birth, nodeBirth, told, pass, edge } = story();
  birth(3);
  nodeBirth(3);
  pass(9_000);
  expect(told).toHaveLength(2);
  pass(1_000);
  expect(told.slice(2)).toEqual(["10000 down C001"]);
  expect(edge.link()).toMatchObject({ state: "degraded" });
});

test("a gap asks once; while it stands it asks again only after the hold-down", () => {
  const { birth, data, lose, told, pass, counters } = story();
  birth();
  for (let i = 0; i < 10; i++) {
    lose(20);
    data();
  }
  expect(told.slice(2)).toEqual(["0 gap L01 C001", "0 ask"]);
  pass(9_000);
  expect(told).toHaveLength(4);
  pass(1_000);
  expect(told.slice(4)).toEqual(["10000 ask"]);
  birth();
  expect(told.at(-1)).toBe("10000 whole L01 C001");
  expect(counters.seen["rebirth L01"]).toBe(2);
});

test("gap after gap asks at most once in 10 s", () => {
  const { birth, data, lose, told, pass } = story();
  birth();
  for (let s = 0; s < 20; s++) {
    lose(200);
    data();
    birth();
    pass(1000);
  }
  expect(told.filter((t) => t.endsWith("ask"))).toEqual(["0 ask", "10000 ask"]);
});

test("data before any birth waits for the edge to speak for itself, then asks once", () => {
  const first = story();
  first.data();
  first.pass(1000);
  expect(first.told).toEqual(["300 ask"]);
  expect(first.counters.seen["rejected before_birth"]).toBe(1);
  const second = story();
  second.data();
  second.clock.advance(200);
  second.birth();
  second.pass(5000);
  expect(second.told).toEqual(["200 up L01", "200 up C001"]);
});

test("the sequence runs over 255 without a gap", () => {
  const { birth, data, told } = story();
  birth();
  for (let i = 0; i < 600; i++) data();
  expect(told).toHaveLength(2);
});

test("data of a device that died is not believed, its birth makes it whole", () => {
  const { birth, send, data, deviceBirth, told, heard } = story();
  birth();
  send("DDEATH");
  const before = heard.frames.length;
  data();
  expect(heard.frames).toHaveLength(before);
  expect(told.slice(2)).toEqual(["0 down C001", "0 gap L01", "0 ask"]);
  deviceBirth();
  expect(told.at(-1)).toBe("0 up C001");
});

test("the loss of the broker is the loss of the edge, once", () => {
  const { birth, edge, told } = story();
  birth();
  edge.lost("broker lost");
  edge.lost("broker lost");
  expect(told.slice(2)).toEqual(["0 down L01 C001"]);
  expect(edge.isUp("C001")).toBe(false);
});

test("a request that went with its broker does not hold down the next", () => {
  const { data, edge, pass, told } = story();
  data();
  pass(1000);
  edge.lost("broker lost");
  data();
  pass(1000);
  expect(told).toEqual(["300 ask", "1300 ask"]);
});

test("a stop hands on what was held back, and then nothing more", () => {
  const { birth, out, edge, heard, told, clock } = story();
  birth();
  out(3, 3);
  edge.stop();
  expect(heard.frames.at(-1)?.value[0]).toBe(3);
  const words = told.length;
  clock.advance(60_000);
  expect(told).toHaveLength(words);
});

test("values are counted per second", () => {
  const { birth, data, pass, edge, counters } = story();
  birth();
  for (let s = 0; s < 10; s++) {
    data();
    pass(1000);
  }
  const born = cell.tags.size + cell.line.tags.size;
  expect(edge.link()).toMatchObject({ received: born + 10, rate: (born + 10) / 10 });
  expect(counters.seen["received edge:L01"]).toBe(born + 10);
});

test("messages that overtook another wait for it and go on in order, without a gap", () => {
  const { birth, out, told, heard, clock } = story();
  birth();
  const before = heard.frames.length;
  out(4, 4);
  out(3, 3);
  clock.advance(150);
  expect(heard.frames).toHaveLength(before);
  out(2, 2);
  expect(heard.frames.slice(before).map((f) => f.value[0])).toEqual([2, 3, 4]);
  clock.advance(5000);
  expect(told).toHaveLength(2);
});

test("a scan of two dozen messages whose first comes last goes on in order, without a gap", () => {
  const { birth, out, told, heard, clock } = story();
  birth();
  const before = heard.frames.length;
  for (let seq = 3; seq < 26; seq++) out(seq, seq);
  clock.advance(30);
  out(2, 2);
  expect(heard.frames.slice(before).map((f) => f.value[0])).toEqual(Array.from({ length: 24 }, (_, i) => i + 2));
  clock.advance(5000);
  expect(told).toHaveLength(2);
});

test("the clock of an edge set back hides no loss", () => {
  const { birth, out, told, pass, clock } = story();
  birth();
  pass(7000);
  const hourBack = clock.now() - 3_600_000;
  out(2, 2, hourBack);
  out(4, 4, hourBack + 1);
  clock.advance(200);
  expect(told.slice(2).some((t) => t.includes("gap L01 C001"))).toBe(true);
});

test("what does not come within 200 ms is a gap, listed with its start and end; what comes later still is historical", () => {
  const { birth, out, told, heard, clock, edge } = story();
  birth();
  const born = clock.now();
  clock.advance(1000);
  out(2, 2);
  out(4, 4);
  clock.advance(199);
  expect(told).toHaveLength(2);
  clock.advance(1);
  expect(told.slice(2)).toEqual(["1200 gap L01 C001", "1200 ask"]);
  expect(edge.link()).toMatchObject({ state: "degraded", gaps: 1, lastGap: { from: born + 1000 } });
  out(3, 3);
  expect(heard.frames.at(-1)).toMatchObject({ historical: true, count: 1 });
  clock.advance(300);
  birth();
  expect(told.at(-1)).toBe("1500 whole L01 C001");
  expect(edge.link()).toMatchObject({ state: "up", lastGap: { from: born + 1000, to: born + 1500 } });
});

test("a message that came twice is dropped and counted, held back or not", () => {
  const { birth, out, told, heard, counters } = story();
  birth();
  const before = heard.frames.length;
  for (const seq of [2, 2, 4, 4, 3, 4, 2]) out(seq, seq);
  expect(heard.frames.slice(before).map((f) => f.value[0])).toEqual([2, 3, 4]);
  expect(counters.seen["rejected duplicate"]).toBe(4);
  expect(told).toHaveLength(2);
});

test("a birth or death ends the waiting: what was held back goes first, the loss is a gap without a request", () => {
  const { birth, out, told, heard, clock } = story();
  birth();
  out(3, 3);
  birth();
  expect(heard.frames.some((f) => f.value[0] === 3)).toBe(true);
  expect(told.slice(2)).toEqual(["0 gap L01 C001", "0 whole L01 C001"]);
  clock.advance(5000);
  expect(told).toHaveLength(4);
});

test("a device the plant does not have takes its place in the sequence and opens no gap", () => {
  const { birth, data, edge, clock, told, counters, lose } = story();
  birth();
  for (let seq = 2; seq < 12; seq += 2) {
    edge.message("DDATA", "Conveyor", encodePayload({ timestamp: seq, seq, metrics: [{ alias: 9000, value: 1 }] }));
    lose(1);
    data();
  }
  clock.advance(5000);
  expect(told).toHaveLength(2);
  expect(counters.seen).toMatchObject({ "rejected unknown_device": 5 });
});

test("a source time no clock can have leaves the clock's offset alone", () => {
  const { birth, send, edge, counters } = story();
  birth();
  send("DDATA", [{ alias: 100, timestamp: Number.MAX_SAFE_INTEGER, value: 1 }]);
  send("DDATA", [{ alias: 100, timestamp: 0, value: 1 }]);
  expect(edge.link().clockOffset).toBe(0);
  expect(counters.seen["rejected malformed"]).toBeUndefined();
});
