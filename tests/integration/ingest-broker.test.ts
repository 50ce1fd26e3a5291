/** The embedded broker as strangers meet it: accounts, topic rights, bounds. */
import { connect as tcp } from "node:net";
import { Fault, systemClock } from "@cellhouse/shared";
import { connect } from "mqtt";
import { expect, onTestFinished, test } from "vitest";
import { createBroker } from "../../server/src/broker/broker.ts";
import { ear, PASSWORD, plant, stand } from "./broker-stand.ts";
import { counted, retry, until } from "./ingest-support.ts";

test("nobody comes in anonymously, with a wrong password or under an unknown name", async () => {
  const { sign, counters } = await stand();
  await expect(sign(undefined)).rejects.toThrow(/Not authorized/);
  await expect(sign("host", { password: "wrong" })).rejects.toThrow(/Bad username or password/);
  await expect(sign("nobody")).rejects.toThrow(/Bad username or password/);
  expect(Object.fromEntries(counters.seen)).toEqual({ "rejected mqtt_anonymous": 1, "rejected mqtt_sign_in": 2 });
});

test("an edge's own password opens its own account and no other", async () => {
  const passwords = new Map([
    ["edge-L01", "only for L01"],
    ["edge-L02", "only for L02"],
  ]);
  const { sign, counters } = await stand({}, { passwords });
  expect((await sign("edge-L01", { password: "only for L01" })).connected).toBe(true);
  for (const other of ["edge-L02", "host", "reader"])
    await expect(sign(other, { password: "only for L01" })).rejects.toThrow(/Bad username or password/);
  expect(counters.seen.get("rejected mqtt_sign_in")).toBe(3);
});

test("nobody takes another account's client id, neither of a connection nor of a session", async () => {
  const { sign, counters } = await stand();
  const host = await sign("host", { clientId: "cellhouse-host" });
  const away = await sign("reader", { clientId: "away", clean: false });
  await away.endAsync();
  await expect(sign("edge-L02", { clientId: "cellhouse-host" })).rejects.toThrow(/Identifier rejected/);
  await expect(sign("edge-L02", { clientId: "away", clean: false })).rejects.toThrow(/Identifier rejected/);
  expect([host.connected, counters.seen.get("rejected mqtt_client_id")]).toEqual([true, 2]);
  const again = await sign("host", { clientId: "cellhouse-host" });
  await until("the old connection's end", () => !host.connected);
  expect(again.connected).toBe(true);
});

test("an edge speaks for its own line only; speaking for another ends its connection", async () => {
  const { sign, counters } = await stand();
  const heard = await ear(await sign("reader"), "spBv1.0/#");
  const edge = await sign("edge-L01");
  await edge.publishAsync("spBv1.0/BT-EL1/DDATA/L01/C001", "mine", { qos: 1 });
  await until("its own data", () => heard.includes("spBv1.0/BT-EL1/DDATA/L01/C001=mine"));
  for (const topic of [
    "spBv1.0/BT-EL1/DDATA/L02/C025",
    "spBv1.0/BT-EL1/NCMD/L01",
    "spBv1.0/STATE/cellhouse",
    "spBv1.0/OTHER/NDATA/L01",
    "x",
  ]) {
    const liar = await sign("edge-L01");
    const closed = new Promise<void>((resolve) => liar.once("close", () => resolve()));
    liar.publish(topic, "forged", { qos: 0 });
    await closed;
  }
  expect(counters.seen.get("rejected mqtt_publish_right")).toBe(5);
  expect(heard.some((line) => line.endsWith("forged"))).toBe(false);
});

test("a forged will is not published either", async () => {
  const { sign } = await stand();
  const heard = await ear(await sign("reader"), "spBv1.0/#");
  const liar = await sign("edge-L01", {
    will: { topic: "spBv1.0/BT-EL1/NDEATH/L02", payload: Buffer.from("forged"), qos: 1, retain: false },
  });
  liar.stream.destroy();
  const honest = await sign("edge-L02");
  await honest.publishAsync("spBv1.0/BT-EL1/NDATA/L02", "after", { qos: 1 });
  await until("what came after", () => heard.length > 0);
  expect(heard).toEqual(["spBv1.0/BT-EL1/NDATA/L02=after"]);
});

test("only the host gives commands, the reader only reads, and a refused subscription is answered 0x80", async () => {
  const { sign } = await stand();
  const edge = await sign("edge-L01");
  const orders = await ear(edge, "spBv1.0/BT-EL1/DCMD/L01/+");
  const host = await sign("host");
  await host.publishAsync("spBv1.0/BT-EL1/DCMD/L01/C001", "order", { qos: 1 });
  await until("the order", () => orders.length === 1);
  const reader = await sign("reader");
  const closed = new Promise<void>((resolve) => reader.once("close", () => resolve()));
  reader.publish("spBv1.0/BT-EL1/DCMD/L01/C001", "forged");
  await closed;
  await expect(edge.subscribeAsync("spBv1.0/#")).rejects.toThrow(/Unspecified error|128/);
  await expect(edge.subscribeAsync("spBv1.0/BT-EL1/DCMD/L02/+")).rejects.toThrow();
  await expect(edge.subscribeAsync("$SYS/#")).rejects.toThrow();
  await (await sign("reader")).subscribeAsync("$SYS/#");
  expect(orders).toHaveLength(1);
});

test("STATE is retained, what an edge wants retained is not", async () => {
  const { sign } = await stand();
  await (await sign("host")).publishAsync("spBv1.0/STATE/cellhouse", "online", { qos: 1, retain: true });
  await (await sign("edge-L01")).publishAsync("spBv1.0/BT-EL1/NBIRTH/L01", "birth", { qos: 1, retain: true });
  const heard = await ear(await sign("reader"), "spBv1.0/#");
  await until("the retained STATE", () => heard.length > 0);
  expect(heard).toEqual(["spBv1.0/STATE/cellhouse=online"]);
});

test("a packet beyond the limit ends its connection and no other", async () => {
  const { sign, counters } = await stand({ packetBytes: 10_000 });
  const heard = await ear(await sign("reader"), "spBv1.0/#");
  const edge = await sign("edge-L01");
  await edge.publishAsync("spBv1.0/BT-EL1/NDATA/L01", Buffer.alloc(9_000, 65), { qos: 1 });
  await until("what fits", () => heard.length === 1);
  const closed = new Promise<void>((resolve) => edge.once("close", () => resolve()));
  edge.publish("spBv1.0/BT-EL1/NDATA/L01", Buffer.alloc(11_000));
  await closed;
  expect(counters.seen.get("rejected mqtt_packet_size")).toBe(1);
  await (await sign("edge-L02")).publishAsync("spBv1.0/BT-EL1/NDATA/L02", "on", { qos: 1 });
  await until("the others", () => heard.length === 2);
});

test("connections beyond the limit are turned away and counted", async () => {
  const { sign, counters, broker } = await stand({ connections: 2 });
  const first = await sign("reader");
  await sign("reader");
  await expect(sign("reader")).rejects.toThrow();
  expect(counters.seen.get("rejected mqtt_connections")).toBe(1);
  await first.endAsync();
  await retry(() => sign("host"));
  expect(broker.links()).toMatchObject([{ state: "up" }]);
});

test("for a client that is away the newest messages are kept, the oldest dropped and counted", async () => {
  const { sign, counters, broker } = await stand({ queuedPerClient: 3, sessions: 1 });
  const away = await sign("reader", { clientId: "away", clean: false });
  await away.subscribeAsync("spBv1.0/#", { qos: 1 });
  await away.endAsync();
  const edge = await sign("edge-L01");
  for (let i = 0; i < 5; i++) await edge.publishAsync("spBv1.0/BT-EL1/NDATA/L01", String(i), { qos: 1 });
  await until("the drops", () => counters.seen.get("dropped mqtt_offline_queue") === 2);
  const heard: string[] = [];
  // What waits is sent with the connection: the ear must be there before.
  const back = connect(`mqtt://127.0.0.1:${broker.port}`, {
    username: "reader",
    password: PASSWORD,
    clientId: "away",
    clean: false,
    reconnectPeriod: 0,
  });
  onTestFinished(() => back.endAsync(true));
  back.on("message", (_topic, payload) => heard.push(String(payload)));
  await until("the newest three", () => heard.length === 3);
  expect(heard).toEqual(["2", "3", "4"]);
  await expect(sign("reader", { clientId: "another", clean: false })).rejects.toThrow(/Server unavailable/);
});

test("garbage on the port closes that connection and counts for nothing else", async () => {
  const { sign, broker } = await stand();
  await new Promise<void>((resolve) => {
    const socket = tcp(broker.port, "127.0.0.1", () => socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1, 2, 3])));
    socket.on("error", () => undefined);
    socket.once("close", () => resolve());
  });
  expect((await sign("host")).connected).toBe(true);
});

test("a taken port is named", async () => {
  const { broker } = await stand();
  const second = createBroker({
    port: broker.port,
    host: "127.0.0.1",
    plant,
    fieldPassword: PASSWORD,
    counters: counted(),
    clock: systemClock,
  });
  const error = await second.start().catch((e: unknown) => e);
  expect(error).toBeInstanceOf(Fault);
  expect(error).toMatchObject({ code: "E_PORT_TAKEN", detail: expect.stringContaining(String(broker.port)) });
});
