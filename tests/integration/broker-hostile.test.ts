/** The embedded broker's door under abuse: noise, silence, clients that do not read. It lives, counts, and the others do not notice. */
import fc from "fast-check";
import { connect, connectAsync } from "mqtt";
import { expect, onTestFinished, test } from "vitest";
import { makeCertificate } from "../support/certificate.ts";
import { remove, tempFolder } from "../support/processes.ts";
import { ask, closed, connectPacket, packet, publishPacket, rawSocket, subscribePacket } from "../support/raw-mqtt.ts";
import { ear, PASSWORD, stand } from "./broker-stand.ts";
import { until } from "./ingest-support.ts";

const CONNACK = 4;
const SUBACK = 5;
const CONNECT_FLAGS = 9;
/** With user and password, not clean. */
const KEEP_SESSION = 0xc0;
const READER = { user: "reader", password: PASSWORD, clientId: "raw" };
const EDGE = { user: "edge-L01", password: PASSWORD, clientId: "raw-edge" };
const DATA = "spBv1.0/BT-EL1/NDATA/L01";

/** Packets as they should be, to be cut and bent. */
const honest = [
  connectPacket(EDGE),
  subscribePacket(1, "spBv1.0/BT-EL1/NCMD/L01"),
  publishPacket(DATA, "x"),
  packet(0xc0),
  packet(0x40, Buffer.from([0, 1])),
  packet(0xe0),
];
const noise = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
const bent = fc
  .tuple(fc.constantFrom(...honest), fc.nat(), fc.integer({ min: 0, max: 255 }))
  .map(([bytes, at, byte]) => Buffer.from(bytes.map((old, i) => (i === at % bytes.length ? byte : old))));
const half = fc.tuple(fc.constantFrom(...honest), fc.nat()).map(([bytes, at]) => bytes.subarray(0, at % bytes.length));
const huge = fc.integer({ min: 0, max: 15 }).map((type) => Buffer.from([type << 4, 0xff, 0xff, 0xff, 0x7f]));

test("random bytes, bent packets, halves and huge lengths, before and after signing in, end their own connection at most", async () => {
  const { broker, counters, sign } = await stand({ connectionsPerSecond: 10_000 });
  const reader = await sign("reader");
  const heard = await ear(reader, "spBv1.0/#");
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(fc.oneof(noise, bent, half, huge), { minLength: 1, maxLength: 4 }), async (signIn, pieces) => {
      const socket = await rawSocket(broker.port);
      if (signIn) await ask(socket, connectPacket(EDGE), CONNACK);
      for (const piece of pieces) socket.write(piece);
      socket.end();
      await closed(socket);
    }),
    { numRuns: 300 },
  );
  expect(counters.seen.get("rejected mqtt_malformed")).toBeGreaterThan(20);
  expect(counters.seen.get("rejected mqtt_packet_size")).toBeGreaterThan(20);
  await (await sign("edge-L02")).publishAsync("spBv1.0/BT-EL1/NDATA/L02", "still here", { qos: 1 });
  await until("the others' messages", () => heard.some((line) => line.endsWith("still here")));
  expect(reader.connected).toBe(true);
});

test("who subscribes and does not read is cut off; publisher and other readers do not wait for it", async () => {
  const { broker, counters, sign } = await stand({ unreadBytes: 1 << 20 });
  const sleeper = await rawSocket(broker.port);
  await ask(sleeper, connectPacket(READER), CONNACK);
  await ask(sleeper, subscribePacket(1, "spBv1.0/#"), SUBACK);
  sleeper.pause();
  const reader = await sign("reader");
  let heard = 0;
  reader.on("message", () => heard++);
  await reader.subscribeAsync("spBv1.0/#");
  const edge = await sign("edge-L01");
  const start = performance.now();
  // More bytes than the network holds for the sleeper, more messages than aedes has in hand at once.
  for (let i = 0; i < 2000; i++) await edge.publishAsync(DATA, Buffer.alloc(20_000), { qos: 1 });
  await until("all of it at the one that reads", () => heard === 2000);
  expect(performance.now() - start).toBeLessThan(9_000);
  expect(counters.seen.get("dropped mqtt_slow_reader")).toBe(1);
  await closed(sleeper);
});

test("what was kept for a client goes at its own pace, also more than it may leave unread", async () => {
  const { counters, sign, url } = await stand({ unreadBytes: 50_000 });
  const keep = { clientId: "keeper", clean: false };
  const away = await sign("reader", keep);
  await away.subscribeAsync("spBv1.0/#", { qos: 1 });
  await away.endAsync();
  const edge = await sign("edge-L01");
  for (let i = 0; i < 500; i++) await edge.publishAsync(DATA, Buffer.alloc(20_000), { qos: 1 });
  const back = connect(url, { username: "reader", password: PASSWORD, reconnectPeriod: 0, ...keep });
  onTestFinished(() => back.endAsync(true));
  let heard = 0;
  back.on("message", () => heard++);
  await until("all of it", () => heard === 500);
  expect(counters.seen.get("dropped mqtt_slow_reader")).toBeUndefined();
});

test("who does not fetch what was kept for it is cut off as well", async () => {
  const { broker, counters, sign } = await stand({ unreadMs: 300 });
  const away = await sign("reader", { clientId: "raw", clean: false });
  await away.subscribeAsync("spBv1.0/#", { qos: 1 });
  await away.endAsync();
  const edge = await sign("edge-L01");
  for (let i = 0; i < 1000; i++) await edge.publishAsync(DATA, Buffer.alloc(20_000), { qos: 1 });
  const sleeper = await rawSocket(broker.port);
  const session = connectPacket(READER);
  session[CONNECT_FLAGS] = KEEP_SESSION;
  await ask(sleeper, session, CONNACK);
  sleeper.pause();
  await until("the cut", () => counters.seen.get("dropped mqtt_slow_reader") === 1);
  await closed(sleeper);
});

test("a subscription to thousands of filters is granted up to the limit and holds up nobody", async () => {
  const { broker, counters, sign } = await stand({ subscriptions: 100 });
  const filters = Array.from({ length: 20_000 }, (_, i) =>
    Buffer.concat([Buffer.from([0, 9]), Buffer.from(`x/${String(i).padStart(7, "0")}`), Buffer.from([1])]),
  );
  for (const clean of [true, false]) {
    const socket = await rawSocket(broker.port);
    const sign = connectPacket(READER);
    if (!clean) sign[CONNECT_FLAGS] = KEEP_SESSION;
    await ask(socket, sign, CONNACK);
    const start = performance.now();
    const answer = await ask(socket, packet(0x82, Buffer.from([0, 1]), ...filters), 20_000);
    expect(performance.now() - start).toBeLessThan(3_000);
    expect(answer.subarray(6).filter((granted) => granted === 1)).toHaveLength(100);
    socket.destroy();
  }
  expect(counters.seen.get("rejected mqtt_subscriptions")).toBe(39_800);
  expect((await sign("host")).connected).toBe(true);
});

test("who promised to speak every second and does not is cut off", async () => {
  const { broker, counters } = await stand();
  const silent = await rawSocket(broker.port);
  await ask(silent, connectPacket({ ...EDGE, keepalive: 1 }), CONNACK);
  await closed(silent);
  expect(counters.seen.get("rejected mqtt_keepalive")).toBe(1);
});

test("who connects and says nothing is cut off, and so is who comes too often within a second", async () => {
  const { broker, counters, sign } = await stand({ connectionsPerSecond: 20 });
  const mute = await rawSocket(broker.port);
  const crowd = await Promise.all(Array.from({ length: 60 }, () => rawSocket(broker.port)));
  await until("the count", () => (counters.seen.get("rejected mqtt_connect_rate") ?? 0) >= 20);
  for (const socket of crowd) socket.destroy();
  await closed(mute);
  expect(counters.seen.get("rejected mqtt_connect_timeout")).toBeGreaterThan(0);
  expect((await sign("host")).connected).toBe(true);
}, 20_000);

test("with a certificate the broker speaks TLS and nothing else", async () => {
  const folder = tempFolder("broker-tls");
  onTestFinished(() => remove(folder));
  const tls = makeCertificate(folder, "broker", "IP:127.0.0.1");
  const { broker, counters, sign } = await stand({}, { tls });
  const heard = await ear(await sign("reader", { ca: tls.cert }), "spBv1.0/#");
  await (await sign("edge-L01", { ca: tls.cert })).publishAsync(DATA, "sealed", { qos: 1 });
  await until("it", () => heard.length === 1);
  await expect(sign("reader")).rejects.toThrow(/self.signed|certificate/i);
  const plain = { username: "reader", password: PASSWORD, reconnectPeriod: 0, connectTimeout: 2000 };
  await expect(connectAsync(`mqtt://127.0.0.1:${broker.port}`, plain, false)).rejects.toThrow();
  expect(counters.seen.get("rejected mqtt_tls")).toBeGreaterThan(0);
  await expect(stand({}, { tls: { key: "no key", cert: tls.cert } })).rejects.toThrow(/--tls-cert and --tls-key/);
});
