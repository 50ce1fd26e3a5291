import { Quality } from "@cellhouse/shared";
import { DataType, decodePayload, encodePayload, type Metric, type Payload } from "@cellhouse/shared/sparkplug";
import fc from "fast-check";
import { expect, test } from "vitest";
import { PublishedCounters } from "../../counters.ts";
import { FakePlant, type FakePlc, onePlant } from "../fake-plant.ts";
import { Edge } from "./edge.ts";
import { FAULT, FAULT_RESULT, REBIRTH } from "./metrics.ts";

const START = 1_700_000_000_000;

interface Sent {
  type: string;
  device: string | undefined;
  qos: number;
  payload: Payload;
}

/** An edge of two cells on a desk: a hand-turned clock, a transport that writes down. */
class Desk {
  readonly plant = onePlant(2);
  readonly plcs = new FakePlant(this.plant);
  readonly counters = new PublishedCounters(this.plant);
  readonly said: string[] = [];
  readonly edge: Edge;
  sent: Sent[] = [];
  restarts = 0;
  now = START;

  constructor(mode: "raw" | "exception" = "raw") {
    this.edge = new Edge({
      group: "BT-EL1",
      host: "cellhouse",
      line: this.plcs.lines[0] as FakePlc,
      cells: this.plcs.cells,
      plant: this.plcs,
      mode,
      published: this.counters,
      dropped: (n) => this.counters.drop("L01", n),
      say: (text) => this.said.push(text),
    });
    this.plcs.advance(this.now);
  }

  open(): void {
    const publish = (topic: string, payload: Uint8Array, qos: number): void => {
      const [, , type, , device] = topic.split("/");
      this.sent.push({ type: type as string, device, qos, payload: decodePayload(payload) });
    };
    this.edge.open({ publish, backlog: () => 0, restart: () => void this.restarts++ }, this.now);
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
      this.plcs.advance(this.now, 0.3);
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

test("bdSeq of will and birth agree, and only a connection the broker accepted uses one up", () => {
  const desk = new Desk();
  const bdSeq = (): unknown => decodePayload(desk.edge.will().payload).metrics[0]?.value;
  desk.edge.close(false);
  expect(bdSeq()).toBe(0);
  desk.born();
  desk.edge.close(true);
  expect(bdSeq()).toBe(1);
  expect(named(desk.born()[0], "bdSeq")?.value).toBe(1);
  for (let k = 0; k < 255; k++) desk.edge.close(true);
  expect(bdSeq()).toBe(0);
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

test("without any word of a host the edge waits two seconds and is then born for whoever listens", () => {
  const desk = new Desk();
  desk.open();
  expect(desk.run(1.8)).toEqual([]);
  expect(desk.run(0.4)[0]?.type).toBe("NBIRTH");
});

test("while the host is offline nothing is sent; on its return all of it comes as historical, and each sample was counted once", () => {
  const desk = new Desk();
  desk.born();
  desk.run(5);
  const before = total(desk);
  desk.host(false);
  expect(desk.restarts).toBe(1);
  expect(desk.sent.at(-1)).toMatchObject({ type: "NDEATH", qos: 1 });
  desk.edge.close(true);
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
  desk.edge.close(true);
  desk.open();
  desk.host(true);
  const times = desk.run(3).flatMap(({ payload }) => payload.metrics.flatMap((m) => (m.isHistorical ? (m.timestamp as number) : [])));
  expect(Math.min(...times)).toBeGreaterThanOrEqual(heard - 30_000);
  expect(Math.min(...times)).toBeLessThan(heard - 29_000);
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
    desk.sent = [];
    desk.command("spBv1.0/BT-EL1/DCMD/L01/C001", [{ name: FAULT, value: text }]);
    return JSON.parse(String(desk.sent[0]?.payload.metrics.find(({ alias }) => alias === resultAlias)?.value));
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
  const metric = fc.record({ name, alias: fc.nat(2000), value }, { requiredKeys: ["value"] });
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
