/** The grader itself: finds nothing in a conforming capture, and each seeded violation by the name the specification gives it. */
import { DataType, encodePayload, type Metric, type Payload } from "@cellhouse/shared/sparkplug";
import { expect, test } from "vitest";
import type { Capture, Entry, Will } from "../support/sparkplug-checker/capture.ts";
import { check } from "../support/sparkplug-checker/checker.ts";
import { summary } from "../support/sparkplug-checker/report.ts";

const START = Date.UTC(2026, 10, 21, 12);
const EDGE = "spBv1.0/G/TYPE/E";
const STATE = "spBv1.0/STATE/host";

type Message = { topic: string; payload: Payload | Uint8Array; qos?: number; retain?: boolean; client?: string };
type Step = Message | { connect: string; will?: Will; clean?: boolean } | { subscribe: string; filter: string } | { disconnect: string };

const state = (online: boolean, timestamp = START): Message => ({
  topic: STATE,
  payload: new TextEncoder().encode(JSON.stringify({ online, timestamp })),
  qos: 1,
  retain: true,
});
const bdSeq = (value: number): Metric => ({ name: "bdSeq", timestamp: START, datatype: DataType.Int64, value });
const rebirth: Metric = { name: "Node Control/Rebirth", timestamp: START, datatype: DataType.Boolean, value: false };
const edge = (type: string, seq: number | undefined, metrics: Metric[], device = ""): Message => ({
  topic: `${EDGE.replace("TYPE", type)}${device && `/${device}`}`,
  payload: { timestamp: START, ...(seq !== undefined && { seq }), metrics },
});
const announced = (name: string, alias: number, extra: Partial<Metric> = {}): Metric => ({
  name,
  alias,
  timestamp: START,
  datatype: DataType.Float,
  value: 1,
  properties: { Quality: { type: DataType.Int32, value: 192 } },
  ...extra,
});
const value = (alias: number, extra: Partial<Metric> = {}): Metric => ({
  alias,
  timestamp: START,
  datatype: DataType.Float,
  value: 2,
  ...extra,
});
const death = (n: number): Message => ({ ...edge("NDEATH", undefined, [{ name: "bdSeq", datatype: DataType.Int64, value: n }]), qos: 1 });
const will = (n: number, extra: Partial<Will> = {}): Will => {
  const { topic, payload } = death(n);
  return { topic, payload: encodePayload(payload as Payload), qos: 1, retain: false, ...extra };
};

/** A conforming session, told by name so that a seed can put another step in its place. */
const good: Record<string, Step> = {
  hostConnect: { connect: "h", will: { ...will(0), topic: STATE, payload: (state(false).payload as Uint8Array).slice(), retain: true } },
  online: state(true),
  connect: { connect: "e", will: will(3) },
  subscribe: { subscribe: "e", filter: "spBv1.0/G/NCMD/E" },
  nbirth: edge("NBIRTH", 0, [bdSeq(3), rebirth, announced("Line", 1)]),
  dbirth: edge("DBIRTH", 1, [announced("Temp", 2), announced("Feed", 3)], "D1"),
  ndata: edge("NDATA", 2, [value(1)]),
  ddata: edge("DDATA", 3, [value(2)], "D1"),
  dcmd: edge("DCMD", undefined, [value(3)], "D1"),
  ask: edge("NCMD", undefined, [{ ...rebirth, value: true }]),
  again: edge("NBIRTH", 0, [bdSeq(3), rebirth, announced("Line", 1)]),
  dagain: edge("DBIRTH", 1, [announced("Temp", 2), announced("Feed", 3)], "D1"),
  more: edge("DDATA", 2, [value(2)], "D1"),
  ddeath: edge("DDEATH", 3, [], "D1"),
  ndeath: { ...death(3), client: "e" },
  disconnect: { disconnect: "e" },
  reconnect: { connect: "e", will: will(4) },
  resubscribe: { subscribe: "e", filter: "spBv1.0/G/NCMD/E" },
  reborn: edge("NBIRTH", 0, [bdSeq(4), rebirth, announced("Line", 1)]),
  late: edge("NDATA", 1, [value(1)]),
};

function told(steps: Record<string, Step>, at: Capture["at"] = "publisher"): Capture {
  const entries = Object.values(steps).map((step, i): Entry => {
    const time = START + i * 10;
    if ("connect" in step)
      return { kind: "connect", time, client: step.connect, clean: step.clean ?? true, ...(step.will && { will: step.will }) };
    if ("subscribe" in step) return { kind: "subscribe", time, client: step.subscribe, filters: [step.filter] };
    if ("disconnect" in step) return { kind: "disconnect", time, client: step.disconnect };
    const { topic, payload, qos = 0, retain = false } = step;
    const client = topic === STATE ? "h" : "e";
    return { kind: "message", time, topic, payload: payload instanceof Uint8Array ? payload : encodePayload(payload), qos, retain, client };
  });
  return { at, entries };
}

/** The payload of a good step with something changed. */
const changed = (name: string, change: Partial<Payload>): Step => {
  const step = good[name] as Message;
  return { ...step, payload: { ...(step.payload as Payload), ...change } };
};
const delivered = (name: string, change: Partial<Message>): Step => ({ ...(good[name] as Message), ...change });
const metrics = (name: string): Metric[] => ((good[name] as Message).payload as Payload).metrics;
const replaced = (name: string, i: number, change: Partial<Metric>): Step => {
  return changed(name, { metrics: metrics(name).map((m, k) => (k === i ? { ...m, ...change } : m)) });
};
const without = (name: string, i: number): Step => changed(name, { metrics: metrics(name).filter((_, k) => k !== i) });
const unstamped = (name: string): Step => {
  const { timestamp: _, ...rest } = (good[name] as Message).payload as Payload;
  return { ...(good[name] as Message), payload: rest };
};
const anonymous = ({ name: _, ...rest }: Metric): Metric => rest;
const timeless = ({ timestamp: _, ...rest }: Metric): Metric => rest;

test("nothing is found in a conforming capture, seen by either side", () => {
  expect(summary(check(told(good)))).toEqual([]);
  const overheard = Object.fromEntries(Object.entries(good).filter(([, step]) => "topic" in step));
  expect(summary(check(told(overheard, "subscriber")))).toEqual([]);
});

const seeds: [id: string, seed: Record<string, Step | undefined>][] = [
  ["topic-structure-namespace-a", { late: delivered("late", { topic: "spAv1.0/G/NDATA/E" }) }],
  ["topic-structure", { late: delivered("late", { topic: "spBv1.0/G/XDATA/E" }) }],
  ["topic-structure-namespace-device-id-associated-message-types", { more: delivered("more", { topic: "spBv1.0/G/DDATA/E" }) }],
  ["topic-structure-namespace-device-id-non-associated-message-types", { late: delivered("late", { topic: "spBv1.0/G/NDATA/E/D1" }) }],
  ["topic-structure-namespace-valid-edge-node-id", { late: delivered("late", { topic: "spBv1.0/G/NDATA/E#" }) }],
  ["topics-nbirth-mqtt", { nbirth: delivered("nbirth", { retain: true }) }],
  ["topics-dbirth-mqtt", { dbirth: delivered("dbirth", { qos: 1 }) }],
  ["topics-ddata-mqtt", { ddata: delivered("ddata", { qos: 1 }) }],
  ["topics-dcmd-mqtt", { dcmd: delivered("dcmd", { retain: true }) }],
  ["topics-ncmd-mqtt", { ask: delivered("ask", { qos: 1 }) }],
  ["payloads-ndeath-will-message-retain", { ndeath: delivered("ndeath", { retain: true }) }],
  ["host-topic-phid-birth-qos", { online: delivered("online", { qos: 0 }) }],
  ["host-topic-phid-birth-retain", { online: delivered("online", { retain: false }) }],
  ["host-topic-phid-birth-payload", { online: { ...state(true), payload: new TextEncoder().encode("ONLINE") } }],
  ["host-topic-phid-birth-payload-timestamp", { online: state(true, START + 5) }],
  ["host-topic-phid-birth-message", { online: undefined }],
  ["operational-behavior-host-application-connect-will", { hostConnect: { connect: "h" } }],
  ["message-flow-edge-node-birth-publish-will-message", { connect: { connect: "e" } }],
  ["message-flow-edge-node-birth-publish-will-message-topic", { connect: { connect: "e", will: will(3, { topic: "spBv1.0/G/DEATH/E" }) } }],
  ["message-flow-edge-node-birth-publish-will-message-qos", { connect: { connect: "e", will: will(3, { qos: 0 }) } }],
  ["message-flow-edge-node-birth-publish-will-message-will-retained", { connect: { connect: "e", will: will(3, { retain: true }) } }],
  ["principles-persistence-clean-session-311", { connect: { connect: "e", will: will(3), clean: false } }],
  ["message-flow-edge-node-ncmd-subscribe", { subscribe: undefined }],
  ["topics-nbirth-seq-num", { nbirth: changed("nbirth", { seq: 7 }), dbirth: changed("dbirth", { seq: 8 }) }],
  ["topics-nbirth-bdseq-included", { nbirth: without("nbirth", 0) }],
  ["topics-nbirth-bdseq-matching", { nbirth: replaced("nbirth", 0, { value: 9 }) }],
  ["topics-nbirth-bdseq-increment", { reconnect: { connect: "e", will: will(7) }, reborn: replaced("reborn", 0, { value: 7 }) }],
  ["message-flow-edge-node-birth-publish-nbirth-payload-bdSeq", { nbirth: replaced("nbirth", 0, { datatype: DataType.UInt64 }) }],
  ["topics-nbirth-rebirth-metric", { nbirth: without("nbirth", 1) }],
  ["operational-behavior-data-commands-rebirth-datatype", { nbirth: replaced("nbirth", 1, { datatype: DataType.Int32, value: 0 }) }],
  ["operational-behavior-data-commands-rebirth-value", { nbirth: replaced("nbirth", 1, { value: true }) }],
  ["operational-behavior-data-commands-rebirth-name-aliases", { nbirth: replaced("nbirth", 1, { alias: 50 }) }],
  ["payloads-sequence-num-incrementing", { ndata: changed("ndata", { seq: 9 }) }],
  ["payloads-sequence-num-always-included", { late: edge("NDATA", undefined, [value(1)]) }],
  ["topics-ndeath-seq", { ndeath: changed("ndeath", { seq: 4 }) }],
  ["topics-ndeath-payload", { ndeath: changed("ndeath", { metrics: [...metrics("ndeath"), value(1)] }) }],
  ["payloads-ndeath-bdseq", { more: { ...death(99) } }],
  ["payloads-dcmd-seq", { dcmd: changed("dcmd", { seq: 1 }) }],
  ["topics-ddata-timestamp", { ddata: unstamped("ddata") }],
  ["topics-ncmd-timestamp", { ask: unstamped("ask") }],
  ["payloads-timestamp-in-UTC", { ddata: changed("ddata", { timestamp: START + 8 * 3_600_000 }) }],
  ["payloads-name-birth-data-requirement", { ddata: changed("ddata", { metrics: metrics("ddata").map(timeless) }) }],
  ["payloads-metric-timestamp-in-UTC", { ddata: replaced("ddata", 0, { timestamp: Math.floor(START / 1000) }) }],
  ["message-flow-device-birth-publish-nbirth-wait", { nbirth: undefined }],
  ["payloads-ddata-order", { dbirth: undefined }],
  ["payloads-ndata-order", { reborn: undefined }],
  ["topics-dbirth-metric-reqs", { ddata: replaced("ddata", 0, { alias: 77 }) }],
  ["topics-nbirth-metric-reqs", { ndata: replaced("ndata", 0, { alias: 2 }) }],
  ["payloads-alias-uniqueness", { dbirth: replaced("dbirth", 1, { alias: 1 }) }],
  ["payloads-alias-birth-requirement", { dbirth: changed("dbirth", { metrics: metrics("dbirth").map(anonymous) }) }],
  ["payloads-alias-data-cmd-requirement", { ddata: replaced("ddata", 0, { name: "Temp" }) }],
  ["payloads-metric-datatype-value", { dbirth: replaced("dbirth", 0, { datatype: 35, value: null }) }],
  ["payloads-propertyset-quality-value-value", { dbirth: replaced("dbirth", 0, { properties: { Quality: { type: 3, value: 1 } } }) }],
  ["operational-behavior-data-publish-dbirth-order", { more: replaced("more", 0, { timestamp: START - 1000 }) }],
  ["operational-behavior-data-commands-rebirth-action-2", { dagain: undefined }],
  [
    "payloads-nbirth-bdseq-repeat",
    { hostConnect: undefined, connect: undefined, reconnect: undefined, again: replaced("again", 0, { value: 8 }) },
  ],
  ["operational-behavior-data-commands-ncmd-rebirth-value", { ask: replaced("ask", 0, { value: false }) }],
  ["operational-behavior-data-commands-dcmd-metric-name", { dcmd: replaced("dcmd", 0, { alias: 66 }) }],
  ["operational-behavior-data-commands-dcmd-metric-value", { dcmd: replaced("dcmd", 0, { datatype: DataType.String, value: "x" }) }],
  ["operational-behavior-edge-node-intentional-disconnect-ndeath", { ndeath: undefined }],
  ["topics-ddata-payload", { ddata: delivered("ddata", { payload: Uint8Array.of(0x12, 0xff) }) }],
];

test.each(seeds)("a seeded violation of %s is found", (id, seed) => {
  const steps = Object.fromEntries(Object.entries({ ...good, ...seed }).filter((step): step is [string, Step] => step[1] !== undefined));
  expect(check(told(steps)).map((v) => v.id)).toContain(`tck-id-${id}`);
});

test("a subscriber finds a will of QoS 0, and a STATE that is none", () => {
  const seen = (step: Step): string[] =>
    check(told({ online: state(true), nbirth: good.nbirth as Step, step }, "subscriber")).map((v) => v.id);
  expect(seen({ ...death(3), qos: 0 })).toEqual(["tck-id-payloads-ndeath-will-message-qos"]);
  expect(seen(state(true, START - 1))).toEqual(["tck-id-host-topic-phid-birth-payload-timestamp"]);
});

test("a rebirth asked for and not given is found, at the next data or at the end", () => {
  const { entries } = told({ ...good, again: good.late as Step });
  const asked = entries.findIndex((e) => e.kind === "message" && e.topic.includes("NCMD"));
  const head = entries.slice(0, asked + 1);
  const at = START + asked * 10;
  const later = (time: number, step: Step): Entry => ({ ...(told({ step }).entries[0] as Entry), time });
  const data = { kind: "publisher", entries: [...head, later(at + 3000, edge("NDATA", 4, [value(1)]))] };
  expect(check({ at: "publisher", entries: data.entries }).map((v) => v.id)).toContain(
    "tck-id-operational-behavior-data-commands-rebirth-action-1",
  );
  const silence = [...head, later(at + 11_000, state(true, START))];
  expect(check({ at: "publisher", entries: silence }).map((v) => v.id)).toContain(
    "tck-id-operational-behavior-data-commands-rebirth-action-2",
  );
});

test("after the observer was away, an edge is believed until it is born again", () => {
  const { entries } = told(good, "subscriber");
  const messages = entries.filter((e) => e.kind === "message");
  const online = messages.find((e) => e.topic === STATE) as Entry;
  const data = messages.slice(messages.findIndex((e) => e.topic.includes("NDATA")));
  expect(summary(check({ at: "subscriber", entries: [{ kind: "blind", time: START }, online, ...data] }))).toEqual([]);
  expect(check({ at: "subscriber", entries: [online, ...data] })).not.toEqual([]);
});
