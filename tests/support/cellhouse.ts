/** The whole of Cellhouse as a person runs it: server and simulator as processes, and a signed-in client of its HTTP API. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plant } from "@cellhouse/shared";
import { plantFile, plantOf } from "./plant.ts";
import { freePort, node, type Program, remove, tempFolder } from "./processes.ts";

export interface Started {
  readonly server: Program;
  readonly simulator: Program;
  readonly url: string;
  /** The one-time address printed at the start. */
  readonly link: string;
  readonly data: string;
  readonly plant: Plant;
  readonly ports: { http: number; mqtt: number; opcua: number; sim: number };
  restartServer(): Promise<void>;
  restartSimulator(): Promise<void>;
  api(role: string): Promise<Api>;
  stop(): Promise<void>;
}

export interface StartOptions {
  /** One that ships, by its name, or a file (`.yaml`); demo. */
  plant?: string;
  publish?: "raw" | "exception";
  server?: readonly string[];
  simulator?: readonly string[];
  env?: Record<string, string>;
  /** Data folder of both programs; a fresh one otherwise, removed at the end either way. */
  data?: string;
  /** Ports that must be known beforehand, because something stands in between. */
  ports?: Partial<Started["ports"]>;
  /** Where the edges find the broker and the server finds the OPC UA server, when not there directly. */
  reach?: { mqtt?: number; opcua?: number };
}

export const PASSWORD = "correct horse battery";

/** Resolves when the server has printed its ready line and the simulator its own. */
export async function startCellhouse(options: StartOptions = {}): Promise<Started> {
  const data = options.data ?? tempFolder("data");
  const ports = { http: await freePort(), mqtt: await freePort(), opcua: await freePort(), sim: await freePort(), ...options.ports };
  const reach = { mqtt: ports.mqtt, opcua: ports.opcua, ...options.reach };
  const common = ["--plant", plantFile(options.plant ?? "demo"), "--data", data];
  const env = { CELLHOUSE_BOOTSTRAP_PASSWORD: PASSWORD, ...options.env };
  const external = options.server?.includes("--mqtt-url") ?? false;
  const opcua = `opc.tcp://127.0.0.1:${reach.opcua}/cellhouse`;
  const startServer = (): Program =>
    node(
      "server/src/main.ts",
      [...common, "--http-port", `${ports.http}`, "--mqtt-port", `${ports.mqtt}`, "--opcua-url", opcua, ...(options.server ?? [])],
      env,
    );
  const startSimulator = (): Program => {
    const broker = external ? [] : ["--mqtt-url", `mqtt://127.0.0.1:${reach.mqtt}`];
    const args = [...common, ...broker, "--opcua-port", `${ports.opcua}`, "--sim-http-port", `${ports.sim}`];
    return node("simulator/src/main.ts", [...args, "--publish", options.publish ?? "exception", ...(options.simulator ?? [])], env);
  };
  const state = { server: startServer(), simulator: startSimulator() };
  const ready = /Cellhouse ready (http\S+)/;
  const url = `http://127.0.0.1:${ports.http}`;
  let link = "";
  try {
    link = (await state.server.printed(ready))[1] as string;
    await state.simulator.printed(/simulator ready/);
  } catch (error) {
    await Promise.all([state.server.stop(), state.simulator.stop()]);
    remove(data);
    throw error;
  }
  return {
    get server() {
      return state.server;
    },
    get simulator() {
      return state.simulator;
    },
    get link() {
      return link;
    },
    url,
    data,
    plant: plantOf(options.plant ?? "demo"),
    ports,
    async restartServer() {
      await state.server.stop();
      state.server = startServer();
      link = (await state.server.printed(ready))[1] as string;
    },
    async restartSimulator() {
      await state.simulator.stop();
      state.simulator = startSimulator();
      await state.simulator.printed(/simulator ready/);
    },
    api: (role) => signIn(url, role, PASSWORD),
    async stop() {
      await Promise.all([state.server.stop(), state.simulator.stop()]);
      remove(data);
    },
  };
}

/** The field password the two programs share. */
export function fieldPassword(data: string): string {
  return readFileSync(join(data, "field-password"), "utf8").trim();
}

export interface Api {
  readonly cookie: string;
  get<T>(path: string): Promise<T>;
  send<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }>;
}

/** Signs in by name and password and keeps the cookie. */
async function signIn(url: string, name: string, password: string): Promise<Api> {
  const answer = await fetch(`${url}/api/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: url },
    body: JSON.stringify({ name, password }),
  });
  if (!answer.ok) throw new Error(`sign-in as ${name}: ${answer.status} ${await answer.text()}`);
  const cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0] as string;
  const headers = { cookie, origin: url };
  return {
    cookie,
    async get<T>(path: string): Promise<T> {
      const reply = await fetch(`${url}/api/v1/${path}`, { headers });
      if (!reply.ok) throw new Error(`GET ${path}: ${reply.status} ${await reply.text()}`);
      return (await reply.json()) as T;
    },
    async send<T>(method: string, path: string, body?: unknown) {
      const reply = await fetch(`${url}/api/v1/${path}`, {
        method,
        headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await reply.text();
      return { status: reply.status, body: (text === "" ? undefined : JSON.parse(text)) as T };
    },
  };
}
