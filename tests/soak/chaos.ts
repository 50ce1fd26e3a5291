/** The chaos button: one mistreatment of the field after the other, each with a verdict, and the long partition. */

import { published } from "../support/cable.ts";
import { allLive, audit, type ChaosField, chaosField, pause, raisedSince } from "../support/chaos-field.ts";
import type { SoakOptions } from "./main.ts";

interface Scenario {
  name: string;
  /** What is done; resolves when it is over and recovery begins. */
  act(field: ChaosField): Promise<void>;
  /** Samples are lost by its nature (and counted). */
  loses?: true;
}

const fault = async ({ api }: ChaosField, kind: string, args: Record<string, number> = {}): Promise<void> => {
  for (const cell of ["C003", "C030"]) await api.send("POST", "faults", { kind, cell, seconds: 10, args });
  await pause(12_000);
};
const cut = async (field: ChaosField, cables: readonly ("mqtt" | "opcua")[], seconds: number): Promise<void> => {
  for (const cable of cables) field[cable].cut();
  await pause(seconds * 1000);
  for (const cable of cables) field[cable].mend();
};
const stall = async (field: ChaosField, cable: "mqtt" | "opcua"): Promise<void> => {
  field[cable].stall();
  await pause(12_000);
  field[cable].mend();
};
const killServer = async (field: ChaosField, times: number): Promise<void> => {
  for (let i = 0; i < times; i++) {
    field.house.server.kill("SIGKILL");
    await field.house.restartServer();
    await pause(400);
  }
  field.api = await field.house.api("engineer");
};
const tampered = async (
  { mqtt }: ChaosField,
  what: (packet: Buffer, n: number) => readonly { packet: Buffer; afterMs: number }[],
): Promise<void> => {
  let n = 0;
  mqtt.tamper((packet) => (published(packet)?.topic.includes("/DDATA/") === true ? what(packet, ++n) : [{ packet, afterMs: 0 }]));
  mqtt.cut();
  mqtt.mend();
  await pause(12_000);
  mqtt.tamper(undefined);
  mqtt.cut();
  mqtt.mend();
};
const now = (packet: Buffer) => ({ packet, afterMs: 0 });

const SCENARIOS: readonly Scenario[] = [
  { name: "MQTT cut 5 s", act: (f) => cut(f, ["mqtt"], 5) },
  { name: "MQTT cut 20 s", act: (f) => cut(f, ["mqtt"], 20) },
  { name: "OPC UA cut 5 s", act: (f) => cut(f, ["opcua"], 5) },
  { name: "OPC UA cut 20 s", act: (f) => cut(f, ["opcua"], 20) },
  { name: "both cut 20 s", act: (f) => cut(f, ["mqtt", "opcua"], 20) },
  {
    name: "both cut thrice in a row",
    act: async (f) => {
      for (let i = 0; i < 3; i++) {
        await cut(f, ["mqtt", "opcua"], 2);
        await pause(1000);
      }
    },
  },
  { name: "MQTT goes dead without a word", act: (f) => stall(f, "mqtt") },
  { name: "OPC UA goes dead without a word", act: (f) => stall(f, "opcua") },
  { name: "server killed", act: (f) => killServer(f, 1) },
  { name: "server killed five times in a row", act: (f) => killServer(f, 5) },
  { name: "every 5th message twice", act: (f) => tampered(f, (p, n) => (n % 5 === 0 ? [now(p), now(p)] : [now(p)])) },
  { name: "every 5th message 30 ms late", act: (f) => tampered(f, (p, n) => [{ packet: p, afterMs: n % 5 === 0 ? 30 : 0 }]) },
  { name: "every 5th message 1 s late", act: (f) => tampered(f, (p, n) => [{ packet: p, afterMs: n % 5 === 0 ? 1000 : 0 }]) },
  { name: "every 50th message lost", act: (f) => tampered(f, (p, n) => (n % 50 === 0 ? [] : [now(p)])), loses: true },
  { name: "PLC clock an hour ahead", act: (f) => fault(f, "clock_skew", { offset: 3600 }) },
  { name: "PLC clock an hour behind", act: (f) => fault(f, "clock_skew", { offset: -3600 }) },
  { name: "PLC off the network", act: (f) => fault(f, "plc_comm_loss") },
  { name: "PLC sends twice", act: (f) => fault(f, "duplicate") },
  { name: "PLC sends late", act: (f) => fault(f, "late") },
  { name: "PLC sends out of order", act: (f) => fault(f, "out_of_order") },
];

interface Verdict {
  name: string;
  recoverySeconds: number;
  differing: number;
  wrongAlarms: readonly string[];
  kept: boolean;
}

async function judge({ name, act, loses }: Scenario): Promise<Verdict> {
  const field = await chaosField();
  try {
    const begun = Date.now();
    await act(field);
    const over = Date.now();
    await allLive(field);
    const recoverySeconds = (Date.now() - over) / 1000;
    const wrongAlarms = await raisedSince(field, begun);
    const differing = (await audit(field)).length;
    const whole = loses === true ? differing > 0 : differing === 0;
    return { name, recoverySeconds, differing, wrongAlarms, kept: whole && wrongAlarms.length === 0 && recoverySeconds <= 30 };
  } finally {
    await field.stop();
  }
}

/** Twenty scenarios; the promises: nothing missing or doubled but what the scenario itself destroys, no alarm but COMM.LOST, live again within 30 s. */
export async function chaosSoak(): Promise<boolean> {
  process.stdout.write(`\nsoak chaos, ${new Date().toISOString()}\n`);
  process.stdout.write(`| ${"scenario".padEnd(36)} | recovery | tags that differ | wrong alarms | verdict |\n`);
  let good = true;
  for (const scenario of SCENARIOS) {
    const { name, recoverySeconds, differing, wrongAlarms, kept } = await judge(scenario);
    good &&= kept;
    const row = [
      name.padEnd(36),
      `${recoverySeconds.toFixed(1)} s`.padStart(8),
      String(differing).padStart(16),
      wrongAlarms.join(" ").padEnd(12),
    ];
    process.stdout.write(`| ${row.join(" | ")} | ${kept ? "kept   " : "BROKEN "} |\n`);
  }
  return good;
}

/** Both networks away at full rate for the time given, ten minutes unless told otherwise. */
export async function partitionSoak({ seconds, plant }: SoakOptions): Promise<boolean> {
  const field = await chaosField(plant);
  try {
    const begun = Date.now();
    await cut(field, ["mqtt", "opcua"], seconds);
    const over = Date.now();
    await allLive(field);
    const live = (Date.now() - over) / 1000;
    const wrongAlarms = await raisedSince(field, begun);
    const differing = await audit(field);
    const whole = (Date.now() - over) / 1000;
    process.stdout.write(`\nsoak partition, ${plant}, ${seconds} s, ${new Date().toISOString()}\n`);
    process.stdout.write(
      `| live again after ${live.toFixed(1)} s | whole after ${whole.toFixed(0)} s, with the checks | tags that differ ${differing.length} | wrong alarms ${wrongAlarms.join(" ") || "none"} |\n`,
    );
    for (const row of differing.slice(0, 10)) process.stdout.write(`${row}\n`);
    return differing.length === 0 && wrongAlarms.length === 0;
  } finally {
    await field.stop();
  }
}
