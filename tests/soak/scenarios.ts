/** What can be done to a hall's field: links, programs, messages, disk and clocks. Each proves that it was done. */

import { decodePayload } from "@cellhouse/shared/sparkplug";
import { published } from "../support/cable.ts";
import {
  type ChaosField,
  type ChaosOptions,
  killEdges,
  killServer,
  MQTT_CELLS,
  midBirth,
  OPCUA_CELLS,
  pause,
  qualities,
  reconnect,
  recorderDown,
} from "../support/chaos-field.ts";
import { until } from "../support/processes.ts";
import { counter, surplus } from "../support/record-check.ts";

export interface Scenario {
  name: string;
  field?: ChaosOptions;
  /** What is done; resolves when it is over and recovery begins, throws when it had no effect. Answers with the samples it destroyed. */
  act(field: ChaosField): Promise<number | undefined> | Promise<void>;
  /** Alarms it must raise, besides COMM.LOST, which it may. */
  raises?: readonly string[];
  /** Alarms it may raise. */
  mayRaise?: readonly string[];
  /** Samples of OPC UA tags each may lose: they die with the PLC that held them. */
  diesWithPlc?: number;
  /** Shows that the audit sees what is not said: it must find this broken. */
  control?: true;
}

type Network = "mqtt" | "opcua";
const CELLS = { mqtt: MQTT_CELLS, opcua: OPCUA_CELLS };
const MOST_DARK_MS = 6000;
const TAMPERED_MS = 12_000;

const dark = (field: ChaosField, cells: readonly string[]): Promise<unknown> =>
  until(`nothing of ${cells} to look live`, async () => !(await qualities(field, cells)).includes("good"), MOST_DARK_MS, 50);

export async function cut(field: ChaosField, networks: readonly Network[], seconds: number): Promise<void> {
  const end = Date.now() + seconds * 1000;
  for (const network of networks) field[network].cut();
  for (const network of networks) await dark(field, CELLS[network]);
  await pause(end - Date.now());
  for (const network of networks) field[network].mend();
}

async function stall(field: ChaosField, network: Network): Promise<void> {
  field[network].stall();
  await dark(field, CELLS[network]);
  await pause(12_000);
  field[network].mend();
}

async function several(times: number, what: () => Promise<void>): Promise<void> {
  for (let i = 0; i < times; i++) await what();
}

async function server(field: ChaosField, times: number, first: (field: ChaosField) => Promise<void> = () => pause(400)): Promise<void> {
  await several(times, async () => {
    await first(field);
    await killServer(field);
  });
  reconnect(field.mqtt);
  field.api = await field.house.api("engineer");
}

async function edges(field: ChaosField, first: (field: ChaosField) => Promise<void> = () => pause(5000)): Promise<void> {
  await first(field);
  await killEdges(field);
  reconnect(field.mqtt);
}

async function broker(field: ChaosField, first: (field: ChaosField) => Promise<void> = () => pause(5000)): Promise<void> {
  await first(field);
  await field.broker?.kill();
  await dark(field, MQTT_CELLS);
  await pause(5000);
  await field.broker?.start();
  reconnect(field.mqtt);
}

async function fullDisk(field: ChaosField): Promise<void> {
  field.disk?.fill();
  await until("the recorder to say so", () => recorderDown(field.api), 20_000);
  await pause(12_000);
  if ((await qualities(field)).every((quality) => quality !== "good")) throw new Error("a full disk took the live values away");
  field.disk?.free();
}

type Step = { packet: Buffer; afterMs: number };
const now = (packet: Buffer): Step => ({ packet, afterMs: 0 });

/** Does something to each so many-th data message for a while. Answers with the values of those messages. */
async function tampered(field: ChaosField, each: number, what: (packet: Buffer) => readonly Step[]): Promise<number> {
  let [n, hit, values, over] = [0, 0, 0, false];
  field.mqtt.tamper((packet) => {
    const message = published(packet);
    if (message?.topic.includes("/DDATA/") !== true || over || ++n % each !== 0) return [now(packet)];
    hit++;
    values += decodePayload(message.payload).metrics.length;
    return what(packet);
  });
  reconnect(field.mqtt);
  await pause(TAMPERED_MS);
  if (hit < 3) throw new Error(`only ${hit} of ${n} messages were tampered with`);
  over = true;
  return values;
}

const disturbed = async (field: ChaosField, what: (packet: Buffer) => readonly Step[]): Promise<void> =>
  void (await tampered(field, 5, what));

async function corrupted(field: ChaosField): Promise<number> {
  let destroyed = 0;
  await noticed(field, "malformed", async () => {
    destroyed = await tampered(field, 50, spoilt);
  });
  return destroyed;
}

/** Also proves that the server noticed: `reason` is counted more often afterwards. */
async function noticed(field: ChaosField, reason: string, what: () => Promise<unknown>): Promise<void> {
  const name = `cellhouse_rejected_total{reason="${reason}"}`;
  const before = await counter(field.house, name);
  await what();
  if ((await counter(field.house, name)) === before) throw new Error(`nothing was rejected as ${reason}`);
}

const spoilt = (packet: Buffer): readonly Step[] => {
  published(packet)?.payload.fill(0xff, 0, 4);
  return [now(packet)];
};

interface Seen {
  quality: string;
  time: number;
  received: number;
}
const STRUCK = ["C003", "C030"];

/** A fault of the PLCs of two cells, one per network, seen in what comes from each. */
async function plc(field: ChaosField, kind: string, { args = {}, seconds = 12, seen = () => true }: PlcFault = {}): Promise<void> {
  for (const cell of STRUCK) {
    const { status } = await field.api.send("POST", "faults", { kind, cell, seconds, args });
    if (status !== 201) throw new Error(`fault ${kind} of ${cell}: ${status}`);
  }
  const end = Date.now() + (seconds + 2) * 1000;
  for (const cell of STRUCK)
    await until(
      `${kind} to be seen in ${cell}`,
      async () => {
        const { values } = await field.api.get<{ values: Seen[] }>(`values?tags=${cell}:TY-100,${cell}:YC-905`);
        return values.some(seen);
      },
      seconds * 1000,
      50,
    );
  await pause(end - Date.now());
}

interface PlcFault {
  args?: Record<string, number>;
  seconds?: number;
  /** One of the cell's samples must look so while the fault lasts. */
  seen?(sample: Seen): boolean;
}

/** What a PLC sends twice is no message twice: more samples come than were published, by more than are under way at any moment. */
async function twice(field: ChaosField): Promise<void> {
  let before = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < 10; i++) {
    before = Math.max(before, await surplus(field.house, "L01"));
    await pause(150);
  }
  await plc(field, "duplicate");
  await until("more samples than were published", async () => (await surplus(field.house, "L01")) > before + 100, 3000, 50);
}

const late =
  (ms: number) =>
  ({ time, received }: Seen): boolean =>
    received - time > ms;

const ahead =
  (ms: number) =>
  ({ time, received }: Seen): boolean =>
    time - received > ms;

export const SCENARIOS: readonly Scenario[] = [
  { name: "MQTT cut 20 s", act: (f) => cut(f, ["mqtt"], 20) },
  { name: "OPC UA cut 20 s", act: (f) => cut(f, ["opcua"], 20) },
  { name: "both cut 20 s", act: (f) => cut(f, ["mqtt", "opcua"], 20) },
  { name: "both cut thrice in a row", act: (f) => several(3, () => cut(f, ["mqtt", "opcua"], 5)) },
  { name: "MQTT goes dead without a word", act: (f) => stall(f, "mqtt") },
  { name: "OPC UA goes dead without a word", act: (f) => stall(f, "opcua") },
  { name: "server killed", act: (f) => server(f, 1) },
  { name: "server killed five times, amid births", act: (f) => server(f, 5, midBirth) },
  { name: "edges killed", act: (f) => edges(f), diesWithPlc: 2 },
  { name: "edges killed amid births", act: (f) => edges(f, midBirth), diesWithPlc: 2 },
  { name: "broker killed", field: { mosquitto: true }, act: (f) => broker(f) },
  { name: "broker killed amid births", field: { mosquitto: true }, act: (f) => broker(f, midBirth) },
  { name: "server's disk full", field: { disk: true }, act: fullDisk, raises: ["RECORD.DOWN"] },
  { name: "every 5th message twice", act: (f) => noticed(f, "duplicate", () => disturbed(f, (p) => [now(p), now(p)])) },
  { name: "every 5th message 30 ms late", act: (f) => disturbed(f, (packet) => [{ packet, afterMs: 30 }]) },
  { name: "every 5th message 1 s late", act: (f) => disturbed(f, (packet) => [{ packet, afterMs: 1000 }]), raises: ["LOST.FIELD"] },
  { name: "every 50th message corrupted", act: corrupted, raises: ["LOST.FIELD"] },
  { name: "every 50th message lost", act: (f) => tampered(f, 50, () => []), raises: ["LOST.FIELD"] },
  { name: "PLC clock an hour ahead", act: (f) => plc(f, "clock_skew", { args: { offset: 3600 }, seen: ahead(3_500_000) }) },
  { name: "PLC clock an hour behind", act: (f) => plc(f, "clock_skew", { args: { offset: -3600 }, seen: late(3_500_000) }) },
  { name: "PLC clock runs away by 50 ppm", act: (f) => plc(f, "clock_skew", { args: { offset: 0, drift: 50 }, seconds: 60 }) },
  { name: "PLC off the network", act: (f) => plc(f, "plc_comm_loss", { seconds: 15, seen: ({ quality }) => quality !== "good" }) },
  { name: "PLC sends twice", act: twice },
  { name: "PLC sends 5 s late", act: (f) => plc(f, "late", { seen: late(4000) }) },
  // Most of them late: of a few, one may never be the newest when somebody looks.
  { name: "PLC sends out of order", act: (f) => plc(f, "out_of_order", { args: { share: 80, delay: 5 }, seen: late(1000) }) },
  { name: "control: a loss nobody owned up to", act: (f) => disturbed(f, () => []), raises: ["LOST.FIELD"], control: true },
  { name: "control: an alarm nobody foretold", act: (f) => plc(f, "ae_forced"), control: true },
];
