/** The host inside the broker's process: no socket of its own, and for every edge the same host as over MQTT. */
import { type Cell, systemClock, tagOf } from "@cellhouse/shared";
import { connectAsync } from "mqtt";
import { afterEach, expect, test } from "vitest";
import { createBroker } from "../../server/src/broker/broker.ts";
import { createDriver } from "../../server/src/ingest/index.ts";
import { TestEdge } from "./ingest-edge.ts";
import { counted, listener, plantFile, quiet, until } from "./ingest-support.ts";

const PASSWORD = "field-password";
const STATE = "spBv1.0/STATE/cellhouse";
const plant = plantFile("single");
const cell = plant.cells[0] as Cell;

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function broker() {
  const made = createBroker({ port: 0, host: "127.0.0.1", plant, fieldPassword: PASSWORD, counters: counted(), clock: systemClock });
  await made.start();
  cleanups.push(() => made.stop());
  return { local: made, url: `mqtt://127.0.0.1:${made.port}` };
}

async function client(url: string, username: string) {
  const made = await connectAsync(url, { username, password: PASSWORD, reconnectPeriod: 0 });
  cleanups.push(() => made.endAsync(true));
  return made;
}

test("hears what clients publish, first what is retained; says what clients hear; and ends", async () => {
  const { local, url } = await broker();
  const host = await client(url, "host");
  await host.publishAsync(STATE, "kept", { qos: 1, retain: true });
  const heard: string[] = [];
  const end = await local.attach([STATE, "spBv1.0/BT-EL1/#"], (topic, payload) => heard.push(`${topic}=${Buffer.from(payload)}`));
  expect(heard).toEqual([`${STATE}=kept`]);
  await host.publishAsync("spBv1.0/BT-EL1/NCMD/L01", "at most once");
  await host.publishAsync("spBv1.0/BT-EL1/NCMD/L01", "at least once", { qos: 1 });
  await until("both", () => heard.length === 3);
  expect(heard.slice(1)).toEqual(["spBv1.0/BT-EL1/NCMD/L01=at most once", "spBv1.0/BT-EL1/NCMD/L01=at least once"]);
  const said: string[] = [];
  host.on("message", (topic, payload) => said.push(`${topic}=${payload}`));
  await host.subscribeAsync("spBv1.0/#", { qos: 1 });
  expect(await local.publish({ topic: "spBv1.0/BT-EL1/NCMD/L02", payload: Buffer.from("x"), qos: 1, retain: false })).toBe(true);
  await until("the word", () => said.includes("spBv1.0/BT-EL1/NCMD/L02=x"));
  end();
  const before = heard.length;
  await host.publishAsync("spBv1.0/BT-EL1/NCMD/L01", "unheard", { qos: 1 });
  expect(heard.length).toBe(before);
});

test("an edge meets the same host: STATE, values by alias, rebirth, commands; and sees it go", async () => {
  const { local, url } = await broker();
  const deps = { plant, clock: systemClock, counters: counted(), log: quiet, broker: local };
  const driver = createDriver("sparkplug", { url }, deps);
  const heard = listener();
  await driver.start(heard);
  const reader = await client(url, "reader");
  const states: string[] = [];
  reader.on("message", (_topic, payload) => states.push(String(payload)));
  await reader.subscribeAsync(STATE, { qos: 1 });
  await until("the retained STATE", () => states.length === 1);
  expect(JSON.parse(states[0] as string)).toEqual({ online: true, timestamp: expect.any(Number) });

  const edge = new TestEdge({ url, password: PASSWORD, group: "BT-EL1", line: cell.line });
  cleanups.push(() => edge.end());
  await edge.connect();
  edge.data(cell, [edge.metric(cell, "TI-101", 1)]);
  await until("the rebirth request, answered", () => heard.story().includes("up C001"));
  edge.data(cell, [edge.metric(cell, "TI-101", 1051.5)]);
  const bath = tagOf(cell, "TI-101").id;
  await until("the value", () => heard.frames.some((f) => f.value[f.tag.indexOf(bath)] === 1051.5));
  expect(await driver.write({ tag: tagOf(cell, "FIC-303.SP").id, value: 9.5 })).toEqual({ ok: true });
  await until("the command", () => edge.orders.some((o) => o.topic === "spBv1.0/BT-EL1/DCMD/L01/C001"));
  edge.kill();
  await until("the edge's will", () => heard.story().some((line) => line.startsWith("down L01")));

  await driver.stop();
  await until("the goodbye", () => states.some((text) => text.includes('"online":false')));
});
