/**
 * A process with the server's own stages under the load bench: embedded broker and Sparkplug driver into the live model
 * (`model`), or the whole pipe with recorder, alarms, control and DuckDB (`whole`). Answers its parent's questions by messages.
 */
import { join } from "node:path";
import { OK, systemClock } from "@cellhouse/shared";
import { assemble, stamped } from "../../server/src/assemble.ts";
import { createBroker } from "../../server/src/broker/broker.ts";
import type { PipeInput } from "../../server/src/contracts.ts";
import { createCounters } from "../../server/src/counters.ts";
import { createForwarder } from "../../server/src/historian/forwarder.ts";
import { createHistorian } from "../../server/src/historian/index.ts";
import { createDriver } from "../../server/src/ingest/index.ts";
import { createModel } from "../../server/src/model/live.ts";
import { createRecorder } from "../../server/src/recorder/index.ts";
import { plantOf } from "../support/plant.ts";

const [kind, folder] = process.argv.slice(2) as [string, string];
const plant = plantOf("hall-15kt");
const clock = systemClock;
const counters = createCounters();
const quiet = { info: () => undefined, warn: () => undefined };
const seen = { samples: 0 };
let settled: () => Promise<boolean> = () => Promise.resolve(true);

function modelOnly(): PipeInput {
  const model = createModel(plant, clock, () => undefined);
  return { frame: (frame) => model.apply(Object.assign(frame, { receivedAt: clock.now() })), link: () => undefined };
}

async function wholePipe(): Promise<PipeInput> {
  const historian = createHistorian("duckdb", { folder }, { plant, clock, counters });
  await historian.start();
  const recorder = createRecorder({ folder: join(folder, "record"), plant, clock, counters, retentionDays: 1, retentionBytes: 1e11 });
  const forwarder = createForwarder({ log: recorder, historian, clock, counters });
  forwarder.start();
  settled = () => forwarder.settle(120_000);
  const capabilities = { canCommand: true, canAcknowledge: true, canSeek: false, canInjectFaults: false };
  const field = { write: () => Promise.resolve(OK) };
  return stamped(assemble({ id: "bench", plant, start: clock.now(), capabilities, recorder, field }), clock.now);
}

const input = kind === "whole" ? await wholePipe() : modelOnly();
const broker = createBroker({ port: 0, host: "127.0.0.1", plant, fieldPassword: "bench", counters, clock });
await broker.start();
const driver = createDriver("sparkplug", { url: `mqtt://127.0.0.1:${broker.port}` }, { plant, clock, counters, log: quiet, broker });
await driver.start({
  link: (event) => input.link(event),
  frame(frame) {
    seen.samples += frame.count;
    input.frame(frame);
  },
});

async function answer(question: string): Promise<object> {
  if (question === "settle") return { settled: await settled() };
  const { user, system } = process.cpuUsage();
  return { samples: seen.samples, cpuSeconds: (user + system) / 1e6 };
}

process.on("message", (question: string) => void answer(question).then((reply) => process.send?.(reply)));
process.send?.({ port: broker.port });
