/** The Sparkplug driver against a real broker (the embedded one, and mosquitto where it is installed) and a real edge connection. Long because its stories share one stand. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPlant, type Cell, type Plant, Quality, systemClock, tagOf } from "@cellhouse/shared";
import { DataType, encodePayload } from "@cellhouse/shared/sparkplug";
import { connectAsync } from "mqtt";
import { afterEach, expect, test } from "vitest";
import { assemble, stamped } from "../../server/src/assemble.ts";
import { createBroker } from "../../server/src/broker/broker.ts";
import { createDriver } from "../../server/src/ingest/index.ts";
import { TestEdge } from "./ingest-edge.ts";
import { counted, listener, plantFile, quiet, retry, until } from "./ingest-support.ts";

const PASSWORD = "field-password";
const plant: Plant = plantFile("single");
const cell = plant.cells[0] as Cell;
const line = cell.line;
const bath = tagOf(cell, "TI-101").id;

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function embedded(counters = counted()) {
  const broker = createBroker({ port: 0, host: "127.0.0.1", plant, fieldPassword: PASSWORD, counters, clock: systemClock });
  await broker.start();
  cleanups.push(() => broker.stop());
  return { url: `mqtt://127.0.0.1:${broker.port}`, broker };
}

async function stand(url: string) {
  const counters = counted();
  const driver = createDriver("sparkplug", { url, user: "host", password: PASSWORD }, { plant, clock: systemClock, counters, log: quiet });
  const heard = listener();
  cleanups.push(() => driver.stop());
  await driver.start(heard);
  const edge = new TestEdge({ url, password: PASSWORD, group: "BT-EL1", line });
  cleanups.push(() => edge.end());
  await edge.connect();
  const live = (tag: number): { value: number; quality: number; historical: boolean } | undefined => {
    for (const frame of [...heard.frames].reverse()) {
      const i = frame.tag.lastIndexOf(tag);
      if (i >= 0) return { value: frame.value[i] as number, quality: frame.quality[i] as number, historical: frame.historical };
    }
    return undefined;
  };
  return { counters, driver, heard, edge, live };
}

async function born(url: string) {
  const all = await stand(url);
  all.edge.birth({ "TI-101": 1050, "YC-905": 1 });
  await until("the birth", () => all.live(bath)?.value === 1050);
  return all;
}

test("births bring values, links go up, data by alias arrives with its quality", async () => {
  const { heard, edge, live, driver } = await born((await embedded()).url);
  expect(heard.story()).toEqual(["up L01", "up C001"]);
  edge.data(cell, [edge.metric(cell, "TI-101", 1051.5), edge.metric(cell, "TI-103", null), edge.metric(cell, "EI-201", 70)]);
  await until("the data", () => live(bath)?.value === 1051.5);
  expect(live(bath)).toEqual({ value: 1051.5, quality: Quality.Good, historical: false });
  expect(live(tagOf(cell, "TI-103").id)).toMatchObject({ value: Number.NaN, quality: Quality.Bad });
  expect(live(tagOf(cell, "EI-201").id), "outside its range: bad, the number kept").toMatchObject({ value: 70, quality: Quality.Bad });
  edge.data(cell, [edge.metric(cell, "TI-101", 1052, Date.now(), { properties: { Quality: { type: DataType.Int32, value: 500 } } })]);
  await until("the stale sample", () => live(bath)?.quality === Quality.Stale);
  expect(driver.links().map((l) => [l.id, l.state])).toEqual([
    ["broker", "up"],
    ["edge:L01", "up"],
  ]);
});

test("a historical sample comes as a frame of its own", async () => {
  const { heard, edge } = await born((await embedded()).url);
  const then = Date.now() - 60_000;
  edge.data(cell, [edge.metric(cell, "TI-101", 1040, then, { isHistorical: true }), edge.metric(cell, "EI-201", 9)]);
  await until("both frames", () => heard.frames.some((f) => f.historical));
  const [historical, now] = heard.frames.slice(-2);
  expect(historical).toMatchObject({ historical: true, count: 1 });
  expect([...(historical?.time ?? [])]).toEqual([then]);
  expect(now).toMatchObject({ historical: false, count: 1 });
});

test("one lost message opens a gap, asks for one rebirth and closes with it", async () => {
  const { heard, edge, counters, driver } = await born((await embedded()).url);
  edge.obedient = false;
  edge.seq++;
  for (let i = 0; i < 5; i++) edge.data(cell, [edge.metric(cell, "TI-101", 1050 + i)]);
  await until("the gap", () => heard.story().includes("gap L01 C001"));
  await until("the request", () => edge.orders.length > 0);
  expect(driver.links()[1]).toMatchObject({ state: "degraded", gaps: 1, rebirths: 1 });
  edge.birth({ "TI-101": 1060 });
  await until("the end of the gap", () => heard.story().at(-1) === "whole L01 C001");
  expect(counters.seen.get("rebirth L01")).toBe(1);
  expect(edge.orders).toHaveLength(1);
});

test("a message that came twice is counted, not a gap", async () => {
  const { heard, edge, counters } = await born((await embedded()).url);
  edge.seq = (edge.seq + 1) & 0xff;
  const seq = edge.seq;
  const bytes = encodePayload({ timestamp: 5, seq, metrics: [edge.metric(cell, "TI-101", 1049)] }, { datatypes: false });
  edge.raw("DDATA", cell.id, bytes);
  edge.raw("DDATA", cell.id, bytes);
  await until("the count", () => counters.seen.get("rejected duplicate") === 1);
  edge.data(cell, [edge.metric(cell, "TI-101", 1048)]);
  await until("more data", () => heard.frames.at(-1)?.value[0] === 1048);
  expect(heard.story()).toEqual(["up L01", "up C001"]);
});

test("data of an edge we never saw born asks once for its birth", async () => {
  const { heard, edge, live } = await stand((await embedded()).url);
  edge.seq = 40;
  for (let i = 0; i < 10; i++) edge.data(cell, [edge.metric(cell, "TI-101", 1050)]);
  await until("the birth asked for", () => live(bath) !== undefined);
  expect(edge.orders.filter((o) => o.topic.includes("NCMD"))).toHaveLength(1);
  expect(heard.story()).toEqual(["up L01", "up C001"]);
});

test("a killed edge is down at once by its will, an old will does not kill its successor", async () => {
  const { url } = await embedded();
  const { heard, edge, counters } = await born(url);
  edge.raw("NDEATH", undefined, encodePayload({ metrics: [{ name: "bdSeq", datatype: DataType.Int64, value: 77 }] }));
  await until("the stale death", () => counters.seen.get("rejected stale_death") === 1);
  expect(heard.story()).toHaveLength(2);
  edge.kill();
  await until("the death", () => heard.story().at(-1) === "down L01 C001");
  await edge.connect();
  edge.birth({ "TI-101": 1000 });
  await until("the new birth", () => heard.story().at(-1) === "up C001");
});

test("a dead device is down alone and comes back with its birth", async () => {
  const { heard, edge, driver } = await born((await embedded()).url);
  edge.send("DDEATH", cell.id, [], false);
  await until("the death", () => heard.story().at(-1) === "down C001");
  expect(driver.links()[1]).toMatchObject({ state: "degraded", detail: "1 of 1 cells not connected: C001" });
  expect(await driver.write({ tag: tagOf(cell, "FIC-303.SP").id, value: 9 })).toMatchObject({ ok: false, code: "E_LINK_DOWN" });
  edge.deviceBirth(cell, 0);
  await until("the birth", () => heard.story().at(-1) === "up C001");
});

test("strange cells, metrics, topics and bytes are counted and lose nothing else", async () => {
  const { edge, counters, live, heard } = await born((await embedded()).url);
  edge.raw("DDATA", "C999", encodePayload({ seq: 0, metrics: [] }));
  edge.send("DBIRTH", cell.id, [{ name: "XX-1", alias: 9000, datatype: DataType.Float, value: 1 }], true);
  edge.raw("DDATA", cell.id, Uint8Array.of(0x12, 0xff, 0xff));
  await until("the refusals", () => counters.seen.get("rejected malformed") === 1);
  expect(Object.fromEntries(counters.seen)).toMatchObject({ "rejected unknown_device": 1, "rejected unknown_metric": 1 });
  await until("the rebirth that closes the gap", () => heard.story().at(-1) === "whole L01 C001");
  edge.data(cell, [edge.metric(cell, "TI-101", 1055)]);
  await until("good data after it", () => live(bath)?.value === 1055);
});

test("a write leaves as DCMD by the alias of its birth and carries its order, a fault order is answered by its id", async () => {
  const { edge, driver } = await born((await embedded()).url);
  const written = { seq: 3, user: "olga", at: Date.now(), token: 1 };
  expect(await driver.write({ tag: tagOf(cell, "FIC-303.SP").id, value: 9.5, order: written })).toEqual({ ok: true });
  await until("the command", () => edge.orders.length === 1);
  const { alias } = edge.metric(cell, "FIC-303.SP", 9.5);
  expect(edge.orders[0]).toMatchObject({
    topic: "spBv1.0/BT-EL1/DCMD/L01/C001",
    payload: {
      metrics: [
        {
          alias,
          timestamp: written.at,
          datatype: DataType.Float,
          value: 9.5,
          properties: { seq: { value: 3 }, user: { value: "olga" }, token: { value: 1 } },
        },
      ],
    },
  });
  expect(edge.orders[0]?.payload.metrics[0]?.name, "the alias stands alone").toBeUndefined();
  const order = { id: "f1", op: "start", kind: "feeder_jam", cell: "C001", after: 0, seconds: 60, args: {} } as const;
  const answer = driver.fault?.(order);
  await until("the order", () => edge.orders.length === 2);
  expect(JSON.parse(String(edge.orders[1]?.payload.metrics[0]?.value))).toEqual(order);
  edge.data(cell, [
    {
      alias: 256 + 201,
      timestamp: Date.now(),
      datatype: DataType.String,
      value: JSON.stringify({ id: "f1", ok: false, detail: "no such fault" }),
    },
  ]);
  expect(await answer).toEqual({ ok: false, code: "E_FAULT_KIND", detail: "no such fault" });
});

test("a PLC whose clock is an hour behind is corrected by its offset", async () => {
  const { edge, heard } = await born((await embedded()).url);
  edge.birth();
  const skewed = Date.now() - 3_600_000;
  for (let i = 0; i < 3; i++) edge.data(cell, [edge.metric(cell, "TI-101", 1050 + i, skewed + i)]);
  await until("the data", () => heard.frames.at(-1)?.value[0] === 1052);
  // A clock set back counts as such only after 1 s of it, so the first frames still carry the old offset.
  expect(heard.frames.at(-1)?.clockOffset).toBe(0);
  const end = Date.now() + 6000;
  while (Date.now() < end && heard.frames.at(-1)?.clockOffset === 0) {
    edge.data(cell, [edge.metric(cell, "TI-101", 1050, Date.now() - 3_600_000)]);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(Math.abs((heard.frames.at(-1)?.clockOffset ?? 0) - 3_600_000)).toBeLessThan(200);
});

test("a PLC that freezes behind a lively edge is Stale 2.5 s after its last heartbeat, Good again with the next", async () => {
  const { url } = await embedded();
  const capabilities = { canCommand: false, canAcknowledge: false, canSeek: false, canInjectFaults: false };
  const live = assemble({ id: "live", plant, start: Date.now(), capabilities });
  const idle = setInterval(() => live.advance(Date.now()), 50);
  cleanups.push(() => {
    clearInterval(idle);
    live.stop();
  });
  const driver = createDriver(
    "sparkplug",
    { url, user: "host", password: PASSWORD },
    { plant, clock: systemClock, counters: counted(), log: quiet },
  );
  cleanups.push(() => driver.stop());
  await driver.start(stamped(live, Date.now));
  const edge = new TestEdge({ url, password: PASSWORD, group: "BT-EL1", line });
  cleanups.push(() => edge.end());
  await edge.connect();
  const quality = (): Quality => live.pipe.model.quality(bath);
  const talk = (beat: number): void =>
    edge.data(cell, [edge.metric(cell, "TI-101", 1050 + Math.random()), edge.metric(cell, "YC-905", beat)]);
  edge.birth({ "TI-101": 1050, "YC-905": 1 });
  await until("a live cell", () => quality() === Quality.Good);
  talk(2);
  const lastBeat = Date.now();
  // The edge goes on as if nothing were: values move and have the present time, only the scan counter stands.
  const chatter = setInterval(() => talk(2), 100);
  cleanups.push(() => clearInterval(chatter));
  await until("the freeze to show", () => quality() === Quality.Stale, 4_000);
  expect(Date.now() - lastBeat).toBeGreaterThan(2_300);
  expect(Date.now() - lastBeat).toBeLessThan(2_800);
  clearInterval(chatter);
  talk(3);
  await until("the return", () => quality() === Quality.Good);
});

test("STATE is retained online while we run, whatever an old will says, and offline after", async () => {
  const { url } = await embedded();
  const reader = await connectAsync(url, { username: "reader", password: PASSWORD });
  cleanups.push(() => reader.endAsync(true));
  const states: { online: boolean; timestamp: number }[] = [];
  reader.on("message", (_topic, payload) => states.push(JSON.parse(payload.toString())));
  await reader.subscribeAsync("spBv1.0/STATE/cellhouse", { qos: 1 });
  const driver = createDriver(
    "sparkplug",
    { url, user: "host", password: PASSWORD },
    { plant, clock: systemClock, counters: counted(), log: quiet },
  );
  await driver.start(listener());
  await until("online", () => states.at(-1)?.online === true);
  const ghost = await connectAsync(url, { clientId: "another", username: "host", password: PASSWORD });
  cleanups.push(() => ghost.endAsync(true));
  const late = JSON.stringify({ online: false, timestamp: states[0]?.timestamp });
  await ghost.publishAsync("spBv1.0/STATE/cellhouse", late, { qos: 1, retain: true });
  await until("our word against an old will", () => states.length === 3);
  await driver.stop();
  await until("offline", () => states.at(-1)?.online === false);
  expect(states.map((s) => s.online)).toEqual([true, false, true, false]);
  expect(states[2]?.timestamp).toBe(states[0]?.timestamp);
  expect(states[3]?.timestamp, "the goodbye is of its own time").toBeGreaterThanOrEqual(states[0]?.timestamp as number);
});

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

test("a host that returns to ninety-nine edges in full speech asks each for its birth at most once, and none when all return at once", async () => {
  const { description } = plant;
  const lines = Array.from({ length: 99 }, (_, i) => ({
    ...(description.lines[0] as (typeof description.lines)[0]),
    id: `L${String(i + 1).padStart(2, "0")}`,
  }));
  const wide = buildPlant({ ...description, lines });
  const broker = createBroker({
    port: 0,
    host: "127.0.0.1",
    plant: wide,
    fieldPassword: PASSWORD,
    counters: counted(),
    clock: systemClock,
  });
  await broker.start();
  cleanups.push(() => broker.stop());
  const url = `mqtt://127.0.0.1:${broker.port}`;
  const edges = wide.lines.map((own) => new TestEdge({ url, password: PASSWORD, group: "BT-EL1", line: own }));
  await Promise.all(edges.map((edge) => edge.connect()));
  cleanups.push(() => Promise.all(edges.map((edge) => edge.end())));
  for (const edge of edges) edge.birth();
  const talk = setInterval(() => {
    for (const [i, edge] of edges.entries()) {
      const own = wide.lines[i]?.cells[0] as Cell;
      edge.data(own, [edge.metric(own, "TI-101", 1050)]);
    }
  }, 20);
  cleanups.push(() => clearInterval(talk));
  const counters = counted();
  const driver = createDriver(
    "sparkplug",
    { url, user: "host", password: PASSWORD },
    { plant: wide, clock: systemClock, counters, log: quiet },
  );
  const heard = listener();
  await driver.start(heard);
  cleanups.push(() => driver.stop());
  await until("all up", () => heard.links.filter((l) => l.event === "up").length === 198);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const asked = edges.map((edge) => edge.orders.length);
  expect(Math.max(...asked)).toBe(1);
  expect(heard.links.some((l) => l.event === "gap" || l.event === "down")).toBe(false);
  clearInterval(talk);
  for (const edge of edges) edge.kill();
  await until("all down", () => heard.links.filter((l) => l.event === "down").length === 99);
  await Promise.all(edges.map((edge) => edge.connect()));
  for (const [i, edge] of edges.entries()) {
    const own = wide.lines[i]?.cells[0] as Cell;
    edge.data(own, [edge.metric(own, "TI-101", 1050)]);
    edge.birth();
  }
  await until("all up again", () => heard.links.filter((l) => l.event === "up").length === 2 * 198);
  expect(
    edges.map((edge) => edge.orders.length),
    "who is born by itself within 0.3 s is not asked",
  ).toEqual(asked);
});

const MOSQUITTO = "/usr/sbin/mosquitto";

test.runIf(existsSync(MOSQUITTO))(
  "mosquitto: the same story over an external broker, and its loss takes every edge down at once",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "cellhouse-ingest-"));
    cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
    const port = await freePort();
    writeFileSync(join(folder, "m.conf"), `listener ${port} 127.0.0.1\nallow_anonymous true\n`);
    const launch = () => spawn(MOSQUITTO, ["-c", join(folder, "m.conf")], { stdio: "ignore" });
    let broker = launch();
    cleanups.push(() => broker.kill("SIGKILL"));
    const url = `mqtt://127.0.0.1:${port}`;
    await until("mosquitto", () => broker.pid !== undefined);
    const { heard, edge, driver, live } = await retry(() => born(url));
    edge.data(cell, [edge.metric(cell, "TI-101", 1051)]);
    await until("data", () => live(bath)?.value === 1051);
    broker.kill("SIGSTOP");
    await until("the silence noticed", () => heard.story().at(-1) === "down L01 C001", 3500);
    broker.kill("SIGCONT");
    await until("the broker awake", () => driver.links()[0]?.state === "up", 15_000);
    edge.data(cell, [edge.metric(cell, "TI-101", 1052)]);
    await until("the edge's rebirth", () => heard.story().at(-1) === "up C001");
    broker.kill("SIGKILL");
    await until("the loss", () => heard.story().at(-1) === "down L01 C001");
    expect(driver.links()[0]).toMatchObject({ id: "broker", state: "down" });
    expect(heard.links.some((l) => l.link === "broker" && l.event === "down")).toBe(true);
    broker = launch();
    await until("the broker back", () => driver.links()[0]?.state === "up", 15_000);
    await edge.connect();
    edge.birth({ "TI-101": 1000 });
    await until("the edge back", () => heard.story().at(-1) === "up C001");
  },
);
