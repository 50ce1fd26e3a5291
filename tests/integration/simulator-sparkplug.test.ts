import { createServer, type Server, type Socket } from "node:net";
import { addHash, ManualClock, Quality, sampleHash, systemClock } from "@cellhouse/shared";
import { PublishedCounters } from "@cellhouse/simulator/src/counters.ts";
import { FakePlant, onePlant } from "@cellhouse/simulator/src/publish/fake-plant.ts";
import { createSparkplugPublisher } from "@cellhouse/simulator/src/publish/sparkplug/publisher.ts";
import type { Access } from "@cellhouse/simulator/src/publish/sparkplug/session.ts";
import { Aedes } from "aedes";
import { connectAsync, type MqttClient } from "mqtt";
import sparkplug from "sparkplug-payload";
import protocol from "sparkplug-payload/lib/sparkplugPayloadProto.js";
import { afterEach, expect, test } from "vitest";
import { remove, tempFolder } from "../support/processes.ts";

/** The Sparkplug project's own encoder, and its raw decoder: as the standard asks, our data messages leave the data type to the birth. */
const tahu = sparkplug.get("spBv1.0") as NonNullable<ReturnType<typeof sparkplug.get>>;
const { Payload } = protocol.org.eclipse.tahu.protobuf;
type ForeignMetric = InstanceType<typeof Payload.Metric>;

interface Heard {
  type: string;
  device: string | undefined;
  seq: number | undefined;
  metrics: ForeignMetric[];
  raw: Uint8Array;
}

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

class Host {
  readonly heard: Heard[] = [];
  readonly aliases = new Map<string, string>();
  readonly client: MqttClient;

  private constructor(client: MqttClient) {
    this.client = client;
    client.on("message", (topic, payload) => {
      const [, , type, , device] = topic.split("/");
      if (type === undefined || topic.includes("/STATE/")) return;
      const decoded = Payload.decode(payload);
      const metrics = decoded.metrics as ForeignMetric[];
      for (const { name, alias } of metrics) if (name && alias) this.aliases.set(String(alias), `${device ?? "L01"}:${name}`);
      const seq = Object.hasOwn(decoded, "seq") ? Number(decoded.seq) : undefined;
      this.heard.push({ type, device, seq, metrics, raw: payload });
    });
  }

  static async open(port: number): Promise<Host> {
    const will = {
      topic: "spBv1.0/STATE/cellhouse",
      payload: Buffer.from(JSON.stringify({ online: false, timestamp: Date.now() })),
      qos: 1,
      retain: true,
    } as const;
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { username: "host", password: "secret", will, reconnectPeriod: 0 });
    const host = new Host(client);
    await client.subscribeAsync("spBv1.0/BT-EL1/#", { qos: 1 });
    return host;
  }

  state(online: boolean): Promise<unknown> {
    return this.client.publishAsync("spBv1.0/STATE/cellhouse", JSON.stringify({ online, timestamp: Date.now() }), { qos: 1, retain: true });
  }

  command(topic: string, name: string, type: "Boolean" | "Float" | "String", value: boolean | number | string): Promise<unknown> {
    const payload = tahu.encodePayload({ timestamp: Date.now(), metrics: [{ name, type, value }] });
    return this.client.publishAsync(topic, Buffer.from(payload));
  }

  count(type: string): number {
    return this.heard.filter((each) => each.type === type).length;
  }

  /** Distinct samples by metric and time, live and historical together. */
  samples(): Map<string, Map<number, { value: number; quality: Quality }>> {
    const samples = new Map<string, Map<number, { value: number; quality: Quality }>>();
    for (const { metrics, type } of this.heard) {
      if (type === "NDEATH") continue;
      for (const metric of metrics) {
        const name = this.aliases.get(String(metric.alias));
        if (name === undefined || name.includes("SIM/")) continue;
        const ofTag = samples.get(name) ?? new Map();
        samples.set(name, ofTag);
        ofTag.set(Number(metric.timestamp), { value: numberOf(metric), quality: qualityOf(metric) });
      }
    }
    return samples;
  }
}

/** Whatever value field is set. */
function setValueOf(metric: ForeignMetric): unknown {
  const field = metric.value;
  return field === undefined ? undefined : metric[field];
}

function numberOf(metric: ForeignMetric): number {
  const value = setValueOf(metric);
  return metric.isNull || value === undefined ? Number.NaN : Number(value);
}

function qualityOf({ properties }: ForeignMetric): Quality {
  const i = properties?.keys?.indexOf("Quality") ?? -1;
  if (i < 0) return Quality.Good;
  const code = properties?.values?.[i]?.intValue;
  if (code === 192) return Quality.Good;
  return code === 0 ? Quality.Bad : Quality.Stale;
}

function bdSeqOf(heard: Heard | undefined): number {
  return numberOf(heard?.metrics.find(({ name }) => name === "bdSeq") as ForeignMetric);
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
    access: (line) => ({ user: `edge-${line}`, password: "secret" }),
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
function compare(host: Host, counters: PublishedCounters): void {
  const samples = host.samples();
  for (const [path, { count, checksum }] of Object.entries(counters.tags())) {
    const name = path
      .split(".")
      .slice(path.includes("C00") ? 3 : 2)
      .join(".")
      .replace(/:(.*)\.(.*)/, ":$1/$2");
    const got = samples.get(name) ?? new Map<number, { value: number; quality: Quality }>();
    let sum = 0;
    for (const [time, { value, quality }] of got) sum = addHash(sum, sampleHash(time, value, quality));
    expect({ path, count: got.size, checksum: sum }).toEqual({ path, count, checksum });
  }
}

test("a foreign decoder understands births and data, and finds every published sample by count and checksum", async () => {
  const { port, stop } = await broker();
  cleanup.push(stop);
  const host = await Host.open(port);
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
  const host = await Host.open(port);
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
  const before = await Host.open(first.port);
  await before.state(true);
  const sim = simulator(first.port);
  await until(() => before.count("DDATA") > 6, "data");
  await first.stop();
  await until(() => sim.said.some((line) => line.includes("E_BROKER")), "a line about the outage");
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const second = await broker(first.port);
  cleanup.push(second.stop);
  const after = await Host.open(first.port);
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
  const host = await Host.open(port);
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
  const host = await Host.open(port);
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
  const access = (): Access => ({ user: "edge-L01", password: "guess" });
  const counters = new PublishedCounters(plant);
  const url = `mqtt://127.0.0.1:${port}`;
  const publisher = createSparkplugPublisher({
    plant,
    simulated: plcs,
    url,
    access,
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
