/** The guide of `server/src/ingest/README.md` does what it says: its plants load, its messages are read, its driver builds and runs. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { dirname, join, resolve } from "node:path";
import { buildPlant, type Plant, systemClock } from "@cellhouse/shared";
import { loadPlant } from "@cellhouse/shared/plant-file";
import { expect, onTestFinished, test } from "vitest";
import { parse, stringify } from "yaml";
import type { Driver, LocalBroker } from "../../server/src/contracts.ts";
import type { DriverDeps } from "../../server/src/ingest/driver.ts";
import { createDriver } from "../../server/src/ingest/index.ts";
import { keepsTheContract } from "../support/driver-contract.ts";
import { freePort } from "../support/processes.ts";
import { ROOT, read, sources } from "../support/tree.ts";
import { PASSWORD, stand } from "./broker-stand.ts";
import { counted, listener, plantFile, quiet } from "./ingest-support.ts";

const FOLDER = "server/src/ingest";
const guide = read(`${FOLDER}/README.md`);

interface Snippet {
  kind: string;
  /** What stands behind the kind: a topic. */
  about: string;
  text: string;
  /** The plant snippet it follows. */
  plant: string;
}

function snippets(): Snippet[] {
  let plant = "";
  return [...guide.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```/gm)].map(([, kind = "", about = "", text = ""]) => {
    if (kind === "yaml") plant = text;
    return { kind, about, text, plant };
  });
}

const all = snippets();
const ofKind = (kind: string): Snippet[] => all.filter((snippet) => snippet.kind === kind);

/** A snippet as the plant file it would stand in. */
function plantOf(text: string): Plant {
  const whole = stringify({ extends: "base.yaml", name: "Guide", plan: 100, ...(parse(text) as object) });
  return loadPlant(
    "guide.yaml",
    (file) => (file === "guide.yaml" ? whole : read(`shared/plants/${file}`)),
    (_from, to) => to,
  );
}

test("the guide has a plant for each protocol, messages and a driver", () => {
  expect(ofKind("yaml").length).toBeGreaterThan(6);
  const spoken = ofKind("yaml").flatMap(({ text }) => plantOf(text).lines.map((line) => line.description.protocol));
  expect(new Set(spoken)).toEqual(new Set(["sparkplug", "opcua", "mqttjson"]));
  expect(ofKind("json").length).toBeGreaterThan(4);
  expect(ofKind("ts")).toHaveLength(1);
});

test.each(ofKind("json"))("the message on $about is read by the plant above it", async ({ about, text, plant }) => {
  const counters = counted();
  const heard = listener();
  let message: Parameters<LocalBroker["attach"]>[1] = () => undefined;
  const broker: LocalBroker = {
    attach: async (_filters, hear) => {
      message = hear;
      return () => undefined;
    },
    publish: async () => true,
  };
  // Its times are those of the guide, so its clock is.
  const clock = { ...systemClock, now: () => Date.UTC(2026, 10, 21, 4, 0, 1) };
  const driver = createDriver("mqttjson", { url: "mqtt://here" }, { plant: plantOf(plant), clock, counters, log: quiet, broker });
  await driver.start(heard);
  message(about, Buffer.from(text), false);
  await driver.stop();
  const samples = heard.frames.reduce((n, frame) => n + frame.count, 0);
  expect(samples).toBeGreaterThan(0);
  expect(heard.frames.flatMap((frame) => [...frame.quality.subarray(0, frame.count)]).every((quality) => quality === 0)).toBe(true);
  expect([...counters.seen.keys()].filter((key) => key.startsWith("rejected") && key !== "rejected unmapped_field")).toEqual([]);
});

test("every reason in its table is one that is counted", () => {
  const code = sources([FOLDER, "server/src/broker"]).map(read).join("\n");
  const reasons = [...guide.matchAll(/^\| `(\w+)` \|/gm)]
    .map((match) => match[1] as string)
    .filter((word) => word.includes("_") || word === "retained");
  expect(reasons.length).toBeGreaterThan(8);
  expect(reasons.filter((reason) => !code.includes(`"${reason}"`))).toEqual([]);
});

type ExampleDriver = { schema: { parse(settings: unknown): never }; create(settings: never, deps: DriverDeps): Driver };

/** The guide's driver written out where the compiler finds what it imports, checked by it, and loaded. */
async function exampleDriver(): Promise<ExampleDriver> {
  const folder = join(ROOT, ".bench", `guide-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const text = ofKind("ts")[0]?.text ?? "";
  const home = join(ROOT, dirname(/^\/\/ (\S+)/.exec(text)?.[1] ?? ""));
  const file = join(folder, "driver.ts");
  writeFileSync(
    file,
    text.replace(/from "(\.[^"]+)"/g, (_all, path: string) => `from "${resolve(home, path)}"`),
  );
  const config = {
    extends: join(ROOT, "tsconfig.base.json"),
    compilerOptions: { typeRoots: [join(ROOT, "node_modules/@types")] },
    files: [file],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  execFileSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", folder], { stdio: "pipe", encoding: "utf8" });
  return (await import(file)) as ExampleDriver;
}

test("its driver passes the compiler and keeps the contract of all drivers", async () => {
  const { schema, create } = await exampleDriver();
  const { description } = plantFile("single");
  const plant = buildPlant({ ...description, lines: description.lines.map((line) => ({ ...line, protocol: "textline" as never })) });
  const port = await freePort();
  const sockets: Socket[] = [];
  const written: string[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => undefined).on("data", (bytes) => written.push(String(bytes)));
    sockets.push(socket);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const counters = counted();
  const say = (line: string): void => void sockets.at(-1)?.write(`${line}\n`);
  await keepsTheContract({
    plant,
    counters,
    driver: create(schema.parse({ host: "127.0.0.1", port }), { plant, clock: systemClock, counters, log: quiet }),
    tag: "C001:TI-101",
    setpoint: "C001:FIC-303.SP",
    say: (value) => say(`C001 TI-101 ${value}`),
    babble: () => say("what is this?"),
    written: () => written.filter((line) => line === "C001 FIC-303.SP 9\n").length,
    cut: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  });
}, 60_000);

test("and so does the JSON driver, on a real broker", async () => {
  const plant = plantFile("gateway");
  const { broker, url, sign } = await stand({}, { plant });
  const gateway = await sign("gateway-L01");
  const written: string[] = [];
  gateway.on("message", (_topic, payload) => {
    written.push(String(payload));
    const { id } = JSON.parse(String(payload)) as { id: string };
    gateway.publish("hall/L01/pot-1/done", JSON.stringify({ id, done: true }));
  });
  await gateway.subscribeAsync("hall/L01/pot-1/set");
  const counters = counted();
  const say = (body: string): void => void gateway.publish("hall/L01/pot-1/telemetry", body);
  await keepsTheContract({
    plant,
    counters,
    driver: createDriver("mqttjson", { url, user: "host", password: PASSWORD }, { plant, clock: systemClock, counters, log: quiet }),
    tag: "C001:TI-101",
    setpoint: "C001:FIC-303.SP",
    say: (value) => say(JSON.stringify({ ts: new Date().toISOString(), values: { bath_temp: value } })),
    babble: () => say("{"),
    written: () => written.length,
    cut: () => broker.stop(),
  });
});
