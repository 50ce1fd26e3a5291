/** Every door of the running system, knocked on wrongly: a clear error, a count, and nothing else suffers. */

import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { History } from "@cellhouse/shared";
import { DataType, encodePayload } from "@cellhouse/shared/sparkplug";
import { connectAsync, type MqttClient } from "mqtt";
import { io } from "socket.io-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fieldPassword, type Started, startCellhouse } from "../support/cellhouse.ts";
import { freePort, node, remove, tempFolder, until } from "../support/processes.ts";
import { ROOT } from "../support/tree.ts";

let house: Started;
let edge: MqttClient;
const CELL = "BT.EL1.L01.C001";

beforeAll(async () => {
  house = await startCellhouse();
  edge = await connectAsync(`mqtt://127.0.0.1:${house.ports.mqtt}`, { username: "edge-L01", password: fieldPassword(house.data) });
  await until("the cell to be live", async () => (await quality("TY-100")) === "good");
});

afterAll(async () => {
  await edge?.endAsync(true);
  await house?.stop();
});

interface Values {
  values: { value: number | null; quality: string }[];
}

async function quality(tag: string): Promise<string | undefined> {
  const api = await house.api("viewer");
  return (await api.get<Values>(`values?tags=${CELL}:${tag}`)).values[0]?.quality;
}

async function rejected(): Promise<number> {
  const text = await (await fetch(`${house.url}/metrics`)).text();
  return text
    .split("\n")
    .filter((l) => l.startsWith("cellhouse_rejected_total"))
    .reduce((n, l) => n + Number(l.split(" ").pop()), 0);
}

async function countedAndUnharmed(send: () => Promise<unknown>): Promise<void> {
  const before = await rejected();
  await send();
  await until("the refusal to be counted", async () => (await rejected()) > before, 10_000);
  await until("the cell to be live still", async () => (await quality("TY-100")) === "good", 15_000);
}

test("a malformed Sparkplug payload is counted and harms nothing", async () => {
  await countedAndUnharmed(() => edge.publishAsync("spBv1.0/BT-EL1/DDATA/L01/C001", Buffer.from([0x12, 0xff, 0xff, 0xff, 0xff, 0x0f, 1])));
});

test("data of an unknown device is counted and harms nothing", async () => {
  const payload = encodePayload({ timestamp: Date.now(), seq: 3, metrics: [] });
  await countedAndUnharmed(() => edge.publishAsync("spBv1.0/BT-EL1/DDATA/L01/C999", Buffer.from(payload)));
});

test("a NaN is kept as a bad sample without a number, and the cell goes on", async () => {
  const time = Date.now();
  const metrics = [{ name: "TI-103", datatype: DataType.Float, timestamp: time, value: Number.NaN }];
  await edge.publishAsync("spBv1.0/BT-EL1/DDATA/L01/C001", Buffer.from(encodePayload({ timestamp: time, seq: 200, metrics })));
  const api = await house.api("viewer");
  await until("the bad sample in history", async () => {
    const { series } = await api.get<History>(`history?tags=${CELL}:TI-103&from=${time}&to=${time + 1}&raw=1`);
    return series[0]?.q[0] === "bad" && series[0].v?.[0] === null;
  });
  await until("the pyrometer to be live again", async () => (await quality("TI-103")) === "good", 20_000);
});

test.each([
  ["a plant file with a wrong field", "extends: base.yaml\nname: x\nplan: 1\nlines: [{ id: L1 }]\n", /E_PLANT_FILE.*lines\.0\.id/],
  ["a plant file that is not YAML", "lines: [", /E_PLANT_FILE/],
])("%s ends the start with one line that names it", async (_name, text, pattern) => {
  const folder = tempFolder("plant");
  const file = join(folder, "plant.yaml");
  writeFileSync(file, text.replace("base.yaml", join(ROOT, "shared/plants/base.yaml")));
  const server = node("server/src/main.ts", ["--plant", file, "--data", folder, "--http-port", "0", "--mqtt-port", "0"]);
  expect(await server.ended()).not.toBe(0);
  expect(server.output()).toMatch(pattern);
  expect(server.output().trim().split("\n")).toHaveLength(1);
  remove(folder);
});

test("a wrong option ends the start with one line that names it", async () => {
  const server = node("server/src/main.ts", ["--http-port", "70000"]);
  expect(await server.ended()).not.toBe(0);
  expect(server.output()).toMatch(/E_OPTION.*--http-port 70000/);
});

test("a taken port ends the start with one line that names it", async () => {
  const folder = tempFolder("port");
  const holder = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => holder.once("listening", resolve));
  const { port } = holder.address() as { port: number };
  const server = node("server/src/main.ts", ["--data", folder, "--http-port", "0", "--mqtt-port", String(port)]);
  expect(await server.ended()).not.toBe(0);
  expect(server.output()).toMatch(new RegExp(`E_PORT_TAKEN.*${port}`));
  holder.close();
  remove(folder);
});

test("a second server on the same data folder is refused", async () => {
  const server = node("server/src/main.ts", ["--data", house.data, "--http-port", "0", "--mqtt-port", "0"]);
  expect(await server.ended()).not.toBe(0);
  expect(server.output()).toMatch(/E_DATA_FOLDER/);
});

test("a wrong database address is named without its password while samples wait in the recorder", async () => {
  const folder = tempFolder("influx");
  const nowhere = await freePort();
  const args = [
    "--data",
    folder,
    "--http-port",
    "0",
    "--mqtt-port",
    "0",
    "--influx-url",
    `http://someone:hunter2secret@127.0.0.1:${nowhere}/db`,
  ];
  const server = node("server/src/main.ts", args);
  await server.printed(/Cellhouse ready/);
  await server.printed(/E_HISTORIAN/);
  expect(server.output()).toContain(String(nowhere));
  expect(server.output()).not.toContain("hunter2secret");
  await server.stop();
  remove(folder);
});

test("a setpoint out of range is refused with the allowed range", async () => {
  const api = await house.api("operator");
  const mode = await api.send<{ id: string }>("POST", "commands", { tag: `${CELL}:HS-910`, value: 2 });
  expect(mode.status).toBe(202);
  await until("AUTO", async () => (await api.get<{ state: string }>(`commands/${mode.body.id}`)).state === "verified");
  const reply = await api.send<{ code: string; detail: string }>("POST", "commands", { tag: `${CELL}:FIC-303.SP`, value: 39 });
  expect(reply.status).toBe(422);
  expect(reply.body.code).toBe("E_SETPOINT_RANGE");
  expect(reply.body.detail).toMatch(/\d.*\d/);
});

test("an unauthenticated socket is refused with E_AUTH", async () => {
  const socket = io(house.url, { transports: ["websocket"], reconnection: false });
  const error = await new Promise<Error & { data?: { code?: string } }>((resolve) => socket.once("connect_error", resolve));
  expect(error.data?.code).toBe("E_AUTH");
  socket.close();
});

test("an anonymous MQTT client, and an edge that writes another's topic, get nowhere", async () => {
  await expect(connectAsync(`mqtt://127.0.0.1:${house.ports.mqtt}`, { reconnectPeriod: 0 })).rejects.toThrow();
  const stranger = await connectAsync(`mqtt://127.0.0.1:${house.ports.mqtt}`, {
    username: "edge-L02",
    password: fieldPassword(house.data),
    reconnectPeriod: 0,
  });
  stranger.on("error", () => undefined);
  stranger.publish("spBv1.0/BT-EL1/DDATA/L01/C001", Buffer.from(encodePayload({ timestamp: Date.now(), seq: 9, metrics: [] })));
  await until("the broker to close on it", () => !stranger.connected, 10_000).finally(() => stranger.end(true));
  expect(await quality("TY-100")).toBe("good");
});
