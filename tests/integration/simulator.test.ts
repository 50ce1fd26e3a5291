import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { freePort, node, type Program, remove, tempFolder } from "../support/processes.ts";

const cleanup: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

function folder(): string {
  const path = tempFolder("simulator");
  cleanup.push(() => remove(path));
  return path;
}

function start(...args: string[]): Program {
  const program = node("simulator/src/main.ts", args);
  cleanup.push(() => program.stop());
  return program;
}

/** Without a broker: an edge that cannot connect is no reason not to run. */
async function alone(...args: string[]): Promise<{ program: Program; data: string }> {
  const data = folder();
  const url = `mqtt://127.0.0.1:${await freePort()}`;
  const program = start("--mqtt-url", url, "--opcua-port", "0", "--sim-http-port", "0", "--data", data, ...args);
  return { program, data };
}

test("it says when it is ready and where, counts what it published, and ends within two seconds of SIGTERM", async () => {
  const { program, data } = await alone("--publish", "raw");
  const [, opcua, http] = await program.printed(/simulator ready .*opcua=(opc\.tcp:\/\/127\.0\.0\.1:\d+\/cellhouse) http=(http:\S+)/);
  expect(opcua).not.toContain(":0/");
  expect(await (await fetch(`${http}/healthz`)).text()).toBe("ok\n");
  const plant = (await (await fetch(`${http}/plant`)).json()) as { lines: { id: string; protocol: string; cells: string[] }[] };
  expect(plant.lines.map(({ id, protocol, cells }) => [id, protocol, cells.length])).toEqual([
    ["L01", "sparkplug", 24],
    ["L02", "opcua", 24],
  ]);
  const { tags } = (await (await fetch(`${http}/published`)).json()) as {
    tags: Record<string, { count: number; first: number; last: number }>;
  };
  expect(tags["BT.EL1.L02.C025:TI-101"]?.count).toBeGreaterThan(0);
  expect(tags["BT.EL1.L01.C001:TI-101"]).toBeUndefined();
  expect(await (await fetch(`${http}/metrics`)).text()).toMatch(/cellhouse_sim_published_total\{line="L02",protocol="opcua"\} [1-9]/);
  expect((await fetch(`${http}/nonsense`)).status).toBe(404);
  expect((await fetch(`${http}/healthz`, { method: "POST" })).status).toBe(405);
  const password = readFileSync(join(data, "field-password"), "utf8").trim();
  expect(password).toMatch(/^[0-9a-f]{32}$/);
  expect(statSync(join(data, "field-password")).mode & 0o777).toBe(0o600);
  expect(program.output()).not.toContain(password);
  const begun = Date.now();
  program.kill("SIGTERM");
  expect(await program.ended()).toBe(0);
  expect(Date.now() - begun).toBeLessThan(2500);
});

test("a broker that is not there is one line per edge, with the code and the address", async () => {
  const { program } = await alone();
  await program.printed(/simulator ready/);
  await program.printed(/edge L01: E_BROKER mqtt:\/\/127\.0\.0\.1:\d+ as edge-L01: .*ECONNREFUSED/);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect(program.output().match(/E_BROKER/g)).toHaveLength(1);
});

test("a taken port is one clear line and exit code 1", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  cleanup.push(() => new Promise<void>((resolve) => taken.close(() => resolve())));
  const { port } = taken.address() as { port: number };
  for (const option of ["--opcua-port", "--sim-http-port"]) {
    const { program } = await alone(option, String(port));
    expect(await program.ended()).toBe(1);
    expect(program.output()).toMatch(new RegExp(`E_PORT_TAKEN: .*${option} 127.0.0.1:${port}`));
    expect(program.output().trim().split("\n")).toHaveLength(1);
  }
});

test("a wrong plant file, scenario or option is one line that names what to mend", async () => {
  const file = join(folder(), "plant.yaml");
  writeFileSync(file, "name: X\nlines: []\n");
  const wrong = async (...args: string[]): Promise<string> => {
    const program = start(...args);
    expect(await program.ended()).toBe(1);
    expect(program.output().trim().split("\n")).toHaveLength(1);
    return program.output();
  };
  expect(await wrong("--plant", file)).toMatch(/E_PLANT_FILE.*site: /);
  expect(await wrong("--plant", "/nowhere.yaml")).toMatch(/E_PLANT_FILE.*nowhere/);
  const scenario = join(folder(), "course.yaml");
  writeFileSync(scenario, "faults: [{ kind: tc_break, cell: C001, at: soon }]\n");
  expect(await wrong("--scenario", scenario)).toMatch(/E_OPTION.*course\.yaml: faults\.0\.at: /);
  expect(await wrong("--scenario", "/nowhere.yaml")).toMatch(/E_OPTION.*--scenario.*nowhere/);
  expect(await wrong("--speed", "100")).toMatch(/E_OPTION.*--speed/);
  expect(await wrong("--publish", "often")).toMatch(/E_OPTION.*--publish/);
  expect(await wrong("--mqtt-url", "here")).toMatch(/E_OPTION.*--mqtt-url \(or CELLHOUSE_MQTT_URL\)/);
  expect(await wrong("--host", "192.0.2.1", "--opcua-port", "0", "--data", folder())).toMatch(/E_OPTION.*--host 192\.0\.2\.1/);
  expect(await wrong("--nonsense")).toMatch(/E_OPTION.*nonsense/);
});

test("--help lists every option", async () => {
  const program = start("--help");
  expect(await program.ended()).toBe(0);
  for (const option of [
    "--plant",
    "--mqtt-url",
    "--opcua-port",
    "--host",
    "--data",
    "--seed",
    "--speed",
    "--publish",
    "--scenario",
    "--sim-http-port",
  ])
    expect(program.output()).toContain(option);
});
