import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { brokerReach, fieldPassword, readConfig, type SimulatorConfig } from "./config.ts";

const config = (argv: string[] = [], environment: Record<string, string> = {}): SimulatorConfig => {
  const read = readConfig(argv, environment);
  if ("help" in read) throw new Error("help was asked for");
  return read;
};

test("without options it is the demo hall on this machine, by exception, with its window closed", () => {
  expect(config()).toMatchObject({
    mqttUrl: "mqtt://127.0.0.1:1883",
    opcuaPort: 4840,
    host: "127.0.0.1",
    seed: 1,
    speed: 1,
    publish: "exception",
  });
  expect(config().plant).toMatch(/shared\/plants\/demo\.yaml$/);
  expect(config().httpPort).toBeUndefined();
});

test("a flag wins over the environment, the environment over the default, an empty variable counts as none", () => {
  expect(config(["--opcua-port", "1"], { CELLHOUSE_OPCUA_PORT: "2" }).opcuaPort).toBe(1);
  expect(config([], { CELLHOUSE_OPCUA_PORT: "2" }).opcuaPort).toBe(2);
  expect(config([], { CELLHOUSE_OPCUA_PORT: "" }).opcuaPort).toBe(4840);
});

test("a wrong value is refused by its option's name", () => {
  expect(() => config(["--speed", "0"])).toThrow(/E_OPTION.*--speed/);
  expect(() => config(["--speed", "1.5"])).toThrow(/E_OPTION.*--speed/);
  expect(() => config([], { CELLHOUSE_SIM_HTTP_PORT: "99999" })).toThrow(/E_OPTION.*CELLHOUSE_SIM_HTTP_PORT/);
  expect(() => config(["--mqtt-url", "http://x"])).toThrow(/E_OPTION.*--mqtt-url.*mqtt:/);
  expect(() => config(["stray"])).toThrow(/E_OPTION/);
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "cellhouse-config-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test("the field password is the environment's, else one file for server and simulator, made once and for its owner only", () => {
  const data = join(folder(), "data");
  expect(fieldPassword({ data, fieldPassword: "given" })).toBe("given");
  const made = fieldPassword({ data });
  expect(made).toMatch(/^[0-9a-f]{32}$/);
  expect(fieldPassword({ data })).toBe(made);
  expect(statSync(join(data, "field-password")).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(data, "field-password"), "utf8").trim()).toBe(made);
});

test("a password file someone else made is taken as it is; an empty one is refused, never filled", () => {
  const data = folder();
  writeFileSync(join(data, "field-password"), "from-the-server");
  expect(fieldPassword({ data })).toBe("from-the-server");
  const empty = folder();
  writeFileSync(join(empty, "field-password"), "");
  expect(() => fieldPassword({ data: empty })).toThrow(/E_DATA_FOLDER.*empty/);
});

test("an edge signs in with its own password where the broker keeps a list, with the shared one where not, as one user for all where told so", () => {
  const data = folder();
  const here = config(["--data", data]);
  expect(brokerReach(here, "L01")).toEqual({ user: "edge-L01", password: fieldPassword(here) });
  writeFileSync(join(data, "field-accounts.json"), '{"edge-L01": "its own password"}');
  expect(brokerReach(here, "L01")).toEqual({ user: "edge-L01", password: "its own password" });
  expect(brokerReach(here, "L03").password).toBe(fieldPassword(here));
  expect(brokerReach(config(["--data", data], { CELLHOUSE_FIELD_PASSWORD: "given" }), "L01").password).toBe("given");
  const external = config(["--data", data, "--mqtt-user", "edge"], { CELLHOUSE_MQTT_PASSWORD: "theirs" });
  expect(brokerReach(external, "L01")).toEqual({ user: "edge", password: "theirs" });
  writeFileSync(join(data, "field-accounts.json"), '{"edge-L01": 7}');
  expect(() => brokerReach(here, "L01")).toThrow(/E_DATA_FOLDER.*field-accounts\.json: edge-L01/);
});

test("what vouches for the broker: the file named, else the data folder's, else nobody; no certificate is a clear word", () => {
  const data = folder();
  const here = config(["--data", data]);
  expect(brokerReach(here, "L01")).not.toHaveProperty("ca");
  writeFileSync(join(data, "broker-ca.pem"), "rubbish");
  expect(() => brokerReach(here, "L01")).toThrow(/E_OPTION.*broker-ca\.pem/);
  expect(() => brokerReach(config(["--data", data, "--mqtt-ca", join(data, "none.pem")]), "L01")).toThrow(/E_OPTION.*none\.pem/);
});
