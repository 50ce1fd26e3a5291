/** The network at its worst, at full rate and with real programs: afterwards no sample is missing or doubled, late data is where it belongs and alarmed nobody. */
import type { JournalEvent } from "@cellhouse/shared";
import { afterEach, expect, test } from "vitest";
import { type Cable, published as publishOf, startCable } from "../support/cable.ts";
import { type Api, type Started, startCellhouse } from "../support/cellhouse.ts";
import { freePort, until } from "../support/processes.ts";
import { beginCounting, counter, differences, holdScans, published, settled } from "../support/record-check.ts";

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Field {
  house: Started;
  api: Api;
  mqtt: Cable;
  opcua: Cable;
}

/** The demo hall with every tag at its scan rate, a cable to each of its two networks. */
async function field(): Promise<Field> {
  const ports = { mqtt: await freePort(), opcua: await freePort() };
  const [mqtt, opcua] = [await startCable(ports.mqtt), await startCable(ports.opcua)];
  ends.push(mqtt.stop, opcua.stop);
  const house = await startCellhouse({ publish: "raw", ports, reach: { mqtt: mqtt.port, opcua: opcua.port } });
  ends.push(() => house.stop());
  const made = { house, api: await house.api("engineer"), mqtt, opcua };
  await allLive(made);
  await beginCounting(house);
  return made;
}

const qualities = async (api: Api): Promise<string[]> =>
  (await api.get<{ values: { quality: string }[] }>("values?tags=C001:*,C024:*,C025:*,C048:*")).values.map((value) => value.quality);

async function allLive({ api }: Field): Promise<void> {
  const shown = async (): Promise<boolean> => {
    const { values } = await api.get<{ values: { quality: string }[] }>(`values?tags=${CELLS.map((cell) => `${cell}:TY-100`).join(",")}`);
    return values.every((value) => value.quality === "good");
  };
  await until("every cell to be live", shown, 90_000, 500);
}

const CELLS = Array.from({ length: 48 }, (_, i) => `C${String(i + 1).padStart(3, "0")}`);

/** Holds the plant still, waits for what is still under way, and tells which tags differ between edge and engine. */
async function verdict({ house }: Field): Promise<string[]> {
  await pause(5000);
  holdScans(house);
  await until("the edges to have sent what they kept", async () => (await waitingAtEdges(house)) === 0, 60_000, 500);
  await settled(house);
  const tags = await published(house);
  await house.server.stop();
  return differences(tags, { plant: house.plant, historian: "duckdb", settings: { folder: house.data } });
}

async function waitingAtEdges(house: Started): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${house.ports.sim}/metrics`)).text();
  return text
    .split("\n")
    .filter((row) => row.startsWith("cellhouse_sim_waiting"))
    .reduce((sum, row) => sum + Number(row.split(" ").pop()), 0);
}

/** Kinds of alarm raised since `from`. */
async function raised(api: Api, from: number): Promise<string[]> {
  const { events } = await api.get<{ events: JournalEvent[] }>(`journal?from=${from}&kind=alarm&limit=5000`);
  return [...new Set(events.filter((event) => event.event === "raise").map((event) => String(event.alarm).split(":")[1] ?? ""))];
}

test("a minute's partition of both networks at full rate", { timeout: 300_000 }, async () => {
  const all = await field();
  const from = Date.now();
  all.mqtt.cut();
  all.opcua.cut();
  await until("nothing to look live", async () => (await qualities(all.api)).every((quality) => quality !== "good"), 4000, 100);
  while (Date.now() - from < 60_000) {
    await pause(5000);
    expect((await qualities(all.api)).filter((quality) => quality === "good")).toEqual([]);
  }
  all.mqtt.mend();
  all.opcua.mend();
  await allLive(all);
  const kinds = await raised(all.api, from);
  expect(kinds.filter((kind) => kind !== "COMM.LOST")).toEqual([]);
  expect(await verdict(all)).toEqual([]);
});

test("cables that go dead without a word", { timeout: 240_000 }, async () => {
  const all = await field();
  all.mqtt.stall();
  all.opcua.stall();
  await until("nothing to look live", async () => (await qualities(all.api)).every((quality) => quality !== "good"), 6000, 100);
  await pause(20_000);
  all.mqtt.mend();
  all.opcua.mend();
  await allLive(all);
  expect(await verdict(all)).toEqual([]);
});

test("a server killed again and again, also in the middle of births", { timeout: 300_000 }, async () => {
  const all = await field();
  for (const afterMs of [200, 500, 900, 1500]) {
    all.house.server.kill("SIGKILL");
    await all.house.restartServer();
    await pause(afterMs);
  }
  all.api = await all.house.api("engineer");
  await allLive(all);
  expect(await verdict(all)).toEqual([]);
});

test("messages twice, out of order and late", { timeout: 240_000 }, async () => {
  const all = await field();
  let n = 0;
  all.mqtt.tamper((packet) => {
    if (publishOf(packet)?.topic.includes("/DDATA/") !== true) return [{ packet, afterMs: 0 }];
    n++;
    if (n % 7 === 0) return [packet, packet].map((one) => ({ packet: one, afterMs: 0 }));
    return [{ packet, afterMs: n % 11 === 0 ? 40 : 0 }];
  });
  all.mqtt.cut();
  all.mqtt.mend();
  await pause(25_000);
  expect(n).toBeGreaterThan(300);
  expect(await counter(all.house, 'cellhouse_rejected_total{reason="duplicate"}')).toBeGreaterThan(20);
  await allLive(all);
  expect(await verdict(all)).toEqual([]);
});

test("what is corrupted on the way is lost alone, counted, and named as a gap", { timeout: 240_000 }, async () => {
  const all = await field();
  const from = Date.now();
  let data = 0;
  let corrupted = 0;
  all.mqtt.tamper((packet) => {
    const message = publishOf(packet);
    if (message?.topic.includes("/DDATA/") === true && ++data % 101 === 0) {
      message.payload.fill(0xff, 0, 4);
      corrupted++;
    }
    return [{ packet, afterMs: 0 }];
  });
  all.mqtt.cut();
  all.mqtt.mend();
  await until("some to be corrupted", () => corrupted >= 5, 60_000);
  all.mqtt.tamper(undefined);
  await pause(3000);
  const { events } = await all.api.get<{ events: JournalEvent[] }>(`journal?from=${from}&kind=link&limit=5000`);
  expect(events.filter((event) => event.event === "gap").length).toBeGreaterThan(0);
  expect(await counter(all.house, 'cellhouse_rejected_total{reason="malformed"}')).toBeGreaterThanOrEqual(corrupted);
  await allLive(all);
  const wrong = await verdict(all);
  const missing = wrong.map((row) => /edge (\d+), historian (\d+)/.exec(row)).map((m) => Number(m?.[1]) - Number(m?.[2]));
  expect(missing.every((n) => n > 0 && n <= corrupted)).toBe(true);
});
