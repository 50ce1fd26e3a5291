/** `npm start`: server and simulated plant in two processes that meet only over MQTT and OPC UA. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const BOTH = ["plant", "data", "host"];
/** How `npm run server` runs it: a nursery large enough that a second's messages die in it (ADR 0011). */
const SERVER_FLAGS = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts.server.match(/--\S+/g);
const SIMULATOR = ["seed", "speed", "publish", "sim-http-port", "opcua-port"];

/** Splits the command line: what each of the two programs understands. */
function split(argv) {
  const { tokens } = parseArgs({ args: argv, strict: false, tokens: true, allowPositionals: true });
  const values = new Map();
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token.kind !== "option") continue;
    const next = tokens[i + 1];
    const value = token.value ?? (next?.kind === "positional" ? next.value : undefined);
    values.set(token.name, value);
  }
  return values;
}

function freePort(host) {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, host, () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

const flags = (values, take) =>
  [...values].filter(([name]) => take(name)).flatMap(([name, value]) => (value === undefined ? [`--${name}`] : [`--${name}`, value]));

const values = split(process.argv.slice(2));
if (values.has("help")) {
  for (const main of ["server/src/main.ts", "simulator/src/main.ts"]) {
    await new Promise((done) => spawn(process.execPath, [join(root, main), "--help"], { stdio: "inherit" }).on("close", done));
  }
  process.exit(0);
}

const option = (name, variable, fallback) => values.get(name) ?? process.env[variable] ?? fallback;
const host = option("host", "CELLHOUSE_HOST", "127.0.0.1");
const near = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
/** Port 0 is settled here, because each program must know the other's. */
async function port(name, variable, fallback) {
  const asked = option(name, variable, fallback);
  return asked === "0" ? String(await freePort(host)) : asked;
}
const mqttPort = await port("mqtt-port", "CELLHOUSE_MQTT_PORT", "1883");
const opcuaPort = await port("opcua-port", "CELLHOUSE_OPCUA_PORT", "4840");
values.set("opcua-port", opcuaPort);
const external = option("mqtt-url", "CELLHOUSE_MQTT_URL", undefined);
if (external === undefined) values.set("mqtt-port", mqttPort);
if (option("opcua-url", "CELLHOUSE_OPCUA_URL", undefined) === undefined)
  values.set("opcua-url", `opc.tcp://${near}:${opcuaPort}/cellhouse`);

const scheme = option("tls-cert", "CELLHOUSE_TLS_CERT", undefined) === undefined ? "mqtt" : "mqtts";
const serverArgs = flags(values, (name) => !SIMULATOR.includes(name));
const simulatorArgs = [
  ...flags(values, (name) => BOTH.includes(name) || SIMULATOR.includes(name) || name.startsWith("mqtt-u")),
  ...(external === undefined ? ["--mqtt-url", `${scheme}://${near}:${mqttPort}`] : []),
  // Beyond loopback a client's certificate must be known: the first to come is the server started here.
  "--opcua-trust",
  option("opcua-trust", "CELLHOUSE_OPCUA_TRUST", "first"),
];

const children = [];
let stopping = false;
let exitCode = 0;

function stop(code) {
  if (!stopping) exitCode = code;
  stopping = true;
  for (const child of children) child.kill("SIGTERM");
}

function run(main, args, flags = []) {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...flags, join(root, main), ...args], {
    cwd: root,
    stdio: "inherit",
  });
  children.push(child);
  child.on("close", (code) => {
    children.splice(children.indexOf(child), 1);
    stop(code ?? 1);
    if (children.length === 0) process.exit(exitCode);
  });
}

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stop(0));
// A signal to npm ends npm and its shell, but does not reach us: nobody must be left running behind its back.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) stop(0);
}, 500).unref();
run("server/src/main.ts", serverArgs, SERVER_FLAGS);
run("simulator/src/main.ts", simulatorArgs);
