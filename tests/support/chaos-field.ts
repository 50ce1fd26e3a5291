/** The demo hall with a cable to each of its networks, to be mistreated, and the audit of what became of it. */
import type { JournalEvent } from "@cellhouse/shared";
import { type Cable, startCable } from "./cable.ts";
import { type Api, type Started, startCellhouse } from "./cellhouse.ts";
import { freePort, until } from "./processes.ts";
import { beginCounting, differences, holdScans, published, settled } from "./record-check.ts";

export interface ChaosField {
  house: Started;
  api: Api;
  mqtt: Cable;
  opcua: Cable;
  stop(): Promise<void>;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Every tag at its scan rate; counting begins when every cell is live. */
export async function chaosField(plant = "demo"): Promise<ChaosField> {
  const ports = { mqtt: await freePort(), opcua: await freePort() };
  const [mqtt, opcua] = [await startCable(ports.mqtt), await startCable(ports.opcua)];
  const house = await startCellhouse({ plant, publish: "raw", ports, reach: { mqtt: mqtt.port, opcua: opcua.port } });
  const stop = async (): Promise<void> => {
    await house.stop();
    await Promise.all([mqtt.stop(), opcua.stop()]);
  };
  const field = { house, api: await house.api("engineer"), mqtt, opcua, stop };
  await allLive(field);
  await beginCounting(house);
  return field;
}

/** How all tags of the first and last cell of the first two lines look now. */
export async function qualities({ api }: ChaosField): Promise<string[]> {
  const { values } = await api.get<{ values: { quality: string }[] }>("values?tags=C001:*,C024:*,C025:*,C048:*");
  return values.map((value) => value.quality);
}

/** Resolves when every cell's temperature is Good. */
export async function allLive({ house, api }: ChaosField): Promise<void> {
  const cells = house.plant.cells.map((cell) => `${cell.id}:TY-100`);
  const live = async (): Promise<boolean> => {
    const { values } = await api.get<{ values: { quality: string }[] }>(`values?tags=${cells.join(",")}`);
    return values.every((value) => value.quality === "good");
  };
  await until("every cell to be live", live, 120_000, 500);
}

/** Kinds of alarm raised since `from`, without COMM.LOST, which is what an outage must raise. */
export async function raisedSince({ api }: ChaosField, from: number): Promise<string[]> {
  const { events } = await api.get<{ events: JournalEvent[] }>(`journal?from=${from}&kind=alarm&limit=5000`);
  const kinds = events.filter((event) => event.event === "raise").map((event) => String(event.alarm).split(":")[1] ?? "");
  return [...new Set(kinds)].filter((kind) => kind !== "COMM.LOST");
}

/** Holds the plant still, waits for what is under way, stops the server, and names the tags that differ between edge and engine. */
export async function audit({ house }: ChaosField): Promise<string[]> {
  await pause(5000);
  holdScans(house);
  await until("the edges to have sent what they kept", async () => (await waitingAtEdges(house)) === 0, 120_000, 500);
  await settled(house);
  const tags = await published(house);
  await house.server.stop();
  return differences(tags, { plant: house.plant, historian: "duckdb", settings: { folder: house.data } });
}

async function waitingAtEdges(house: Started): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${house.ports.sim}/metrics`)).text();
  const rows = text.split("\n").filter((row) => row.startsWith("cellhouse_sim_waiting"));
  return rows.reduce((sum, row) => sum + Number(row.split(" ").pop()), 0);
}
