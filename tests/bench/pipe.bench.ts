/** The pipe under load: a generator in one process, the server's stages in another, real MQTT between them. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { remove, SERVER_FLAGS, tempFolder } from "../support/processes.ts";
import { loadHall, PER_MESSAGE, sentTags } from "./load/hall.ts";

interface Load {
  kind: "model" | "whole";
  rate: number;
  seconds: number;
}

interface Outcome {
  /** Values per second taken in. */
  rate: number;
  /** CPU seconds of the receiving process per million values, its historian's backlog included. */
  cpu: number;
  lost: number;
}

interface State {
  samples: number;
  cpuSeconds: number;
}

/** Values that come with the births. */
const BORN = loadHall().cells.reduce((sum, cell) => sum + sentTags(cell).length, 0);
const here = import.meta.dirname;

async function ask<T>(child: ChildProcess, question: unknown): Promise<T> {
  const reply = once(child, "message");
  child.send(question as string);
  return (await reply)[0] as T;
}

async function start(file: string, args: readonly string[], flags: readonly string[]): Promise<[ChildProcess, unknown]> {
  const execArgv = ["--disable-warning=ExperimentalWarning", ...flags];
  const child = fork(join(here, "load", file), args, { execArgv, stdio: ["ignore", "inherit", "inherit", "ipc"] });
  return [child, (await once(child, "message"))[0]];
}

/** Runs one load and tells what became of it. */
export async function underLoad({ kind, rate, seconds }: Load): Promise<Outcome> {
  const folder = tempFolder("bench");
  const [receiver, { port }] = (await start("receiver.ts", [kind, folder], SERVER_FLAGS)) as [ChildProcess, { port: number }];
  const [generator] = await start("generator.ts", [], []);
  try {
    const order = { url: `mqtt://127.0.0.1:${port}`, password: "bench", rate, seconds };
    const before = await ask<State>(receiver, "state");
    const sent = await ask<{ messages: number; seconds: number }>(generator, order);
    await arrived(receiver);
    await ask(receiver, "settle");
    const after = await ask<State>(receiver, "state");
    const values = after.samples - before.samples;
    const wanted = sent.messages * PER_MESSAGE + BORN;
    return {
      rate: (sent.messages * PER_MESSAGE) / sent.seconds,
      cpu: ((after.cpuSeconds - before.cpuSeconds) / values) * 1e6,
      lost: wanted - values,
    };
  } finally {
    generator.kill();
    receiver.kill();
    remove(folder);
  }
}

/** Waits until nothing more comes. */
async function arrived(receiver: ChildProcess): Promise<void> {
  for (let last = -1; ; ) {
    const { samples } = await ask<State>(receiver, "state");
    if (samples === last) return;
    last = samples;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

const measured = new Map<string, Outcome>();

/** Values per second, 0 where any was lost. The CPU of the same run is kept for the bench after it. */
async function sustained(load: Load): Promise<number> {
  const outcome = await underLoad(load);
  measured.set(load.kind, outcome);
  return outcome.lost === 0 ? outcome.rate : 0;
}

const MODEL: Load = { kind: "model", rate: 1_000_000, seconds: 8 };
const WHOLE: Load = { kind: "whole", rate: 500_000, seconds: 8 };
const unit = "values/s";
const cpu = "CPU s/million";

export const benches = [
  { name: "broker to live model, 24 per message", unit, budget: 990_000, better: "higher", runs: 3, run: () => sustained(MODEL) },
  {
    name: "broker to live model, CPU",
    unit: cpu,
    budget: 0.5,
    better: "lower",
    runs: 1,
    run: () => measured.get("model")?.cpu ?? Number.NaN,
  },
  { name: "whole pipe with record, alarms, DuckDB", unit, budget: 495_000, better: "higher", runs: 3, run: () => sustained(WHOLE) },
  { name: "whole pipe, CPU", unit: cpu, budget: 1, better: "lower", runs: 1, run: () => measured.get("whole")?.cpu ?? Number.NaN },
];
