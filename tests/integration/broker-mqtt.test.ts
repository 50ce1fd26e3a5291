/** What MQTT 3.1.1 promises a client, held against the embedded broker: acknowledgments, redelivery, retained messages, wills. */
import { connect, type MqttClient, type Packet } from "mqtt";
import { expect, onTestFinished, test } from "vitest";
import { ear, PASSWORD, stand } from "./broker-stand.ts";
import { until } from "./ingest-support.ts";

type Publish = Extract<Packet, { cmd: "publish" }>;

const DATA = "spBv1.0/BT-EL1/NDATA/L01";
const STATE = "spBv1.0/STATE/cellhouse";

/** Every packet of a kind, as it came. */
function packets<C extends Packet["cmd"]>(client: MqttClient, cmd: C): Extract<Packet, { cmd: C }>[] {
  const seen: Extract<Packet, { cmd: C }>[] = [];
  client.on("packetreceive", (packet) => {
    if (packet.cmd === cmd) seen.push(packet as Extract<Packet, { cmd: C }>);
  });
  return seen;
}

/** A client with a session that hears from its very first packet on; `mute` acknowledges nothing. */
function session(url: string, { mute = false } = {}): { client: MqttClient; heard: Publish[] } {
  const client = connect(url, { username: "reader", password: PASSWORD, clientId: "keeper", clean: false, reconnectPeriod: 0 });
  client.on("error", () => undefined);
  if (mute) client.handleMessage = () => undefined;
  onTestFinished(() => client.endAsync(true).catch(() => undefined));
  return { client, heard: packets(client, "publish") };
}

test("each filter of a subscription has its own answer: the QoS granted, or 0x80", async () => {
  const { sign, counters } = await stand();
  const edge = await sign("edge-L01");
  const answers = packets(edge, "suback");
  await edge.subscribeAsync({ "spBv1.0/BT-EL1/NCMD/L01": { qos: 1 }, "spBv1.0/#": { qos: 1 }, [STATE]: { qos: 0 } }).catch(() => undefined);
  expect(answers.map((answer) => answer.granted)).toEqual([[1, 128, 0]]);
  expect(counters.seen.get("rejected mqtt_subscribe_right")).toBe(1);
});

test("what was refused is not kept for a session either", async () => {
  const { sign, broker } = await stand();
  const keep = { clientId: "edge", clean: false };
  const edge = await sign("edge-L01", keep);
  await edge.subscribeAsync({ "spBv1.0/BT-EL1/NCMD/L01": { qos: 1 }, "spBv1.0/#": { qos: 1 } }).catch(() => undefined);
  await edge.endAsync();
  await (await sign("edge-L02")).publishAsync("spBv1.0/BT-EL1/NDATA/L02", "not for L01", { qos: 1 });
  await (await sign("host")).publishAsync("spBv1.0/BT-EL1/NCMD/L01", "for L01", { qos: 1 });
  const back = connect(`mqtt://127.0.0.1:${broker.port}`, { username: "edge-L01", password: PASSWORD, reconnectPeriod: 0, ...keep });
  onTestFinished(() => back.endAsync(true));
  const heard: string[] = [];
  back.on("message", (_topic, payload) => heard.push(String(payload)));
  await until("its own", () => heard.length > 0);
  await back.subscribeAsync("spBv1.0/BT-EL1/NCMD/L01");
  expect(heard).toEqual(["for L01"]);
});

test("QoS 1 without an acknowledgment comes again after a reconnect, under the same id and marked as a duplicate; then no more", async () => {
  const { sign, url } = await stand();
  const first = session(url, { mute: true });
  await first.client.subscribeAsync("spBv1.0/#", { qos: 1 });
  const edge = await sign("edge-L01");
  await edge.publishAsync(DATA, "once", { qos: 1 });
  await until("the first delivery", () => first.heard.length === 1);
  first.client.stream.destroy();
  await until("its end", () => !first.client.connected);
  await edge.publishAsync(DATA, "meanwhile", { qos: 1 });
  const second = session(url);
  await until("both", () => second.heard.length === 2);
  const seen = (p: Publish) => ({ text: String(p.payload), dup: p.dup, qos: p.qos, retain: p.retain });
  expect(first.heard.map(seen)).toEqual([{ text: "once", dup: false, qos: 1, retain: false }]);
  expect(second.heard.map(seen)).toEqual([
    { text: "once", dup: true, qos: 1, retain: false },
    { text: "meanwhile", dup: false, qos: 1, retain: false },
  ]);
  expect(second.heard[0]?.messageId).toBe(first.heard[0]?.messageId);
  await second.client.endAsync();
  const third = session(url);
  await third.client.subscribeAsync("spBv1.0/#", { qos: 1 });
  await edge.publishAsync(DATA, "last", { qos: 1 });
  await until("the last", () => third.heard.length > 0);
  expect(third.heard.map((p) => String(p.payload))).toEqual(["last"]);
});

test("a message comes with the lower of its own QoS and the one granted, retained ones too", async () => {
  const { sign } = await stand();
  const host = await sign("host");
  await host.publishAsync(STATE, "kept", { qos: 1, retain: true });
  const seen: string[] = [];
  for (const qos of [0, 1] as const) {
    const reader = await sign("reader");
    const heard = packets(reader, "publish");
    await reader.subscribeAsync("spBv1.0/#", { qos });
    await until("the retained one", () => heard.length === 1);
    await host.publishAsync(STATE, "twice safe", { qos: 2 });
    await until("the live one", () => heard.length === 2);
    seen.push(...heard.map((p) => `${qos}: ${p.payload} ${p.qos}`));
  }
  expect(seen).toEqual(["0: kept 0", "0: twice safe 0", "1: kept 1", "1: twice safe 1"]);
});

test("the publisher's own duplicate mark is not passed on", async () => {
  const { sign } = await stand();
  const reader = await sign("reader");
  const heard = packets(reader, "publish");
  await reader.subscribeAsync("spBv1.0/#", { qos: 1 });
  await (await sign("edge-L01")).publishAsync(DATA, "again", { qos: 1, dup: true });
  await until("it", () => heard.length === 1);
  expect(heard[0]?.dup).toBe(false);
});

test("a retained message is marked so for a new subscription only, and an empty one deletes it", async () => {
  const { sign } = await stand();
  const early = await sign("reader");
  const live = packets(early, "publish");
  await early.subscribeAsync("spBv1.0/#", { qos: 1 });
  const host = await sign("host");
  await host.publishAsync(STATE, "online", { qos: 1, retain: true });
  await until("it live", () => live.length === 1);
  const late = await sign("reader");
  const kept = packets(late, "publish");
  await late.subscribeAsync("spBv1.0/#", { qos: 1 });
  await until("it kept", () => kept.length === 1);
  expect([live[0]?.retain, kept[0]?.retain, String(kept[0]?.payload)]).toEqual([false, true, "online"]);

  await host.publishAsync(STATE, "", { qos: 1, retain: true });
  await until("the deletion live", () => live.length === 2);
  const after = await sign("reader");
  const heard = await ear(after, "spBv1.0/#");
  await host.publishAsync(STATE, "not kept", { qos: 1 });
  await until("what is said now", () => heard.length > 0);
  expect(heard).toEqual([`${STATE}=not kept`]);
});

test("a will is published when the connection breaks, not when it is closed", async () => {
  const { sign } = await stand();
  const heard = await ear(await sign("reader"), "spBv1.0/#");
  const will = { topic: "spBv1.0/BT-EL1/NDEATH/L01", qos: 1 as const, retain: true };
  const leaving = await sign("edge-L01", { will: { ...will, payload: Buffer.from("left") } });
  await leaving.endAsync();
  const killed = await sign("edge-L01", { will: { ...will, payload: Buffer.from("killed") } });
  killed.stream.destroy();
  await until("the will", () => heard.length > 0);
  expect(heard).toEqual([`${will.topic}=killed`]);
  const later = await ear(await sign("reader"), "spBv1.0/#");
  await (await sign("edge-L01")).publishAsync(DATA, "x", { qos: 1 });
  await until("what follows", () => later.length > 0);
  expect(later).toEqual([`${DATA}=x`]);
});
