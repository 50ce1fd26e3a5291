/** Hostile and unlucky streams: whatever comes, nothing throws, nothing comes twice, and what is refused is counted. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Line, ManualClock, metricName } from "@cellhouse/shared";
import { DataType, encodePayload, type Metric } from "@cellhouse/shared/sparkplug";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cell, counted, listener, plant } from "../testing.ts";
import { Host } from "./host.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const START = Date.UTC(2026, 10, 21);
const EDGE = "spBv1.0/BT-EL1";
const line = plant.lines[0] as Line;

function stand() {
  const clock = new ManualClock(START);
  const counters = counted();
  const heard = listener();
  const said: string[] = [];
  const log = { info: () => undefined, warn: (_: object, message: string) => void said.push(message) };
  let asked = 0;
  const host = new Host({
    plant,
    clock,
    counters,
    log,
    input: heard,
    judge: () => undefined,
    text: () => undefined,
    askRebirth: () => void asked++,
  });
  const send = (type: string, payload: Uint8Array, device = ""): void =>
    host.message(`${EDGE}/${type}/L01${device && `/${device}`}`, payload);
  const birth = (): void => {
    send("NBIRTH", message(0, [{ name: "bdSeq", datatype: DataType.Int64, value: 1 }]));
    send("DBIRTH", message(1, births), cell.id);
  };
  return { clock, counters, heard, said, host, send, birth, asked: () => asked };
}

const births = [...cell.tags.keys()].map(
  (name, i): Metric => ({ name: metricName(name), alias: i + 1, timestamp: START, datatype: DataType.Double, value: 0 }),
);
const message = (seq: number, metrics: Metric[]): Uint8Array => encodePayload({ timestamp: START + seq, seq: seq & 0xff, metrics });
const value = (n: number): Metric => ({ alias: 1, timestamp: START, datatype: DataType.Double, value: n });

test("messages mixed up within the window and doubled at will arrive once each, in order, and open no gap", () => {
  const streams = fc.record({
    shifts: fc.array(fc.nat(3), { minLength: 1, maxLength: 600 }),
    twice: fc.array(fc.boolean(), { minLength: 1, maxLength: 50 }),
  });
  fc.assert(
    fc.property(streams, ({ shifts, twice }) => {
      const { send, birth, heard, counters } = stand();
      birth();
      const before = heard.frames.length;
      const order = shifts.map((shift, i) => ({ n: i, key: i + shift })).sort((a, b) => a.key - b.key);
      let doubled = 0;
      for (const [i, { n }] of order.entries()) {
        const again = twice[i % twice.length] ? 2 : 1;
        doubled += again - 1;
        for (let k = 0; k < again; k++) send("DDATA", message(n + 2, [value(n)]), cell.id);
      }
      expect(heard.frames.slice(before).map((f) => f.value[0])).toEqual(shifts.map((_, i) => i));
      expect(heard.links.filter((l) => l.event === "gap")).toEqual([]);
      expect(counters.seen["rejected duplicate"] ?? 0).toBe(doubled);
    }),
    { numRuns: 60 },
  );
});

test("whatever is lost, what arrives is taken once, and a loss is a gap within 200 ms of the message after it", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 2, maxLength: 300 }), (arrives) => {
      const { send, birth, heard, clock, asked } = stand();
      birth();
      const before = heard.frames.length;
      const sent = arrives.flatMap((comes, n) => (comes ? [n] : []));
      for (const n of sent) send("DDATA", message(n + 2, [value(n)]), cell.id);
      clock.advance(200);
      expect(
        heard.frames
          .slice(before)
          .map((f) => f.value[0])
          .sort((a, b) => Number(a) - Number(b)),
      ).toEqual(sent);
      const isLost = arrives.lastIndexOf(true) > arrives.indexOf(false) && arrives.includes(false);
      expect(heard.links.filter((l) => l.event === "gap")).toHaveLength(isLost ? 1 : 0);
      expect(asked()).toBe(isLost ? 1 : 0);
    }),
    { numRuns: 200 },
  );
});

const topics = fc.oneof(
  fc.constantFrom(
    ...["NBIRTH", "NDEATH", "NDATA", "NCMD"].map((type) => `${EDGE}/${type}/L01`),
    ...["DBIRTH", "DDEATH", "DDATA", "DCMD"].flatMap((type) => [`${EDGE}/${type}/L01/${cell.id}`, `${EDGE}/${type}/L01/C999`]),
    "spBv1.0/STATE/cellhouse",
    "spBv1.0/OTHER/NDATA/L01",
  ),
  fc.string({ maxLength: 40 }),
);
const real = fc
  .record({ seq: fc.nat(300), n: fc.nat(80), alias: fc.nat(90), at: fc.maxSafeInteger() })
  .map(({ seq, n, alias, at }) =>
    encodePayload({ timestamp: at, seq, metrics: [...births.slice(0, n), { ...value(n), alias, timestamp: at }] }),
  );
const mutated = fc
  .tuple(real, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 8 }), fc.nat())
  .map(([bytes, edits, cut]) => {
    for (const [at, byte] of edits) bytes[at % bytes.length] = byte;
    return bytes.slice(0, bytes.length - (cut % bytes.length));
  });

test("arbitrary messages on arbitrary topics: no exception, each refusal counted, at most one request in ten seconds, and a birth heals it all", () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 300 }), real, mutated);
  fc.assert(
    fc.property(fc.array(fc.tuple(topics, bytes, fc.nat(500)), { maxLength: 40 }), (stream) => {
      const { host, clock, birth, send, heard, asked, counters } = stand();
      birth();
      for (const [topic, payload, wait] of stream) {
        host.message(topic, payload);
        clock.advance(wait);
        host.tick(clock.now());
      }
      expect(asked()).toBeLessThanOrEqual(1 + Math.ceil((clock.now() - START) / 10_000));
      for (const reason of Object.keys(counters.seen)) expect(reason).toMatch(/^(received edge:L01|rejected [a-z_]+|rebirth L01)$/);
      for (const { tag, count } of heard.frames) for (let i = 0; i < count; i++) expect(plant.tags[tag[i] as number]).toBeDefined();
      birth();
      send("DDATA", message(2, [value(77)]), cell.id);
      expect(heard.frames.at(-1)?.value[0]).toBe(77);
      expect(host.edges.get(line.id)?.link().state).toBe("up");
    }),
    { numRuns: 400 },
  );
});

test("millions of aliases, names and topics of a stranger do not stay in memory", () => {
  const { host, send, birth, counters } = stand();
  birth();
  const crowd = Array.from(
    { length: 20_000 },
    (_, i): Metric => ({ name: `X/${i}`, alias: 2 ** 40 + i, datatype: DataType.Int32, value: 1 }),
  );
  const flood = encodePayload({ timestamp: START, seq: 2, metrics: crowd });
  const round = (n: number): void => {
    for (let i = 0; i < n; i++) {
      send("NBIRTH", message(0, [{ name: "bdSeq", datatype: DataType.Int64, value: 1 }]));
      send("DBIRTH", flood, cell.id);
      for (let k = 0; k < 2000; k++) host.message(`spBv1.0/G${i}/NDATA/E${k}`, flood.subarray(0, 10));
    }
  };
  const used = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  round(3);
  const before = used();
  round(9);
  expect(used() - before).toBeLessThan(10e6);
  expect(counters.seen["rejected unknown_topic"]).toBe(24_000);
});
