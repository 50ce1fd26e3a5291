/** The JSON driver on a broker it shares with others, over a socket and without one: retained messages, a lost broker, refusals. */
import { systemClock } from "@cellhouse/shared";
import { expect, onTestFinished, test } from "vitest";
import type { Driver, LocalBroker } from "../../server/src/contracts.ts";
import { createDriver } from "../../server/src/ingest/index.ts";
import { PASSWORD, stand } from "./broker-stand.ts";
import { counted, listener, plantFile, quiet, until } from "./ingest-support.ts";

const plant = plantFile("gateway");
const TELEMETRY = "hall/L01/pot-1/telemetry";
const telemetry = (ms: number, bath_temp: number): string => JSON.stringify({ ts: new Date(ms).toISOString(), values: { bath_temp } });

async function listening(url: string, broker?: LocalBroker) {
  const counters = counted();
  const heard = listener();
  const deps = { plant, clock: systemClock, counters, log: quiet, ...(broker && { broker }) };
  const driver: Driver = createDriver("mqttjson", { url, user: "host", password: PASSWORD }, deps);
  await driver.start(heard);
  onTestFinished(() => driver.stop());
  const values = (historical: boolean): number[] =>
    heard.frames
      .filter((f) => f.historical === historical)
      .flatMap((f) => [...f.value].filter((_, i) => f.tag[i] === plant.tag("C001:TI-101")?.id));
  return { driver, heard, counters, values };
}

test.each(["over a socket", "without one"])("%s a retained message is history, what comes then is live", async (way) => {
  const { broker, url, sign } = await stand({}, { plant });
  const gateway = await sign("gateway-L01");
  await gateway.publishAsync(TELEMETRY, telemetry(Date.now() - 3_600_000, 1040), { qos: 1, retain: true });
  const { heard, values } = await listening(url, way === "without one" ? broker : undefined);
  await until("the retained one", () => values(true).length === 1);
  expect(heard.links).toEqual([]);
  await gateway.publishAsync(TELEMETRY, telemetry(Date.now(), 1050), { qos: 1, retain: true });
  await until("the live one", () => values(false).length === 1);
  expect([values(true), values(false)]).toEqual([[1040], [1050]]);
  expect(heard.story()).toEqual(["up C001", "up L01"]);
});

test("a broker that goes takes its cells with it and brings them back when they speak", async () => {
  const first = await stand({}, { plant });
  const { driver, heard } = await listening(first.url);
  await (await first.sign("gateway-L01")).publishAsync(TELEMETRY, telemetry(Date.now(), 1050), { qos: 1 });
  await until("life", () => heard.links.length === 2);
  await first.broker.stop();
  await until("the loss", () => heard.links.length === 4);
  expect(heard.story().slice(2)).toEqual(["down", "down L01 C001"]);
  expect(driver.links().map(({ id, state }) => `${id} ${state}`)).toEqual(["broker:json down", "edge:L01 down"]);
  expect(driver.links()[1]?.detail).toMatch(/broker lost/);
  const port = Number(new URL(first.url).port);
  const second = await stand({}, { plant, port });
  await until("the broker again", () => driver.links()[0]?.state === "up");
  await (await second.sign("gateway-L01")).publishAsync(TELEMETRY, telemetry(Date.now(), 1051), { qos: 1 });
  await until("life again", () => heard.links.length === 6);
  expect(driver.links().map(({ state }) => state)).toEqual(["up", "degraded"]);
});

test("nothing is written to a cell that is not heard, to a tag that is not listed, or to no tag", async () => {
  const { url, sign } = await stand({}, { plant });
  const { driver, heard } = await listening(url);
  const setpoint = plant.tag("C001:FIC-303.SP")?.id ?? -1;
  expect(await driver.write({ tag: setpoint, value: 9 })).toMatchObject({ code: "E_LINK_DOWN", detail: "nothing is heard of C001" });
  expect(await driver.write({ tag: plant.tag("C001:TI-101")?.id ?? -1, value: 9 })).toMatchObject({ code: "E_NOT_WRITABLE" });
  expect(await driver.write({ tag: 99_999, value: 9 })).toMatchObject({ code: "E_TAG_UNKNOWN" });
  const gateway = await sign("gateway-L01");
  const orders: string[] = [];
  gateway.on("message", (_topic, payload) => orders.push(String(payload)));
  await gateway.subscribeAsync("hall/L01/pot-1/set", { qos: 1 });
  await gateway.publishAsync(TELEMETRY, telemetry(Date.now(), 1050), { qos: 1 });
  await until("life", () => heard.links.length > 0);
  const order = { seq: 7, user: 'olga "the boss"', at: Date.now(), token: 1 };
  const written = driver.write({ tag: setpoint, value: 9, order });
  await until("the order", () => orders.length === 1);
  const said = JSON.parse(orders[0] as string) as { id: string };
  expect(said).toMatchObject({ point: "feed_set", value: 9, by: 'olga "the boss"' });
  await gateway.publishAsync("hall/L01/pot-1/done", JSON.stringify({ id: "another", done: false }), { qos: 1 });
  await gateway.publishAsync("hall/L01/pot-1/done", JSON.stringify({ id: said.id, done: true }), { qos: 1 });
  expect(await written).toEqual({ ok: true });
  const stopping = driver.write({ tag: setpoint, value: 8 });
  await until("the second order", () => orders.length === 2);
  await driver.stop();
  expect(await stopping).toMatchObject({ code: "E_LINK_DOWN", detail: "the server stops" });
});
