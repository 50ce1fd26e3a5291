/** Twenty edges, programs killed, brokers restarted, rebirths asked for: an independent grader finds no statement of Sparkplug 3.0 violated. */
import { writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { accountSecret } from "@cellhouse/shared/program";
import { DataType, encodePayload, formatTopic } from "@cellhouse/shared/sparkplug";
import { connectAsync } from "mqtt";
import { afterEach, expect, test } from "vitest";
import { type Started, startCellhouse } from "../support/cellhouse.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { freePort, remove, tempFolder, until } from "../support/processes.ts";
import { type Capture, observe } from "../support/sparkplug-checker/capture.ts";
import { check } from "../support/sparkplug-checker/checker.ts";
import { summary } from "../support/sparkplug-checker/report.ts";
import { tapBroker } from "../support/sparkplug-checker/tap.ts";
import { ROOT } from "../support/tree.ts";

const EDGES = 20;
const GROUP = "BT-EL1";

const ends: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A hall of twenty Sparkplug lines with two or three cells each. */
function plantFile(): string {
  const folder = tempFolder("plant");
  ends.push(() => remove(folder));
  const lines = Array.from({ length: EDGES }, (_, i) => {
    const supply = i % 2 === 0 ? "{ kind: dedicated, ceiling: 24 }" : "{ kind: series }";
    const id = `L${String(i + 1).padStart(2, "0")}`;
    return `  - { id: ${id}, cells: ${2 + (i % 2)}, class: 6kA, recipe: PrNd, protocol: sparkplug, supply: ${supply} }`;
  });
  const base = relative(folder, join(ROOT, "shared/plants/base.yaml"));
  const file = join(folder, "twenty.yaml");
  writeFileSync(file, `extends: ${base}\nname: Twenty edges\nplan: 3300\nlines:\n${lines.join("\n")}\n`);
  return file;
}

/** Edges that have been born since `from`, by the capture. */
function born({ entries }: Capture, from: number): number {
  const births = entries.filter((e) => e.kind === "message" && e.time >= from && e.topic.includes("/NBIRTH/"));
  return new Set(births.map((e) => e.kind === "message" && e.topic)).size;
}

/** All edges born and talking again. */
async function settled(capture: Capture, from: number): Promise<void> {
  await until(`${EDGES} births`, () => born(capture, from) === EDGES, 60_000);
  const at = Date.now();
  await until("two seconds of data", () => Date.now() - at > 2000);
}

async function askForRebirths(url: string, account: { username: string; password: string }, edges: readonly string[]): Promise<void> {
  const client = await connectAsync(url, account);
  for (const edge of edges) {
    const metric = { name: "Node Control/Rebirth", timestamp: Date.now(), datatype: DataType.Boolean, value: true };
    const payload = Buffer.from(encodePayload({ timestamp: Date.now(), metrics: [metric] }));
    await client.publishAsync(formatTopic({ type: "NCMD", group: GROUP, edge }), payload, { qos: 0 });
  }
  await client.endAsync();
}

async function takeToAuto(house: Started): Promise<void> {
  const api = await house.api("operator");
  const written = await api.send<{ id: string }>("POST", "commands", { tag: "C001:HS-910", value: 2 });
  expect(written.status).toBe(202);
  await until("the read-back", async () => (await api.get<{ state: string }>(`commands/${written.body.id}`)).state === "verified");
}

/** A kill of the simulator, of the server, rebirths and a write, with `outage` in between. */
async function upheaval(
  house: Started,
  capture: Capture,
  host: { url: string; password: string },
  outage: () => Promise<void>,
): Promise<void> {
  await settled(capture, 0);
  const asked = Date.now();
  await askForRebirths(host.url, { username: "host", password: host.password }, ["L01", "L02", "L03", "L20"]);
  await until("the four births asked for", () => born(capture, asked) === 4, 5_000);
  await takeToAuto(house);
  const steps = [
    async () => {
      house.simulator.kill("SIGKILL");
      await house.restartSimulator();
    },
    async () => {
      house.server.kill("SIGKILL");
      await house.restartServer();
    },
    outage,
  ];
  for (const step of steps) {
    const from = Date.now();
    await step();
    await settled(capture, from);
  }
}

test("the embedded broker: nothing found by a reader, nothing in what the edges say themselves", async () => {
  const plant = plantFile();
  const port = await freePort();
  const tap = await tapBroker(port);
  ends.push(() => tap.stop());
  const house = await startCellhouse({
    server: ["--plant", plant, "--mqtt-port", `${port}`],
    simulator: ["--plant", plant, "--mqtt-url", tap.url],
  });
  ends.push(() => house.stop());
  const url = `mqtt://127.0.0.1:${port}`;
  const reader = await observe(url, { username: "reader", password: accountSecret(house.data, "reader") });
  ends.push(() => reader.stop());
  const host = { url, password: accountSecret(house.data, "host") };
  await upheaval(house, tap.capture, host, async () => {
    await house.server.stop();
    await house.restartServer();
  });
  await house.simulator.stop();
  await house.server.stop();
  expect(reader.capture.entries.filter((e) => e.kind === "message").length).toBeGreaterThan(1000);
  expect(summary(check(tap.capture))).toEqual([]);
  expect(summary(check(reader.capture))).toEqual([]);
}, 240_000);

test("mosquitto, restarted: nothing found in what edges and host say, nor by a reader", async () => {
  const plant = plantFile();
  const mosquitto = await startMosquitto();
  ends.push(() => mosquitto.end());
  const tap = await tapBroker(Number(new URL(mosquitto.url).port));
  ends.push(() => tap.stop());
  const house = await startCellhouse({
    server: ["--plant", plant, "--mqtt-url", tap.url, "--mqtt-user", "host"],
    simulator: ["--plant", plant, "--mqtt-url", tap.url, "--mqtt-user", "edge"],
    env: { CELLHOUSE_MQTT_PASSWORD: mosquitto.password },
  });
  ends.push(() => house.stop());
  const reader = await observe(mosquitto.url, { username: "host", password: mosquitto.password });
  ends.push(() => reader.stop());
  await upheaval(house, tap.capture, mosquitto, async () => {
    await mosquitto.stop();
    await mosquitto.start();
  });
  await house.simulator.stop();
  await house.server.stop();
  expect(summary(check(tap.capture))).toEqual([]);
  expect(summary(check(reader.capture))).toEqual([]);
}, 240_000);
