import { createServer, type Server, type Socket } from "node:net";
import { ManualClock, Quality, systemClock } from "@cellhouse/shared";
import { PublishedCounters } from "@cellhouse/simulator/src/counters.ts";
import { FakePlant, onePlant } from "@cellhouse/simulator/src/publish/fake-plant.ts";
import { createSparkplugPublisher } from "@cellhouse/simulator/src/publish/sparkplug/publisher.ts";
import type { Reach } from "@cellhouse/simulator/src/publish/sparkplug/session.ts";
import { Aedes } from "aedes";
import { afterEach, expect, test } from "vitest";
import { remove, tempFolder } from "../support/processes.ts";
import { bdSeqOf, differences, qualityOf, SparkplugHost, setValueOf, tahu } from "../support/sparkplug-host.ts";

const cleanup: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

/** An aedes on a port of its own (or a given one) that knows two accounts. */
async function broker(port = 0): Promise<{ port: number; stop(): Promise<void> }> {
  const aedes = await Aedes.createBroker({
    authenticate: (_client, user, password, done) => done(null, (user === "edge-L01" || user === "host") && String(password) === "secret"),
  });
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    aedes.handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
  };
  return { port: (server.address() as { port: number }).port, stop };
}

function buffer(): string {
  const folder = tempFolder("outbox");
  cleanup.push(() => remove(folder));
  return folder;
}

/** A plant of two cells publishing every 20 ms of real time what a scan of 100 ms would give. */
function simulator(port: number) {
  const plant = onePlant(2);
  const plcs = new FakePlant(plant);
  const counters = new PublishedCounters(plant);
  const said: string[] = [];
  const publisher = createSparkplugPublisher({
    plant,
    simulated: plcs,
    url: `mqtt://127.0.0.1:${port}`,
    reach: (line) => ({ user: `edge-${line}`, password: "secret" }),
    buffer: { folder: buffer(), hours: 1 },
    mode: "raw",
    counters,
    clock: systemClock,
    say: (text) => said.push(text),
  });
  plcs.advance(Date.now());
  void publisher.start();
  const timer = setInterval(() => {
    plcs.advance(Date.now(), 0.01);
    publisher.publish(Date.now());
  }, 20);
  const stop = async (): Promise<void> => {
    clearInterval(timer);
    await publisher.stop();
  };
  cleanup.push(stop);
  return { plant, plcs, counters, said, stop, halt: () => clearInterval(timer) };
}

async function until(holds: () => boolean, what: string, timeoutMs = 20_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Every published sample has been heard, bit by bit; to be asked when the publisher stands still. */
function compare(host: SparkplugHost, counters: PublishedCounters): void {
  expect(differences(host.samples(), counters.tags())).toEqual([]);
}

test("a foreign decoder understands births and data, and finds every published sample by count and checksum", async () => {
  const { port, stop } = await broker();
  cleanup.push(stop);
  const host = await SparkplugHost.open(`mqtt://127.0.0.1:${port}`, "secret");
  cleanup.push(() => host.client.endAsync());
  await host.state(true);
  const sim = simulator(port);
  await until(() => host.count("DDATA") > 12, "data");
  sim.plcs.cell("C001").set("TI-103", Number.NaN, Quality.Bad);
  await until(() => host.heard.some(({ metrics }) => metrics.some((metric) => qualityOf(metric) === Quality.Bad)), "a bad value");
  sim.halt();
  const published = Object.values(sim.counters.tags()).reduce((sum, { count }) => sum + count, 0);
  await until(() => [...host.samples().values()].reduce((sum, each) => sum + each.size, 0) >= published, "the last sample");
  compare(host, sim.counters);
  expect(host.heard.map(({ seq }) => seq)).toEqual(host.heard.map((_each, i) => i % 256));
  const birth = host.heard.find(({ type, device }) => type === "DBIRTH" && device === "C002");
  const sp = tahu.decodePayload(birth?.raw as Uint8Array).metrics?.find(({ name }) => name === "FIC-303/SP");
  expect(sp).toMatchObject({ type: "Float", properties: { engUnit: { value: "kg/h" } } });
});

test("commands of a foreign host: rebirth, a setpoint with its read-back, a fault with its answer", async () => {
  const { port, stop } = await broker();
  cleanup.push(stop);
  const host = await SparkplugHost.open(`mqtt://127.0.0.1:${port}`, "secret");
  cleanup.push(() => host.client.endAsync());
  await host.state(true);
  const sim = simulator(port);
  await until(() => host.count("DBIRTH") === 2, "births");
  await host.command("spBv1.0/BT-EL1/DCMD/L01/C001", "FIC-303/SP", "Float", 13.25);
  await until(() => [...(host.samples().get("C001:FIC-303/SP")?.values() ?? [])].at(-1)?.value === 13.25, "the read-back");
  await host.command("spBv1.0/BT-EL1/DCMD/L01/C002", "SIM/FAULT", "String", JSON.stringify({ id: "f1", op: "start", kind: "feed_jam" }));
  await until(() => sim.plcs.started.length === 1, "the fault");
  expect(sim.plcs.started[0]).toMatchObject({ id: "f1", cell: "C002" });
  await until(
    () => host.heard.some(({ type, metrics }) => type === "DDATA" && metrics.some((metric) => String(setValueOf(metric)).includes("f1"))),
    "its answer",
  );
  await host.command("spBv1.0/BT-EL1/NCMD/L01", "Node Control/Rebirth", "Boolean", true);
  await until(() => host.count("NBIRTH") === 2 && host.count("DBIRTH") === 4, "the rebirth");
});

test("the broker dies and returns on the same port: births with the next bdSeq, then what was missed, and nothing is lost", async () => {
  const first = await broker();
  const before = await SparkplugHost.open(`mqtt://127.0.0.1:${first.port}`, "secret");
  await before.state(true);
  const sim = simulator(first.port);
  await until(() => before.count("DDATA") > 6, "data");
  await first.stop();
  await until(() => sim.said.some((line) => line.includes("E_BROKER")), "a line about the outage");
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const second = await broker(first.port);
  cleanup.push(second.stop);
  const after = await SparkplugHost.open(`mqtt://127.0.0.1:${first.port}`, "secret");
  cleanup.push(() => after.client.endAsync());
  await after.state(true);
  await until(() => after.count("DBIRTH") >= 2, "births");
  expect(bdSeqOf(after.heard[0])).toBe(1);
  await until(() => after.heard.some(({ metrics }) => metrics.some(({ isHistorical }) => isHistorical === true)), "historical samples");
  sim.halt();
  const heardAll = (): boolean => {
    const samples = after.samples();
    return Object.entries(sim.counters.tags()).every(
      ([path, { count }]) => !path.endsWith(":EI-201") || samples.get(nameOf(path))?.size === count,
    );
  };
  await until(heardAll, "every sample since the start");
  compare(after, sim.counters);
  expect(sim.said.filter((line) => line.includes("E_BROKER"))).toHaveLength(1);
  expect(sim.said.at(-1)).toContain("connected again");
  expect(sim.said.join()).not.toContain("secret");
});

const nameOf = (path: string): string => path.split(".").slice(3).join(".");

test("the host goes offline and returns: the edge says goodbye, keeps its samples, and sends them as historical", async () => {
  const { port, stop } = await broker();
  cleanup.push(stop);
  const host = await SparkplugHost.open(`mqtt://127.0.0.1:${port}`, "secret");
  cleanup.push(() => host.client.endAsync());
  await host.state(true);
  const sim = simulator(port);
  await until(() => host.count("DDATA") > 10, "data");
  await host.state(false);
  await until(() => host.count("NDEATH") === 1, "the death certificate");
  const silent = host.heard.length;
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect(host.heard.length).toBe(silent);
  await host.state(true);
  await until(() => host.count("NBIRTH") === 2, "the second birth");
  await until(() => host.heard.some(({ metrics }) => metrics.some(({ isHistorical }) => isHistorical === true)), "historical samples");
  sim.halt();
  const total = Object.values(sim.counters.tags()).reduce((sum, { count }) => sum + count, 0);
  await until(() => [...host.samples().values()].reduce((sum, each) => sum + each.size, 0) >= total, "every sample");
  compare(host, sim.counters);
});

test("a clean stop publishes the death certificate itself and ends within two seconds", async () => {
  const { port, stop } = await broker();
  cleanup.push(stop);
  const host = await SparkplugHost.open(`mqtt://127.0.0.1:${port}`, "secret");
  cleanup.push(() => host.client.endAsync());
  await host.state(true);
  const sim = simulator(port);
  await until(() => host.count("DBIRTH") === 2, "births");
  const begun = Date.now();
  await sim.stop();
  expect(Date.now() - begun).toBeLessThan(2000);
  await until(() => host.count("NDEATH") === 1, "the death certificate");
  expect(bdSeqOf(host.heard.at(-1))).toBe(bdSeqOf(host.heard[0]));
});

test("a wrong password is said once and tried again", async () => {
  const { port, stop } = await broker();
  cleanup.push(stop);
  const said: string[] = [];
  const plant = onePlant(1);
  const plcs = new FakePlant(plant);
  const clock = new ManualClock(Date.now());
  const reach = (): Reach => ({ user: "edge-L01", password: "guess" });
  const counters = new PublishedCounters(plant);
  const url = `mqtt://127.0.0.1:${port}`;
  const publisher = createSparkplugPublisher({
    plant,
    simulated: plcs,
    url,
    reach,
    buffer: { folder: buffer(), hours: 1 },
    mode: "raw",
    counters,
    clock,
    say: (text) => said.push(text),
  });
  await publisher.start();
  cleanup.push(() => publisher.stop());
  await until(() => said.length === 1, "a line");
  for (let k = 0; k < 5; k++) {
    clock.advance(10_000);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(said).toHaveLength(1);
  expect(said[0]).toContain("E_BROKER");
  expect(said[0]).not.toContain("guess");
});
