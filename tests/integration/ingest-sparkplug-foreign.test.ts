/** A foreign edge (the npm package `sparkplug-client`, other names, Fahrenheit, no aliases) plugged in by editing the plant file alone. */
import { buildPlant, type Cell, type Plant, plantDescription, systemClock, tagOf } from "@cellhouse/shared";
import sparkplug, { type UPayload } from "sparkplug-client";
import { afterEach, expect, test } from "vitest";
import { createBroker } from "../../server/src/broker/broker.ts";
import { createDriver } from "../../server/src/ingest/index.ts";
import { check } from "../support/sparkplug-checker/checker.ts";
import { tapBroker } from "../support/sparkplug-checker/tap.ts";
import { counted, listener, plantFile, until } from "./ingest-support.ts";

type UMetric = NonNullable<UPayload["metrics"]>[number];

const PASSWORD = "field-password";
const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** The single plant, its one line spoken for by a foreign edge. */
function foreignPlant(): Plant {
  const { description } = plantFile("single");
  const sparkplug = {
    group: "Smelter",
    edge: "PotRoom",
    device: "Pot{place}",
    metrics: { "TI-101": "Bath/TempF", "YC-905": "Counter", "FIC-303.SP": "Feed/Target" },
    scale: { "TI-101": { factor: 5 / 9, offset: -160 / 9 }, "FIC-303.SP": { factor: 0.001 } },
  };
  return buildPlant(plantDescription.parse({ ...description, lines: [{ ...description.lines[0], sparkplug }] }));
}

/** What a pot of the foreign plant tells: degrees Fahrenheit, grams per hour. */
class Pots {
  readonly client: ReturnType<typeof sparkplug.newClient>;
  readonly commands: { device: string; metrics: UMetric[] }[] = [];
  births = 0;

  constructor(url: string) {
    const names = { groupId: "Smelter", edgeNode: "PotRoom", clientId: "foreign" };
    this.client = sparkplug.newClient({ serverUrl: url, username: "edge-L01", password: PASSWORD, publishDeath: true, ...names });
    this.client.on("birth", () => this.birth());
    this.client.on("ncmd", ({ metrics }) => {
      if (metrics?.some((m) => m.name === "Node Control/Rebirth" && m.value === true)) this.birth();
    });
    this.client.on("dcmd", (device, { metrics }) => this.commands.push({ device, metrics: metrics ?? [] }));
    this.client.on("error", () => undefined);
  }

  birth(): void {
    this.births++;
    const timestamp = Date.now();
    this.client.publishNodeBirth({ timestamp, metrics: [{ name: "Node Control/Rebirth", type: "Boolean", value: false, timestamp }] });
    const metrics: UMetric[] = [
      { name: "Bath/TempF", type: "Float", value: 1922, timestamp, properties: { engUnit: { type: "String", value: "°F" } } },
      { name: "Counter", type: "Int64", value: 1, timestamp },
      { name: "Feed/Target", type: "Int32", value: 9500, timestamp },
      { name: "EI-201", type: "Double", value: 9.9, timestamp, properties: { engUnit: { type: "String", value: "mV" } } },
      { name: "Firmware", type: "String", value: "4.2", timestamp },
    ];
    this.client.publishDeviceBirth("Pot1", { timestamp, metrics });
  }

  data(name: string, type: UMetric["type"], value: number): void {
    const timestamp = Date.now();
    this.client.publishDeviceData("Pot1", { timestamp, metrics: [{ name, type, value, timestamp }] });
  }

  /** The connection breaks without a word; the client comes back by itself. */
  cut(): void {
    (this.client as unknown as { client: { stream: { destroy(): void } } }).client.stream.destroy();
  }
}

async function stand() {
  const plant = foreignPlant();
  const counters = counted();
  const broker = createBroker({ port: 0, host: "127.0.0.1", plant, fieldPassword: PASSWORD, counters, clock: systemClock });
  await broker.start();
  cleanups.push(() => broker.stop());
  const url = `mqtt://127.0.0.1:${broker.port}`;
  const warnings: { fields: object; message: string }[] = [];
  const log = { info: () => undefined, warn: (fields: object, message: string) => void warnings.push({ fields, message }) };
  const host = () => createDriver("sparkplug", { url, user: "host", password: PASSWORD }, { plant, clock: systemClock, counters, log });
  const cell = plant.cells[0] as Cell;
  return { cell, counters, url, warnings, host };
}

test("births, data, a lost message, a command, a host restart, a cut line and a goodbye", async () => {
  const { cell, counters, url, warnings, host } = await stand();
  const heard = listener();
  const driver = host();
  await driver.start(heard);
  const live = (tag: string): number | undefined => {
    const frame = heard.frames.findLast((f) => f.tag.includes(tagOf(cell, tag).id));
    return frame?.value[frame.tag.indexOf(tagOf(cell, tag).id)];
  };
  const pots = new Pots(url);
  cleanups.push(() => pots.client.stop());
  await until("the births", () => heard.story().length === 2);
  expect(heard.story()).toEqual(["up L01", "up C001"]);
  expect([live("TI-101"), live("YC-905"), live("FIC-303.SP"), live("EI-201")]).toEqual([
    expect.closeTo(1050, 6),
    1,
    expect.closeTo(9.5, 9),
    9.9,
  ]);
  expect(warnings.map((w) => w.fields)).toEqual([
    { owner: "C001", metrics: ["Firmware"], count: 1 },
    { owner: "C001", metrics: ['EI-201 in "mV", the plant has "V"'], count: 1 },
  ]);
  expect(Object.fromEntries(counters.seen)).toMatchObject({ "rejected unknown_metric": 1, "rejected unit_mismatch": 1 });

  pots.data("Bath/TempF", "Float", 1940);
  await until("the data", () => Math.abs((live("TI-101") ?? 0) - 1060) < 0.001);
  (pots.client as unknown as { seq: number }).seq += 20;
  pots.data("Bath/TempF", "Float", 1950);
  await until("the gap and its rebirth", () => heard.story().at(-1) === "whole L01 C001");
  expect(pots.births).toBe(2);

  const order = { seq: 5, user: "olga", at: Date.now(), token: 1 };
  expect(await driver.write({ tag: tagOf(cell, "FIC-303.SP").id, value: 10.25, order })).toEqual({ ok: true });
  await until("the command", () => pots.commands.length === 1);
  expect(pots.commands[0]).toMatchObject({ device: "Pot1", metrics: [{ name: "Feed/Target", type: "Int32", value: 10250 }] });
  expect(pots.commands[0]?.metrics[0]?.properties?.user).toMatchObject({ value: "olga" });
  expect(await driver.write({ tag: tagOf(cell, "TIC-101.SP").id, value: 1050 })).toMatchObject({ ok: false, code: "E_NOT_WRITABLE" });

  pots.cut();
  await until("its will and its return", () => heard.story().slice(-3).join() === "down L01 C001,up L01,up C001", 20_000);
  await driver.stop();
  const again = host();
  const reheard = listener();
  cleanups.push(() => again.stop());
  await again.start(reheard);
  const births = pots.births;
  for (let i = 0; i < 5; i++) pots.data("Counter", "Int64", 10 + i);
  await until("the rebirth asked for", () => reheard.story().join() === "up L01,up C001");
  expect(pots.births).toBe(births + 1);
  pots.client.stop();
  await until("the goodbye", () => reheard.story().at(-1) === "down L01 C001");
});

test("the grader names what this client does otherwise than the specification, and nothing else", async () => {
  const { url, host } = await stand();
  const tap = await tapBroker(Number(new URL(url).port));
  cleanups.push(() => tap.stop());
  const driver = host();
  const heard = listener();
  cleanups.push(() => driver.stop());
  await driver.start(heard);
  const pots = new Pots(tap.url);
  await until("the births", () => heard.story().length === 2);
  for (let i = 0; i < 300; i++) pots.data("Counter", "Int64", i);
  await until("the data", () => heard.frames.length > 300);
  pots.client.stop();
  await until("the goodbye", () => heard.story().at(-1) === "down L01 C001");
  // A will of QoS 0, bdSeq as UInt64 and, in the birth, without a time: so sparkplug-client 3.2.4 is written.
  expect([...new Set(check(tap.capture).map((v) => v.id))]).toEqual([
    "tck-id-message-flow-edge-node-birth-publish-will-message-qos",
    "tck-id-message-flow-edge-node-birth-publish-will-message-payload-bdSeq",
    "tck-id-payloads-name-birth-data-requirement",
    "tck-id-message-flow-edge-node-birth-publish-nbirth-payload-bdSeq",
  ]);
});

test("two lines cannot be spoken for by one edge node, and a map belongs to a Sparkplug line", () => {
  const { description } = foreignPlant();
  const line = description.lines[0];
  const parse = (lines: object[]) => plantDescription.safeParse({ ...description, lines }).error?.issues.map((issue) => issue.message);
  expect(parse([{ ...line }, { ...line, id: "L02" }])).toContain("edge node Smelter/PotRoom speaks for another line already");
  expect(parse([{ ...line, protocol: "opcua" }])).toContain("a line with protocol opcua has no Sparkplug names");
  const two = { ...line, cells: 2 };
  expect(parse([{ ...two, sparkplug: { ...line?.sparkplug, device: "Pot" } }])).toContain(
    "device: the same for all 2 cells; use {cell}, {number} or {place}",
  );
  expect(parse([{ ...two, sparkplug: { ...line?.sparkplug, device: ["A"] } }])).toContain("device: 1 names for 2 cells");
  const metrics = { "TI-101": "T", "TI-103": "T" };
  expect(parse([{ ...line, sparkplug: { ...line?.sparkplug, metrics } }])).toContain('metrics: "T" stands for two tags');
});
