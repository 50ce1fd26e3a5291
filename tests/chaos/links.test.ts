/** Links cut and programs killed for real: within three seconds the screen's data names the link and shows nothing as live; afterwards everything returns by itself. */
import type { Link } from "@cellhouse/shared";
import { io } from "socket.io-client";
import { afterEach, expect, test } from "vitest";
import { type Api, type Started, startCellhouse } from "../support/cellhouse.ts";
import { startInfluxd } from "../support/influxd.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { until } from "../support/processes.ts";

const heard = new Map<Started, { links: Link[] }>();
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Reply {
  now: number;
  values: { quality: string; time: number }[];
}

const MQTT_CELL = "C001";
const OPCUA_CELL = "C025";

async function quality(api: Api, cell: string): Promise<string> {
  return (await api.get<Reply>(`values?tags=${cell}:TY-100`)).values[0]?.quality ?? "none";
}

const live = (api: Api, cell: string): Promise<unknown> =>
  until(`${cell} to be live`, async () => (await quality(api, cell)) === "good", 60_000);

/** Milliseconds until the cell looks anything but live. */
async function untilNotLive(api: Api, cell: string): Promise<number> {
  const begun = Date.now();
  await until(`${cell} to look anything but live`, async () => (await quality(api, cell)) !== "good", 10_000, 50);
  return Date.now() - begun;
}

/** What a browser's socket hears of the links, the newest word. */
async function links(house: Started): Promise<Link[]> {
  const known = heard.get(house);
  if (known !== undefined) return known.links;
  const { cookie } = await house.api("viewer");
  const entry = { links: [] as Link[] };
  const socket = io(house.url, { extraHeaders: { cookie, origin: house.url }, transports: ["websocket"] });
  socket.on("links", (message: Link[]) => {
    entry.links = message;
  });
  heard.set(house, entry);
  ends.push(async () => void socket.close());
  await until("the first word on links", () => entry.links.length > 0);
  return entry.links;
}

async function start(options: Parameters<typeof startCellhouse>[0] = {}): Promise<Started> {
  const house = await startCellhouse(options);
  ends.push(() => house.stop());
  return house;
}

test("a killed plant: its MQTT cells go stale at once by the broker's will, its OPC UA cells within 3 s, and all return", async () => {
  const house = await start();
  const api = await house.api("viewer");
  await live(api, MQTT_CELL);
  await live(api, OPCUA_CELL);
  house.simulator.kill("SIGKILL");
  const [mqtt, opcua] = await Promise.all([untilNotLive(api, MQTT_CELL), untilNotLive(api, OPCUA_CELL)]);
  expect(mqtt).toBeLessThan(3000);
  expect(opcua).toBeLessThan(3500);
  await until("the links to say so", async () => (await links(house)).filter((l) => l.state === "down").length >= 2);
  await house.restartSimulator();
  await live(api, MQTT_CELL);
  await live(api, OPCUA_CELL);
  await until("all links up", async () => (await links(house)).every((l) => l.state === "up"), 30_000);
});

test("mosquitto in place of the embedded broker: the same, and a stop of it is named and survived without a hole", async () => {
  const broker = await startMosquitto();
  ends.push(() => broker.end());
  const external = (user: string): string[] => ["--mqtt-url", broker.url, "--mqtt-user", user];
  const house = await start({ server: external("host"), simulator: external("edge"), env: { CELLHOUSE_MQTT_PASSWORD: broker.password } });
  const api = await house.api("viewer");
  await live(api, MQTT_CELL);
  await live(api, OPCUA_CELL);
  const from = Date.now();
  await broker.stop();
  expect(await untilNotLive(api, MQTT_CELL)).toBeLessThan(3000);
  await until("the broker to be named", async () =>
    (await links(house)).some((l) => l.id === "broker" && l.state === "down" && l.detail !== ""),
  );
  expect(await quality(api, OPCUA_CELL)).toBe("good");
  await until("some seconds of outage", () => Date.now() - from > 6000);
  await broker.start();
  await live(api, MQTT_CELL);
  const to = Date.now();
  const series = async (): Promise<number[]> => {
    const reply = await api.get<{ series: { t: number[] }[] }>(`history?tags=${MQTT_CELL}:YC-905&from=${from}&to=${to}&raw=1`);
    return reply.series[0]?.t ?? [];
  };
  // The heartbeat changes each second: what the edge kept while the broker was away comes late, at its own time.
  await until("the outage to be filled", async () => largestGap(await series()) <= 2000, 30_000, 500);
});

function largestGap(times: readonly number[]): number {
  let largest = times.length < 2 ? Number.POSITIVE_INFINITY : 0;
  for (let i = 1; i < times.length; i++) largest = Math.max(largest, (times[i] as number) - (times[i - 1] as number));
  return largest;
}

test("a lost database is named, live goes on, and afterwards nothing is missing", async () => {
  const influxd = await startInfluxd();
  ends.push(() => influxd.stop());
  const house = await start({ server: ["--influx-url", influxd.url] });
  const api = await house.api("viewer");
  await live(api, MQTT_CELL);
  const from = Date.now();
  await influxd.program.stop();
  await until(
    "the historian to be named",
    async () => (await links(house)).some((l) => l.id === "historian" && l.state === "down"),
    30_000,
  );
  await until("some seconds of outage", () => Date.now() - from > 6000);
  expect(await quality(api, MQTT_CELL)).toBe("good");
  await influxd.restart();
  await until("the historian to be back", async () => (await links(house)).some((l) => l.id === "historian" && l.state === "up"), 60_000);
  const to = Date.now();
  await until(
    "the outage to be filled",
    async () => {
      const reply = await api.get<{ series: { t: number[] }[] }>(`history?tags=${MQTT_CELL}:YC-905&from=${from}&to=${to}&raw=1`);
      return largestGap(reply.series[0]?.t ?? []) <= 2000;
    },
    30_000,
    500,
  );
});

test("a server killed at full rate goes on where it stood: sessions, alarms and history survive", async () => {
  const house = await start();
  const api = await house.api("viewer");
  await live(api, MQTT_CELL);
  const from = Date.now();
  await until("some seconds of record", () => Date.now() - from > 4000);
  house.server.kill("SIGKILL");
  await house.restartServer();
  await live(api, MQTT_CELL);
  await live(api, OPCUA_CELL);
  const to = Date.now();
  for (const cell of [MQTT_CELL, OPCUA_CELL])
    await until(
      `${cell} without a hole`,
      async () => {
        const reply = await api.get<{ series: { t: number[] }[] }>(`history?tags=${cell}:YC-905&from=${from}&to=${to}&raw=1`);
        return largestGap(reply.series[0]?.t ?? []) <= 2000;
      },
      30_000,
      500,
    );
});
