/** The only reader of the command line, the environment and the plant file. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { Fault, type Plant } from "@cellhouse/shared";
import { loadPlant } from "@cellhouse/shared/plant-file";
import { fieldSecret } from "@cellhouse/shared/program";
import { z } from "zod";
import { helpText, type OptionName, SERVER_OPTIONS } from "./options.ts";

const port = z.coerce.number().int().min(0).max(65_535);
/** 0: for ever. */
const days = z.coerce.number().int().min(0).max(36_500);
const url = (protocols: string[]) =>
  z
    .string()
    .refine((text) => protocols.includes(protocolOf(text)), { message: `must be a URL that begins with ${protocols.join(" or ")}` });

const schema = z.object({
  plant: z.string(),
  httpPort: port,
  mqttPort: port,
  mqttUrl: url(["mqtt:", "mqtts:"]).optional(),
  mqttUser: z.string().optional(),
  mqttPassword: z.string().optional(),
  opcuaUrl: url(["opc.tcp:"]),
  opcuaTrust: z.enum(["listed", "first"]),
  data: z.string().min(1),
  historian: z.enum(["duckdb", "influx", "memory"]),
  influxUrl: url(["http:", "https:"]).optional(),
  host: z.string().min(1),
  insecure: z.boolean(),
  tlsCert: z.string().optional(),
  tlsKey: z.string().optional(),
  retentionDays: z.coerce.number().positive(),
  retentionGb: z.coerce.number().positive(),
  historyRawDays: days,
  history10sDays: days,
  history1mDays: days,
  historyGb: z.coerce.number().min(0),
  logLevel: z.enum(["error", "warn", "info", "debug"]),
  bootstrapPassword: z.string().min(10, "use at least 10 characters").optional(),
  fieldPassword: z.string().min(10, "use at least 10 characters").optional(),
});

export interface Config extends z.infer<typeof schema> {
  /** The plant file read and built. */
  builtPlant: Plant;
  fieldPassword: string;
  tls: { cert: string; key: string } | undefined;
}

/** `help` where `--help` was asked; throws a Fault (E_OPTION, E_PLANT_FILE, E_DATA_FOLDER) that names field, reason and remedy. */
export function readConfig(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Config | { help: string } {
  const flags = parseFlags(argv);
  if (flags.help === true) return { help: `Options of the server (a flag wins over the environment):\n${helpText(SERVER_OPTIONS)}` };
  const raw: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(SERVER_OPTIONS)) {
    const fromFlag = option.flag === undefined ? undefined : flags[option.flag];
    const fromEnv = option.env === undefined ? undefined : env[option.env] || undefined;
    raw[name] = fromFlag ?? fromEnv ?? option.fallback;
  }
  raw.insecure = raw.insecure === true || raw.insecure === "1" || raw.insecure === "true";
  if (raw.influxUrl !== undefined) raw.historian = "influx";
  const checked = schema.safeParse(raw);
  if (!checked.success) throw optionFault(checked.error.issues[0] as z.core.$ZodIssue, raw);
  return complete(checked.data);
}

function parseFlags(argv: readonly string[]): Record<string, unknown> {
  const options: Record<string, { type: "string" | "boolean" }> = { help: { type: "boolean" } };
  for (const option of Object.values(SERVER_OPTIONS))
    if (option.flag !== undefined) options[option.flag] = { type: option.flag === "insecure" ? "boolean" : "string" };
  try {
    return parseArgs({ args: [...argv], options, strict: true }).values;
  } catch (cause) {
    throw new Fault("E_OPTION", (cause as Error).message.split("\n")[0] as string, { cause });
  }
}

/** Passwords never appear in the message: only the option's name and the reason. */
function optionFault(issue: z.core.$ZodIssue, raw: Record<string, unknown>): Fault {
  const name = String(issue.path[0]) as OptionName;
  const option = SERVER_OPTIONS[name];
  const label = option.flag === undefined ? option.env : `--${option.flag}`;
  const secret = name.endsWith("Password") || name.endsWith("Url");
  return new Fault("E_OPTION", `${label}${secret ? "" : ` ${String(raw[name])}`}: ${issue.message}`);
}

function complete(options: z.infer<typeof schema>): Config {
  const loopback = ["127.0.0.1", "::1", "localhost"].includes(options.host);
  const tls = readTls(options.tlsCert, options.tlsKey);
  if (!loopback && tls === undefined && !options.insecure)
    throw new Fault("E_OPTION", `--host ${options.host}: beyond this machine a --tls-cert and --tls-key are needed, or --insecure`);
  if (options.historian === "influx" && options.influxUrl === undefined)
    throw new Fault("E_OPTION", "--historian influx: needs --influx-url http://user:pass@host:8086/database");
  const data = resolve(options.data);
  makeFolder(data);
  return {
    ...options,
    data,
    tls,
    builtPlant: readPlant(options.plant),
    fieldPassword: options.fieldPassword ?? fieldSecret(data),
  };
}

function readTls(cert: string | undefined, key: string | undefined): Config["tls"] {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) throw new Fault("E_OPTION", "--tls-cert and --tls-key: both are needed");
  try {
    return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
  } catch (cause) {
    throw new Fault("E_OPTION", `--tls-cert or --tls-key: ${(cause as Error).message}`, { cause });
  }
}

function readPlant(path: string): Plant {
  const here = isAbsolute(path) ? path : resolve(path);
  return loadPlant(
    here,
    (file) => readFileSync(file, "utf8"),
    (from, to) => resolve(dirname(from), to),
  );
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, ".writable"), "");
  } catch (cause) {
    throw new Fault("E_DATA_FOLDER", `--data ${folder}: ${(cause as Error).message}`, { cause });
  }
}

function protocolOf(text: string): string {
  try {
    return new URL(text).protocol;
  } catch {
    return "";
  }
}
