/** The pipe under load: a generator in one process, the server's stages in another, real MQTT between them. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { plantOf } from "../support/plant.ts";
import { node, remove, SERVER_FLAGS, tempFolder } from "../support/processes.ts";

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

const PLANT = "hall-15kt";
const hall = plantOf(PLANT);
/** Values that come with the births: every tag of the Sparkplug lines. */
const BORN = hall.tags.filter(({ line }) => hall.line(line)?.description.protocol === "sparkplug").length;

async function ask<T>(child: ChildProcess, question: string): Promise<T> {
  const reply = once(child, "message");
  child.send(question);
  return (await reply)[0] as T;
}

async function receive(kind: Load["kind"], folder: string): Promise<{ receiver: ChildProcess; port: number }> {
  const execArgv = ["--disable-warning=ExperimentalWarning", ...SERVER_FLAGS];
  const stdio = ["ignore", "inherit", "inherit", "ipc"] as const;
  const receiver = fork(fileURLToPath(new URL("./pipe-receiver.ts", import.meta.url)), [kind, folder], { execArgv, stdio: [...stdio] });
  return { receiver, port: ((await once(receiver, "message"))[0] as { port: number }).port };
}

/** Runs one load and tells what became of it. */
async function underLoad({ kind, rate, seconds }: Load): Promise<Outcome> {
  const folder = tempFolder("bench");
  const { receiver, port } = await receive(kind, folder);
  const where = ["--url", `mqtt://127.0.0.1:${port}`, "--plant", PLANT, "--password", "bench"];
  const generator = node("tests/generator/main.ts", [...where, "--phases", `${rate}:${seconds}`]);
  try {
    await generator.printed(/^born/m);
    const before = await ask<State>(receiver, "state");
    const [, json] = await generator.printed(/^(\{.*\})$/m, (seconds + 60) * 1000);
    const sent = JSON.parse(json as string) as { values: number; phases: { perSecond: number }[] };
    await arrived(receiver);
    await ask(receiver, "settle");
    const after = await ask<State>(receiver, "state");
    return {
      rate: sent.phases[0]?.perSecond ?? Number.NaN,
      cpu: ((after.cpuSeconds - before.cpuSeconds) / sent.values) * 1e6,
      lost: sent.values + BORN - after.samples,
    };
  } finally {
    await generator.stop();
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

const MODEL: Load = { kind: "model", rate: 1_000_000, seconds: 15 };
const WHOLE: Load = { kind: "whole", rate: 500_000, seconds: 15 };
const unit = "values/s";
const cpu = "CPU s/million";

export const benches = [
  { name: "broker to live model, 24 per message", unit, budget: 990_000, better: "higher", runs: 1, run: () => sustained(MODEL) },
  {
    name: "broker to live model, CPU",
    unit: cpu,
    budget: 0.5,
    better: "lower",
    runs: 1,
    run: () => measured.get("model")?.cpu ?? Number.NaN,
  },
  { name: "whole pipe with record, alarms, DuckDB", unit, budget: 495_000, better: "higher", runs: 1, run: () => sustained(WHOLE) },
  { name: "whole pipe, CPU", unit: cpu, budget: 1, better: "lower", runs: 1, run: () => measured.get("whole")?.cpu ?? Number.NaN },
];
