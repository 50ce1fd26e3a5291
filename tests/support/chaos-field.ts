/** A hall with a cable to each of its networks, to be mistreated, and the audit of what became of it. */
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { JournalEvent } from "@cellhouse/shared";
import { type Cable, published as publishedOn, startCable } from "./cable.ts";
import { type Api, PASSWORD, type Started, type StartOptions, startCellhouse } from "./cellhouse.ts";
import { type Mosquitto, startMosquitto } from "./mosquitto.ts";
import { freePort, remove, tempFolder, until } from "./processes.ts";
import {
  beginCounting,
  type Difference,
  differences,
  holdScans,
  type PublishedTags,
  published,
  settled,
  waitingAtEdges,
} from "./record-check.ts";
import { smallDisk } from "./small-disk.ts";

export interface ChaosOptions {
  /** demo. */
  plant?: string;
  /** A mosquitto in place of the embedded broker. */
  mosquitto?: boolean;
  /** The server's data stand on a small disk of its own. */
  disk?: boolean;
}

export interface ChaosField {
  house: Started;
  api: Api;
  mqtt: Cable;
  opcua: Cable;
  broker: Mosquitto | undefined;
  disk: DataDisk | undefined;
  /** From the start until the edges began to count, epoch ms. */
  uncounted: { from: number; to: number };
  /** What the edges had published when they were killed: they begin to count anew. */
  lives: PublishedTags[];
  stop(): Promise<void>;
}

/** The server's data folder on a disk that can be filled; the edges have disks of their own. */
interface DataDisk {
  readonly data: string;
  fill(): void;
  free(): void;
  remove(): void;
}

const DISK_BYTES = 300e6;
/** The birth at which something is done "in the midst of births"; the demo hall's MQTT line has 24. */
const MIDDLE = 10;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Every tag at its scan rate; counting begins when every cell is live. */
export async function chaosField({ plant = "demo", mosquitto = false, disk: small = false }: ChaosOptions = {}): Promise<ChaosField> {
  const ports = { mqtt: await freePort(), opcua: await freePort() };
  const broker = mosquitto ? await startMosquitto() : undefined;
  const disk = small ? dataDisk() : undefined;
  const mqtt = await startCable(broker === undefined ? ports.mqtt : Number(new URL(broker.url).port));
  const opcua = await startCable(ports.opcua);
  const uncounted = { from: Date.now(), to: 0 };
  const house = await startCellhouse({
    plant,
    publish: "raw",
    ports,
    reach: { mqtt: mqtt.port, opcua: opcua.port },
    ...(disk && { data: disk.data }),
    ...(broker && external(broker, mqtt)),
  });
  const stop = async (): Promise<void> => {
    await house.stop();
    await Promise.all([mqtt.stop(), opcua.stop(), broker?.end()]);
    disk?.remove();
  };
  const field: ChaosField = { house, api: await house.api("engineer"), mqtt, opcua, broker, disk, uncounted, lives: [], stop };
  await allLive(field);
  uncounted.to = Date.now();
  await beginCounting(house);
  return field;
}

/** Throws where nothing may be mounted. */
function dataDisk(): DataDisk {
  const [folder, edges] = [tempFolder("disk"), tempFolder("outbox")];
  const disk = smallDisk(folder, DISK_BYTES);
  if (disk === undefined) throw new Error("this machine lets nobody mount a disk");
  const data = join(folder, "data");
  mkdirSync(data);
  symlinkSync(edges, join(data, "outbox"));
  return {
    data,
    fill: () => disk.fill(0),
    free: () => disk.free(),
    remove() {
      disk.remove();
      remove(folder);
      remove(edges);
    },
  };
}

function external({ url, password }: Mosquitto, cable: Cable): Partial<StartOptions> {
  return {
    server: ["--mqtt-url", url, "--mqtt-user", "host"],
    simulator: ["--mqtt-url", `mqtt://127.0.0.1:${cable.port}`, "--mqtt-user", "edge"],
    env: { CELLHOUSE_MQTT_PASSWORD: password, CELLHOUSE_BOOTSTRAP_PASSWORD: PASSWORD },
  };
}

/** The first and last cell of the demo hall's two lines. */
export const MQTT_CELLS = ["C001", "C024"];
export const OPCUA_CELLS = ["C025", "C048"];

/** How all tags of some cells look now. */
export async function qualities({ api }: ChaosField, cells: readonly string[] = [...MQTT_CELLS, ...OPCUA_CELLS]): Promise<string[]> {
  const { values } = await api.get<{ values: { quality: string }[] }>(`values?tags=${cells.map((cell) => `${cell}:*`).join(",")}`);
  return values.map((value) => value.quality);
}

/** Resolves when every cell's temperature is Good, every link is up and the recorder writes. */
export async function allLive({ house, api }: ChaosField): Promise<void> {
  const cells = house.plant.cells.map((cell) => `${cell.id}:TY-100`);
  const live = async (): Promise<boolean> => {
    const { values } = await api.get<{ values: { quality: string }[] }>(`values?tags=${cells.join(",")}`);
    return values.every((value) => value.quality === "good") && (await linksDown(house)).length === 0 && !(await recorderDown(api));
  };
  await until("every cell to be live", live, 120_000, 250);
}

/** The recorder cannot write, by the server's own word. */
export async function recorderDown(api: Api): Promise<boolean> {
  const { values } = await api.get<{ values: { value: number | null }[] }>("values?tags=SYS:YS-956");
  return values[0]?.value === 1;
}

/** Links that are down, by their id. */
async function linksDown({ url }: Started): Promise<string[]> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return [...text.matchAll(/^cellhouse_link_up\{link="([^"]+)"\} 0$/gm)].map((match) => match[1] as string);
}

/** Kinds of alarm raised since `from`, without COMM.LOST, which is what an outage must raise. */
export async function raisedSince({ api }: ChaosField, from: number): Promise<string[]> {
  const { events } = await api.get<{ events: JournalEvent[] }>(`journal?from=${from}&kind=alarm&limit=5000`);
  const kinds = events.filter((event) => event.event === "raise").map((event) => String(event.alarm).split(":")[1] ?? "");
  return [...new Set(kinds)].filter((kind) => kind !== "COMM.LOST");
}

/** Gaps in an edge's sequence that were named since `from`. */
export async function gapsSince({ api }: ChaosField, from: number): Promise<number> {
  const { events } = await api.get<{ events: JournalEvent[] }>(`journal?from=${from}&kind=link&limit=5000`);
  return events.filter((event) => event.event === "gap").length;
}

/** Ends the server without a word and starts another. */
export async function killServer(field: ChaosField): Promise<void> {
  field.house.server.kill("SIGKILL");
  await field.house.server.ended();
  await field.house.restartServer();
}

/** Ends all edges without a word, but for what they had published so far, and starts them again. */
export async function killEdges({ house, lives }: ChaosField): Promise<void> {
  lives.push(await published(house));
  house.simulator.kill("SIGKILL");
  await house.simulator.ended();
  await house.restartSimulator();
}

/** Resolves in the midst of the next births: some have gone through the MQTT cable, the others never will; the caller cuts it. */
export async function midBirth({ mqtt }: ChaosField): Promise<void> {
  let births = 0;
  mqtt.tamper((packet) => {
    if (publishedOn(packet)?.topic.includes("/DBIRTH/") === true) births++;
    return births > MIDDLE ? [] : [{ packet, afterMs: 0 }];
  });
  reconnect(mqtt);
  await until("births", () => births > MIDDLE, 30_000, 5);
  mqtt.tamper(undefined);
}

export function reconnect(cable: Cable): void {
  cable.cut();
  cable.mend();
}

/** Waits for what is under way, holds the plant still, stops the server, and names the tags that differ between edge and engine. */
export async function audit({ house, lives, uncounted }: ChaosField): Promise<Difference[]> {
  await sent(house);
  await pause(5000);
  holdScans(house);
  await sent(house);
  await settled(house);
  const all = [...lives, await published(house)];
  await house.server.stop();
  const held = { plant: house.plant, historian: "duckdb", settings: { folder: house.data }, uncounted } as const;
  const found: Difference[] = [];
  for (const tags of all) found.push(...(await differences(tags, held)));
  return found;
}

/** An edge sends what it kept beside its scans: it must be through with it before they are held. */
const sent = (house: Started): Promise<unknown> =>
  until("the edges to have sent what they kept", async () => (await waitingAtEdges(house)) === 0, 300_000, 500);
