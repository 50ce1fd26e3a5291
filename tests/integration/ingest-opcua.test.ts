/** The OPC UA driver against a real node-opcua server over SignAndEncrypt. */
import { type Cell, Quality, tagOf } from "@cellhouse/shared";
import { StatusCodes } from "node-opcua";
import { afterEach, expect, test } from "vitest";
import { opcuaPlant, startServer, type TestServer } from "./ingest-opcua-server.ts";
import { opcuaRig } from "./ingest-opcua-support.ts";
import { until } from "./ingest-support.ts";

const PASSWORD = "field-password";
const plant = opcuaPlant();
const cell = plant.cells[0] as Cell;
const id = (tag: string): number => tagOf(cell, tag).id;

const { cleanup, cleanups, drive: driveIt, startRelay } = opcuaRig(plant);
afterEach(cleanup);

async function serve(options: { port?: number; history?: boolean } = {}): Promise<TestServer> {
  const server = await startServer({ password: PASSWORD, ...options });
  cleanups.push(() => server.stop().catch(() => undefined));
  return server;
}

const drive = (url: string, password = PASSWORD) => driveIt({ url, password });

test("every tag is subscribed, values come with source time and quality, several between two publications all come", async () => {
  const server = await serve();
  const { driver, heard, counters, samples, last } = await drive(server.url);
  expect(heard.story()).toEqual(["up L01 C001"]);
  expect(Object.fromEntries(counters.seen), "the line's own tags are not on this server").toMatchObject({
    "rejected unknown_node": cell.line.tags.size,
  });
  await until("the first values", () => last("TI-101") !== undefined);
  const start = Date.now() - 1000;
  for (let i = 0; i < 5; i++) server.set("TI-101", 1050 + i, start + i * 10);
  await until("all five", () => last("TI-101")?.value === 1054);
  expect(samples("TI-101").slice(-5)).toEqual(
    [0, 1, 2, 3, 4].map((i) => ({ time: start + i * 10, value: 1050 + i, quality: Quality.Good })),
  );
  server.set("TI-101", 1050, start + 100);
  server.set("TI-101", 1050, start + 200);
  await until("the same value at a new time", () => last("TI-101")?.time === start + 200);
  server.set("TI-101", 1051, start + 300, StatusCodes.UncertainLastUsableValue);
  await until("uncertain", () => last("TI-101")?.quality === Quality.Uncertain);
  server.set("TI-101", 1052, start + 400, StatusCodes.BadSensorFailure);
  await until("bad", () => last("TI-101")?.quality === Quality.Bad);
  server.set("EI-201", 70);
  await until("outside its range", () => last("EI-201")?.value === 70);
  expect(last("EI-201")?.quality).toBe(Quality.Bad);
  server.set("XS-209", 1);
  await until("a flag", () => last("XS-209")?.value === 1);
  expect(driver.links()).toMatchObject([{ id: "opcua:L01", state: "up", kind: "opcua" }]);
});

test("writes and fault orders get the server's own verdict", async () => {
  const server = await serve();
  const { driver, last } = await drive(server.url);
  expect(await driver.write({ tag: id("FIC-303.SP"), value: 9.5 })).toEqual({ ok: true });
  await until("the read-back", () => last("FIC-303.SP")?.value === 9.5);
  expect(await driver.write({ tag: id("TIC-101.SP"), value: 2000 })).toMatchObject({ ok: false, code: "E_SETPOINT_RANGE" });
  const order = { id: "f1", op: "start", cell: "C001", after: 0, seconds: 10, args: {} } as const;
  expect(await driver.fault?.({ ...order, kind: "feeder_jam" })).toEqual({ ok: true });
  expect(await driver.fault?.({ ...order, kind: "nonsense" })).toEqual({ ok: false, code: "E_FAULT_KIND", detail: "no fault nonsense" });
});

test("a server that goes away takes its line down at once; on its return the outage is filled from history", async () => {
  const server = await serve();
  const relay = await startRelay(server.port);
  const { driver, heard, samples, last } = await drive(relay.url);
  server.set("TI-101", 1050);
  await until("live", () => last("TI-101")?.value === 1050);
  relay.cut();
  await until("down", () => heard.story().at(-1) === "down L01 C001", 3000);
  expect(await driver.write({ tag: id("FIC-303.SP"), value: 1 })).toMatchObject({ ok: false, code: "E_LINK_DOWN" });
  const missed = [1051, 1052, 1053].map((value, i) => ({ value, time: Date.now() + i }));
  for (const { value, time } of missed) server.set("TI-101", value, time);
  await new Promise((resolve) => setTimeout(resolve, 100));
  server.set("TI-101", 1054);
  relay.mend();
  await until("up again", () => heard.story().at(-1) === "up L01 C001", 15_000);
  await until("the present value", () => last("TI-101")?.value === 1054);
  await until("the outage filled", () =>
    missed.every((m) => samples("TI-101", true).some((s) => s.time === m.time && s.value === m.value)),
  );
});

test("a server that falls silent without closing is noticed within 3 s", async () => {
  const server = await serve();
  const relay = await startRelay(server.port);
  const { heard } = await drive(relay.url);
  relay.freeze();
  const since = Date.now();
  await until("down", () => heard.story().at(-1) === "down L01 C001", 5000);
  expect(Date.now() - since).toBeLessThan(3300);
  expect(heard.links.at(-1)?.detail).toMatch(/no answer for/);
});

test("a PLC that comes back behind a living server is filled from history too", async () => {
  const server = await serve();
  const { samples, last } = await drive(server.url);
  await until("live", () => last("YC-905") !== undefined);
  server.set("YC-905", 5, Date.now(), StatusCodes.BadCommunicationError);
  await until("unreachable", () => last("YC-905")?.quality === Quality.Bad);
  server.set("YC-905", 6);
  await until("history of the cell", () => samples("YC-905", true).length > 0);
});

test("without history the gap is counted and told, live values go on", async () => {
  const server = await serve({ history: false });
  const relay = await startRelay(server.port);
  const { heard, counters, last } = await drive(relay.url);
  await until("live", () => last("TI-101") !== undefined);
  relay.cut();
  await until("down", () => heard.story().at(-1) === "down L01 C001", 3000);
  relay.mend();
  await until("counted", () => counters.seen.get("rejected opcua_history") === 1, 15_000);
  server.set("TI-101", 1060);
  await until("live", () => last("TI-101")?.value === 1060);
});

test("a wrong password or an absent server is retried and says why", async () => {
  const server = await serve();
  const { driver, heard } = await drive(server.url, "wrong");
  expect(driver.links()[0]).toMatchObject({ state: "down", detail: expect.stringMatching(/refuses user cellhouse/) });
  expect(heard.story()).toEqual([]);
  const absent = await drive("opc.tcp://127.0.0.1:1/cellhouse");
  expect(absent.driver.links()[0]).toMatchObject({ state: "down", detail: expect.stringMatching(/no OPC UA server answers/) });
});
