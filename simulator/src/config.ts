/** The only reader of the simulator's command line, environment and field password. */
import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Fault } from "@cellhouse/shared";
import { accountSecret, fieldSecret } from "@cellhouse/shared/program";
import { z } from "zod";

interface Option {
  flag: string;
  env?: string;
  fallback?: string;
  help: string;
}

const repository = fileURLToPath(new URL("../../", import.meta.url));

const OPTIONS = {
  plant: {
    flag: "plant",
    env: "CELLHOUSE_PLANT",
    fallback: join(repository, "shared/plants/demo.yaml"),
    help: "plant file (default shared/plants/demo.yaml)",
  },
  mqttUrl: { flag: "mqtt-url", env: "CELLHOUSE_MQTT_URL", fallback: "mqtt://127.0.0.1:1883", help: "broker of the Sparkplug lines" },
  mqttUser: {
    flag: "mqtt-user",
    env: "CELLHOUSE_MQTT_USER",
    help: "one user for all edges, password in CELLHOUSE_MQTT_PASSWORD (default: edge-<line> and the field password)",
  },
  mqttCa: {
    flag: "mqtt-ca",
    env: "CELLHOUSE_MQTT_CA",
    help: "certificate file (PEM) that vouches for an mqtts broker (default: broker-ca.pem of the data folder, else the system's)",
  },
  opcuaPort: { flag: "opcua-port", env: "CELLHOUSE_OPCUA_PORT", fallback: "4840", help: "port of the OPC UA server; 0: a free one" },
  opcuaTrust: {
    flag: "opcua-trust",
    env: "CELLHOUSE_OPCUA_TRUST",
    fallback: "listed",
    help: "clients of the OPC UA server: listed in data/opcua-simulator/server/trusted/certs (loopback is believed), or the very first one too",
  },
  host: { flag: "host", env: "CELLHOUSE_HOST", fallback: "127.0.0.1", help: "address of all listeners" },
  data: { flag: "data", env: "CELLHOUSE_DATA", fallback: "./data", help: "folder for certificates and the shared field password" },
  seed: { flag: "seed", fallback: "1", help: "the same seed gives the same noise and the same plant" },
  speed: { flag: "speed", fallback: "1", help: "1 to 60: process and PLC timers only, source times stay UTC" },
  publish: { flag: "publish", fallback: "exception", help: "exception: beyond the deadband; raw: every tag at its scan rate" },
  bufferHours: { flag: "buffer-hours", fallback: "72", help: "how long a Sparkplug edge keeps what it could not send, in the data folder" },
  scenario: { flag: "scenario", help: "YAML file of faults that come by themselves, listed or by chance (default none)" },
  httpPort: {
    flag: "sim-http-port",
    env: "CELLHOUSE_SIM_HTTP_PORT",
    help: "serves /metrics, /published, /plant, /healthz; 0: a free port (default off)",
  },
} as const satisfies Record<string, Option>;

const port = z.coerce.number().int().min(0).max(65_535);
const schema = z.object({
  plant: z.string().min(1),
  mqttUrl: z.url({ protocol: /^(mqtts?|wss?|tcp|ssl)$/, error: "must look like mqtt://host:1883" }),
  mqttUser: z.string().min(1).optional(),
  mqttCa: z.string().min(1).optional(),
  opcuaPort: port,
  opcuaTrust: z.enum(["listed", "first"]),
  host: z.string().min(1),
  data: z.string().min(1),
  seed: z.coerce.number().int().min(0).max(0xffffffff),
  speed: z.coerce.number().int().min(1).max(60),
  publish: z.enum(["raw", "exception"]),
  scenario: z.string().min(1).optional(),
  bufferHours: z.coerce.number().min(0.1).max(1000),
  httpPort: port.optional(),
});

export interface SimulatorConfig extends z.infer<typeof schema> {
  /** Password of `--mqtt-user`. */
  mqttPassword?: string;
  /** CELLHOUSE_FIELD_PASSWORD, when given. */
  fieldPassword?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads options; a flag wins over the environment. Returns the help text when asked for it. Throws `E_OPTION`. */
export function readConfig(argv: readonly string[], environment: Environment = process.env): SimulatorConfig | { help: string } {
  const { values, help } = parse(argv);
  if (help) return { help: helpText() };
  const chosen = Object.entries(OPTIONS).map(([key, option]: [string, Option]) => {
    const fromEnv = option.env === undefined ? undefined : environment[option.env];
    return [key, values[option.flag] ?? (fromEnv === "" ? undefined : fromEnv) ?? option.fallback] as const;
  });
  const checked = schema.safeParse(Object.fromEntries(chosen.filter(([, value]) => value !== undefined)));
  if (!checked.success) throw wrongOption(checked.error);
  const { CELLHOUSE_MQTT_PASSWORD: mqttPassword, CELLHOUSE_FIELD_PASSWORD: fieldPassword } = environment;
  return {
    ...checked.data,
    plant: resolve(checked.data.plant),
    data: resolve(checked.data.data),
    ...(mqttPassword ? { mqttPassword } : {}),
    ...(fieldPassword ? { fieldPassword } : {}),
  };
}

function parse(argv: readonly string[]): { values: Record<string, string | undefined>; help: boolean } {
  const strings = Object.values(OPTIONS).map(({ flag }) => [flag, { type: "string" }] as const);
  try {
    const { values } = parseArgs({ args: [...argv], options: { ...Object.fromEntries(strings), help: { type: "boolean", short: "h" } } });
    const { help, ...rest } = values as Record<string, string | undefined> & { help?: unknown };
    return { values: rest, help: help === true };
  } catch (cause) {
    throw new Fault("E_OPTION", ((cause as Error).message.split("\n")[0] ?? "").replace(/\.$/, ""), { cause });
  }
}

function wrongOption(error: z.ZodError): Fault {
  const issue = error.issues[0];
  const option: Option | undefined = OPTIONS[String(issue?.path[0]) as keyof typeof OPTIONS];
  const environment = option?.env === undefined ? "" : ` (or ${option.env})`;
  return new Fault("E_OPTION", `--${option?.flag ?? "?"}${environment}: ${issue?.message ?? "wrong"}`);
}

function helpText(): string {
  const rows = Object.values(OPTIONS).map((option: Option) => {
    const fallback = option.fallback === undefined || option.flag === "plant" ? "" : ` [${option.fallback}]`;
    return `  --${option.flag.padEnd(14)} ${(option.env ?? "").padEnd(24)} ${option.help}${fallback}`;
  });
  return [
    "The simulated PLCs of a plant, over Sparkplug B and OPC UA.",
    "",
    "Usage: npm run simulator -- [options]      (a flag wins over its environment variable)",
    ...rows,
    `  ${"".padEnd(16)} ${"CELLHOUSE_FIELD_PASSWORD".padEnd(24)} password of edge-<line> and cellhouse (default: shared through the data folder)`,
    "",
  ].join("\n");
}

/** The password of the field accounts: the environment's, else the one shared through the data folder. Throws `E_DATA_FOLDER`. */
export function fieldPassword(config: Pick<SimulatorConfig, "data" | "fieldPassword">): string {
  return config.fieldPassword ?? fieldSecret(config.data);
}

/** How the edge of a line gets to the broker, as things stand now: its account, and who vouches for an encrypted broker. Throws `E_DATA_FOLDER` or `E_OPTION`. */
export function brokerReach(config: SimulatorConfig, line: string): { user: string; password: string; ca?: Buffer } {
  const { data, fieldPassword: given, mqttUser, mqttPassword = "", mqttCa } = config;
  const user = mqttUser ?? `edge-${line}`;
  const password = mqttUser === undefined ? (given ?? accountSecret(data, user)) : mqttPassword;
  const file = mqttCa ?? join(data, "broker-ca.pem");
  if (mqttCa === undefined && !existsSync(file)) return { user, password };
  try {
    const ca = readFileSync(file);
    new X509Certificate(ca);
    return { user, password, ca };
  } catch (cause) {
    throw new Fault("E_OPTION", `--mqtt-ca (or ${OPTIONS.mqttCa.env}): ${file}: ${(cause as Error).message}`, { cause });
  }
}
