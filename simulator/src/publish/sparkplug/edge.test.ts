/** One edge node against a broker in the mind of the test. Long because every story is told with the same stand. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Quality } from "@cellhouse/shared";
import { DataType, decodePayload, encodePayload, type Metric, type Payload } from "@cellhouse/shared/sparkplug";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { PublishedCounters } from "../../counters.ts";
import { FakePlant, type FakePlc, onePlant } from "../fake-plant.ts";
import { DEVICE_REBIRTH } from "./births.ts";
import { Edge } from "./edge.ts";
import { FAULT, FAULT_RESULT, REBIRTH } from "./metrics.ts";

const START = 1_700_000_000_000;

interface Sent {
  type: string;
  device: string | undefined;
  qos: number;
  payload: Payload;
}

const desks: Desk[] = [];
afterEach(() => {
  for (const desk of desks.splice(0)) desk.clear();
});

/** An edge of two cells on a desk: a hand-turned clock, a transport that writes down. */
class Desk {
  readonly folder: string;
  readonly plant = onePlant(2);
  readonly plcs = new FakePlant(this.plant);
  readonly counters = new PublishedCounters(this.plant);
  readonly said: string[] = [];
  readonly edge: Edge;
  sent: Sent[] = [];
  restarts = 0;
  now = START;
  /** What the PLCs' clocks are ahead of ours, ms. */
  skew = 0;

  constructor(mode: "raw" | "exception" = "raw", folder = mkdtempSync(join(tmpdir(), "cellhouse-edge-"))) {
    this.folder = folder;
    desks.push(this);
    this.edge = new Edge({
      group: "BT-EL1",
      host: "cellhouse",
      line: this.plcs.lines[0] as FakePlc,
      cells: this.plcs.cells,
      plant: this.plcs,
      mode,
      published: this.counters,
      buffer: { file: join(folder, "L01.db"), bytes: 1e8, ageMs: 1e9 },
      dropped: (n) => this.counters.drop("L01", n),
      say: (text) => this.said.push(text),
    });
    this.plcs.advance(this.now);
  }

  clear(): void {
    this.edge.end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  open(): void {
    const publish = (topic: string, payload: Uint8Array, qos: number): void => {
      const [, , type, , device] = topic.split("/");
      this.sent.push({ type: type as string, device, qos, payload: decodePayload(payload) });
    };
    this.edge.open({ publish, backlog: () => 0, restart: () => void this.restarts++ }, this.now);
  }

  /** The connection breaks, its CONNECT had been sent. */
  close(): void {
    this.edge.connecting();
    this.edge.close();
  }

  host(online: boolean): void {
    this.edge.receive("spBv1.0/STATE/cellhouse", Buffer.from(JSON.stringify({ online, timestamp: this.now })), this.now);
  }

  command(topic: string, metrics: Metric[]): void {
    this.edge.receive(topic, encodePayload({ metrics }), this.now);
  }

  /** Scans and publishes for some seconds and returns what was sent meanwhile. */
  run(seconds: number): Sent[] {
    this.sent = [];
    for (let k = 0; k < seconds * 10; k++) {
      this.now += 100;
      this.plcs.advance(this.now + this.skew, 0.3);
      this.edge.publish(this.now);
    }
    return this.sent;
  }

  born(): Sent[] {
    this.open();
    this.host(true);
    return this.run(0.1);
  }
}

const named = (sent: Sent | undefined, name: string): Metric | undefined => sent?.payload.metrics.find((metric) => metric.name === name);
const total = (desk: Desk): number => Object.values(desk.counters.tags()).reduce((sum, tag) => sum + tag.count, 0);

test("births come first: NBIRTH with seq 0, bdSeq and rebirth, then one DBIRTH per cell with everything a host must know", () => {
  const sent = new Desk().born();
  expect(sent.map(({ type, device }) => [type, device])).toEqual([
    ["NBIRTH", undefined],
    ["DBIRTH", "C001"],
    ["DBIRTH", "C002"],
  ]);
  expect(sent.map(({ payload }) => payload.seq)).toEqual([0, 1, 2]);
  expect(named(sent[0], "bdSeq")).toMatchObject({ value: 0, datatype: DataType.Int64 });
  expect(named(sent[0], REBIRTH)).toMatchObject({ value: false, datatype: DataType.Boolean });
  expect(named(sent[0], "II-001")).toBeDefined();
  const temperature = named(sent[1], "TI-101");
  expect(temperature).toMatchObject({ datatype: DataType.Float, timestamp: START });
  expect(temperature?.properties?.engUnit?.value).toBe("°C");
  expect(temperature?.properties?.engLow?.value).toBe(600);
  expect(temperature?.properties?.engHigh?.value).toBe(1300);
  expect(named(sent[1], "FIC-303/SP")).toBeDefined();
  expect(named(sent[1], FAULT)?.datatype).toBe(DataType.String);
});

test("no alias is given twice within the edge", () => {
  const aliases = new Desk().born().flatMap(({ payload }) => payload.metrics.flatMap((metric) => metric.alias ?? []));
  expect(new Set(aliases).size).toBe(aliases.length);
});

test("data carry aliases only, one message per cell and scan, and seq runs through 255 to 0 over the whole edge", () => {
  const desk = new Desk();
  let last = desk.born().at(-1)?.payload.seq as number;
  const sent = desk.run(200);
  for (const { payload, qos } of sent) {
    expect(payload.seq).toBe((last + 1) % 256);
    last = payload.seq as number;
    expect(qos).toBe(0);
    expect(
      payload.metrics.every((metric) => metric.name === undefined && metric.alias !== undefined && metric.datatype === undefined),
    ).toBe(true);
  }
  const perCell = sent.filter(({ device }) => device === "C001");
  const values = perCell.reduce((sum, { payload }) => sum + payload.metrics.length, 0);
  expect(perCell.length).toBeLessThanOrEqual(201);
  expect(values / 200).toBeGreaterThan(15);
});

test("bdSeq of will and birth agree, every CONNECT uses one up, an attempt without one does not, and a new program goes on", () => {
  const desk = new Desk();
  const bdSeq = (): unknown => decodePayload(desk.edge.will().payload).metrics[0]?.value;
  desk.edge.close();
  expect(bdSeq()).toBe(0);
  desk.born();
  desk.close();
  expect(bdSeq()).toBe(1);
  desk.edge.connecting();
  expect(named(desk.born()[0], "bdSeq")?.value).toBe(1);
  desk.edge.end();
  const again = new Desk("raw", desk.folder);
  expect(named(again.born()[0], "bdSeq")?.value).toBe(2);
  again.close();
  for (let k = 0; k < 253; k++) again.close();
  expect(named(again.born()[0], "bdSeq")?.value).toBe(0);
});

test("a rebirth asked for is given once a second at most, with the same bdSeq", () => {
  const desk = new Desk();
  desk.born();
  desk.run(1);
  for (let k = 0; k < 50; k++) desk.command("spBv1.0/BT-EL1/NCMD/L01", [{ name: REBIRTH, value: true }]);
  expect(desk.run(0.1).filter(({ type }) => type === "NBIRTH")).toHaveLength(1);
  desk.command("spBv1.0/BT-EL1/NCMD/L01", [{ name: REBIRTH, value: true }]);
  const births = desk.run(2).filter(({ type }) => type === "NBIRTH");
  expect(births).toHaveLength(1);
  expect(births[0]?.payload.seq).toBe(0);
  expect(named(births[0], "bdSeq")?.value).toBe(0);
});

test("without any word of a host the edge keeps its samples, says so once, and sends them when there is one", () => {
  const desk = new Desk();
  desk.open();
  expect(desk.run(10)).toEqual([]);
  expect(desk.said).toEqual([expect.stringContaining("no host cellhouse yet")]);
  expect(total(desk)).toBe(0);
  expect(desk.edge.waiting).toBeGreaterThan(500);
  desk.host(true);
  const sent = desk.run(2);
  expect(desk.edge.waiting).toBe(0);
  expect(sent[0]?.type).toBe("NBIRTH");
  const tag = desk.counters.tags()["BT.EL1.L01.C001:TI-101"];
  expect(tag).toMatchObject({ first: START, count: 13 });
});

test("asked for a rebirth twice within a second: no data until it is given, then the births, then what was held back", () => {
  const desk = new Desk();
  desk.born();
  desk.run(1);
  const ask = (): void => desk.command("spBv1.0/BT-EL1/NCMD/L01", [{ name: REBIRTH, value: true }]);
  ask();
  desk.run(0.1);
  ask();
  const sent = desk.run(2);
  expect(sent.slice(0, 3).map(({ type }) => type)).toEqual(["NBIRTH", "DBIRTH", "DBIRTH"]);
  expect(desk.sent.slice(3).flatMap(({ payload }) => payload.metrics.filter((metric) => metric.isHistorical)).length).toBeGreaterThan(10);
  const tag = desk.counters.tags()["BT.EL1.L01.C001:TI-101"];
  expect(tag?.count).toBe(((tag?.last ?? 0) - (tag?.first ?? 0)) / 1000 + 1);
});

test("a device is born again on its own, and answers for no other", () => {
  const desk = new Desk();
  const birth = desk.born()[1] as Sent;
  desk.run(1);
  desk.command("spBv1.0/BT-EL1/DCMD/L01/C001", [{ alias: named(birth, DEVICE_REBIRTH)?.alias as number, value: true }]);
  expect(desk.run(1).flatMap(({ type, device }) => (type === "DBIRTH" ? [device] : []))).toEqual(["C001"]);
});

test("births say who made what speaks", () => {
  for (const birth of new Desk().born()) {
    expect(named(birth, "Properties/Hardware Make")?.value).toBe("Cellhouse");
    expect(named(birth, "Properties/Software Version")?.value).toMatch(/^\d+\./);
  }
});

test("STATE: an older one is not heard, also on a new connection; a new session of the host is a new birth", () => {
  const desk = new Desk();
  const state = (online: boolean, timestamp: number): void =>
    desk.edge.receive("spBv1.0/STATE/cellhouse", Buffer.from(JSON.stringify({ online, timestamp })), desk.now);
  desk.open();
  state(true, START);
  desk.run(1);
  state(false, START - 1);
  expect(desk.restarts).toBe(0);
  state(true, START + 5);
  expect(desk.run(0.1)[0]?.type).toBe("NBIRTH");
  desk.close();
  desk.open();
  state(true, START);
  expect(desk.run(3)).toEqual([]);
  state(true, START + 5);
  expect(desk.run(0.1)[0]?.type).toBe("NBIRTH");
  state(false, START + 5);
  expect(desk.restarts).toBe(1);
});

test("after the death certificate nothing follows on that connection, whatever the host says; one that waits says goodbye too", () => {
  const desk = new Desk();
  desk.born();
  desk.host(false);
  desk.host(true);
  desk.command("spBv1.0/BT-EL1/NCMD/L01", [{ name: REBIRTH, value: true }]);
  expect(desk.run(5)).toEqual([]);
  const other = new Desk();
  other.open();
  other.edge.goodbye();
  expect(other.sent.map(({ type, qos }) => [type, qos])).toEqual([["NDEATH", 1]]);
});

test("only what the broker confirmed is taken as heard: data sent into a dead line go out again", () => {
  const desk = new Desk();
  desk.born();
  desk.run(60);
  const confirmed = desk.now;
  desk.edge.heard(confirmed);
  desk.run(25);
  desk.close();
  desk.open();
  desk.host(true);
  const again = desk.run(3).flatMap(({ payload }) => payload.metrics.flatMap((m) => (m.isHistorical ? (m.timestamp as number) : [])));
  expect(Math.min(...again)).toBeLessThanOrEqual(confirmed - 29_000);
  expect(Math.min(...again)).toBeGreaterThan(confirmed - 32_000);
  expect(Math.max(...again)).toBeGreaterThanOrEqual(confirmed + 24_000);
});

test("a new program sends what the old one kept as historical, after its births, and counts only what was never sent", () => {
  const desk = new Desk();
  desk.born();
  desk.run(20);
  desk.close();
  desk.run(30);
  desk.edge.end();
  const again = new Desk("raw", desk.folder);
  again.now = desk.now + 5000;
  again.plcs.advance(again.now, 0.3);
  const sent = [...again.born(), ...again.run(5)];
  const firstHistorical = sent.findIndex(({ payload }) => payload.metrics.some((metric) => metric.isHistorical));
  expect(firstHistorical).toBe(3);
  const alias = named(sent[1], "TI-101")?.alias;
  const times = sent.flatMap(({ payload }) =>
    payload.metrics.flatMap((m) => (m.alias === alias && m.isHistorical ? (m.timestamp as number) : [])),
  );
  expect(times).toEqual(
    Array.from({ length: 50 }, (_, k) => START + k * 1000)
      .concat(START + 50_000)
      .slice(0, times.length),
  );
  expect(times.length).toBeGreaterThanOrEqual(50);
  const before = desk.counters.tags()["BT.EL1.L01.C001:TI-101"];
  expect(again.counters.tags()["BT.EL1.L01.C001:TI-101"]?.first).toBe((before?.last ?? 0) + 1000);
});

test("an order comes with its sequence, user, token and time, and reaches the PLC whole; without one of them it is refused", () => {
  const desk = new Desk();
  desk.born();
  const topic = "spBv1.0/BT-EL1/DCMD/L01/C001";
  const properties = {
    seq: { type: DataType.UInt32, value: 7 },
    user: { type: DataType.String, value: "anna" },
    token: { type: DataType.UInt32, value: 3 },
  };
  desk.command(topic, [{ name: "TIC-101/SP", value: 1055, timestamp: desk.now, properties }]);
  expect(desk.plcs.cell("C001").written).toEqual([
    { tag: "TIC-101.SP", value: 1055, order: { seq: 7, user: "anna", token: 3, at: desk.now } },
  ]);
  const { user: _, ...incomplete } = properties;
  desk.command(topic, [{ name: "TIC-101/SP", value: 1056, timestamp: desk.now, properties: incomplete }]);
  desk.command(topic, [{ name: "TIC-101/SP", value: 1057, properties }]);
  expect(desk.plcs.cell("C001").written).toHaveLength(1);
  expect(desk.said[0]).toContain("TIC-101/SP: property user");
});

test("while the host is offline nothing is sent; on its return all of it comes as historical, and each sample was counted once", () => {
  const desk = new Desk();
  desk.born();
  desk.run(5);
  const before = total(desk);
  desk.host(false);
  expect(desk.restarts).toBe(1);
  expect(desk.sent.at(-1)).toMatchObject({ type: "NDEATH", qos: 1 });
  desk.close();
  expect(desk.run(20)).toEqual([]);
  expect(total(desk)).toBe(before);
  desk.open();
  desk.host(true);
  const back = desk.run(5);
  expect(back[0]?.type).toBe("NBIRTH");
  const historical = back.flatMap(({ payload }) => payload.metrics.filter((metric) => metric.isHistorical));
  const times = historical.map((metric) => metric.timestamp as number);
  expect(Math.min(...times)).toBe(START);
  expect(historical.length).toBeGreaterThan(25 * 2 * 15);
  const live = back
    .filter(({ type }) => type === "DDATA")
    .flatMap(({ payload }) => payload.metrics.filter((metric) => !metric.isHistorical));
  expect(Math.min(...live.map((metric) => metric.timestamp as number))).toBeGreaterThan(Math.max(...times) - 1000);
  const tag = desk.counters.tags()["BT.EL1.L01.C001:TI-101"];
  expect(tag?.count).toBe(((tag?.last ?? 0) - (tag?.first ?? 0)) / 1000 + 1);
});

test("what was sent in the last half minute before the silence goes out again, because the host may not have heard it", () => {
  const desk = new Desk();
  desk.born();
  desk.run(50);
  desk.edge.heard(desk.now);
  const heard = desk.now;
  desk.run(5);
  desk.close();
  desk.open();
  desk.host(true);
  const times = desk.run(3).flatMap(({ payload }) => payload.metrics.flatMap((m) => (m.isHistorical ? (m.timestamp as number) : [])));
  expect(Math.min(...times)).toBeGreaterThanOrEqual(heard - 30_000);
  expect(Math.min(...times)).toBeLessThan(heard - 29_000);
});

test("PLCs whose clocks are an hour behind, then ahead: their times are told as they are, and nothing is lost or counted twice", () => {
  const desk = new Desk();
  desk.skew = -3_600_037;
  desk.born();
  desk.run(50);
  desk.edge.heard(desk.now);
  desk.close();
  desk.run(20);
  desk.skew = 3_600_037;
  desk.run(20);
  desk.open();
  desk.host(true);
  const back = desk.run(5).flatMap(({ payload }) => payload.metrics.flatMap((m) => (m.isHistorical ? (m.timestamp as number) : [])));
  expect(Math.min(...back)).toBeLessThan(desk.now - 3_600_000);
  expect(Math.max(...back)).toBeGreaterThan(desk.now + 3_600_000 - 10_000);
  const tag = desk.counters.tags()["BT.EL1.L01.C001:TI-101"];
  expect(tag?.count).toBeGreaterThanOrEqual(95);
  expect(tag?.count).toBeLessThanOrEqual(98);
});

test("a cell off the network dies alone, and brings along what it missed when it is born again", () => {
  const desk = new Desk();
  desk.born();
  const cell = desk.plcs.cell("C001");
  cell.offline = true;
  const away = desk.run(10);
  expect(away.filter(({ type }) => type === "DDEATH").map(({ device }) => device)).toEqual(["C001"]);
  expect(away.some(({ type, device }) => type === "DDATA" && device === "C001")).toBe(false);
  expect(away.some(({ type, device }) => type === "DDATA" && device === "C002")).toBe(true);
  cell.offline = false;
  const back = desk.run(2).filter(({ device }) => device === "C001");
  expect(back[0]?.type).toBe("DBIRTH");
  const missed = back.flatMap(({ payload }) => payload.metrics.filter((metric) => metric.isHistorical));
  expect(missed.length).toBeGreaterThan(100);
  const c002 = desk.sent.filter(({ device }) => device === "C002").flatMap(({ payload }) => payload.metrics);
  expect(c002.some((metric) => metric.isHistorical)).toBe(false);
});

test("a sample without a number goes as null with quality 0, a doubtful one as stale", () => {
  const desk = new Desk();
  const birth = desk.born()[1] as Sent;
  const alias = (name: string): number | undefined => named(birth, name)?.alias;
  desk.plcs.cell("C001").set("TI-101", Number.NaN, Quality.Bad);
  desk.plcs.cell("C001").set("TI-103", 1050, Quality.Uncertain);
  const metrics = desk.run(1).flatMap(({ payload }) => payload.metrics);
  expect(metrics.find((m) => m.alias === alias("TI-101"))).toMatchObject({ value: null, properties: { Quality: { value: 0 } } });
  expect(metrics.find((m) => m.alias === alias("TI-103"))?.properties?.Quality?.value).toBe(500);
});

test("a write by name or by alias reaches the PLC, and what it accepted is reported in the next scan", () => {
  const desk = new Desk("exception");
  const birth = desk.born()[1] as Sent;
  const alias = named(birth, "FIC-303/SP")?.alias as number;
  desk.command("spBv1.0/BT-EL1/DCMD/L01/C001", [{ name: "TIC-101/SP", value: 1055 }]);
  desk.command("spBv1.0/BT-EL1/DCMD/L01/C001", [{ alias, value: 12.5 }]);
  expect(desk.plcs.cell("C001").written).toEqual([
    { tag: "TIC-101.SP", value: 1055 },
    { tag: "FIC-303.SP", value: 12.5 },
  ]);
  const reported = desk.run(0.1).flatMap(({ payload }) => payload.metrics);
  expect(reported.find((metric) => metric.alias === alias)?.value).toBe(12.5);
});

test("what is no writable tag, out of range, or off the network is refused with one line", () => {
  const desk = new Desk();
  desk.born();
  const refuse = (topic: string, metric: Metric): string => {
    desk.run(2);
    desk.command(topic, [metric]);
    return desk.said.at(-1) ?? "";
  };
  const cell = "spBv1.0/BT-EL1/DCMD/L01/C001";
  expect(refuse(cell, { name: "TI-101", value: 1 })).toContain("E_NOT_WRITABLE");
  expect(refuse(cell, { name: "nonsense", value: 1 })).toContain("E_TAG_UNKNOWN");
  expect(refuse(cell, { name: "TIC-101/SP", value: 5000 })).toContain("E_SETPOINT_RANGE");
  expect(refuse(cell, { name: "TIC-101/SP", value: "hot" })).toContain("finite number");
  expect(refuse(cell, { name: "HS-910", value: 1.5 })).toContain("whole numbers");
  expect(refuse("spBv1.0/BT-EL1/DCMD/L01/C099", { name: "TIC-101/SP", value: 1050 })).toContain("no device C099");
  desk.plcs.cell("C001").offline = true;
  expect(refuse(cell, { name: "TIC-101/SP", value: 1050 })).toContain("off the network");
  expect(desk.plcs.cell("C001").written).toEqual([]);
});

test("a fault is ordered through its cell and the answer comes back as a metric", () => {
  const desk = new Desk();
  const resultAlias = named(desk.born()[1], FAULT_RESULT)?.alias;
  const order = (text: string): unknown => {
    desk.command("spBv1.0/BT-EL1/DCMD/L01/C001", [{ name: FAULT, value: text }]);
    const answers = desk.run(0.1).flatMap(({ payload }) => payload.metrics.filter(({ alias }) => alias === resultAlias));
    return JSON.parse(String(answers[0]?.value));
  };
  expect(order(JSON.stringify({ id: "f1", op: "start", kind: "feed_jam", seconds: 60 }))).toEqual({
    id: "f1",
    ok: true,
    detail: "started",
  });
  expect(desk.plcs.started).toEqual([{ id: "f1", kind: "feed_jam", cell: "C001", after: 0, seconds: 60, args: {} }]);
  expect(order(JSON.stringify({ id: "f1", op: "stop" }))).toMatchObject({ ok: true });
  expect(order(JSON.stringify({ id: "f2", op: "start", kind: "flood" }))).toMatchObject({
    ok: false,
    detail: expect.stringContaining("E_FAULT_KIND"),
  });
  expect(order(JSON.stringify({ id: "f3", op: "start", kind: "feed_jam", cell: "C002" }))).toMatchObject({ ok: false });
  expect(order("{")).toMatchObject({ ok: false, detail: "the order is not JSON" });
});

test("no bytes a host may send take the edge down or reach a PLC as anything but a finite number in a writable tag", () => {
  const desk = new Desk();
  desk.born();
  const topics = fc.constantFrom("spBv1.0/BT-EL1/NCMD/L01", "spBv1.0/BT-EL1/DCMD/L01/C001", "spBv1.0/STATE/cellhouse", "spBv1.0/x", "");
  const value = fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(null), fc.bigInt({ min: 0n, max: 2n ** 63n }));
  const name = fc.oneof(fc.constantFrom("FIC-303/SP", "TIC-101/SP", "HS-910", "TI-101", FAULT, REBIRTH, "__proto__"), fc.string());
  const property = fc.oneof(
    fc.nat().map((n) => ({ type: DataType.UInt32, value: n })),
    fc.string().map((text) => ({ type: DataType.String, value: text })),
    fc.constant({ type: DataType.UInt32, value: null }),
  );
  const properties = fc.record({ seq: property, user: property, token: property }, { requiredKeys: [] });
  const metric = fc.record({ name, alias: fc.nat(2000), timestamp: fc.nat(), properties, value }, { requiredKeys: ["value"] });
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(metric, { maxLength: 120 }).map((metrics) => encodePayload({ metrics })),
  );
  fc.assert(
    fc.property(topics, payload, (topic, bytes) => {
      desk.edge.receive(topic, bytes, desk.now);
      desk.run(0.1);
    }),
    { numRuns: 500 },
  );
  for (const { tag, value: written } of desk.plcs.cell("C001").written) {
    expect(["r", undefined]).not.toContain(desk.plcs.cell("C001").definitions.find((d) => d.name === tag)?.access);
    expect(Number.isFinite(written)).toBe(true);
  }
});
