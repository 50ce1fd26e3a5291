/** Every option of the server: one table, from which the help text, the README's table and the parser come. */
export interface OptionEntry {
  readonly flag: string | undefined;
  readonly env: string | undefined;
  readonly fallback: string | undefined;
  readonly help: string;
}

const entry = (flag: string | undefined, env: string | undefined, fallback: string | undefined, help: string): OptionEntry => ({
  flag,
  env,
  fallback,
  help,
});

export const SERVER_OPTIONS = {
  plant: entry("plant", "CELLHOUSE_PLANT", "shared/plants/demo.yaml", "plant file"),
  httpPort: entry("http-port", "CELLHOUSE_HTTP_PORT", "8080", "page, HTTP API and socket (0: a free port, printed)"),
  mqttPort: entry("mqtt-port", "CELLHOUSE_MQTT_PORT", "1883", "embedded broker (0: a free port, printed)"),
  mqttUrl: entry("mqtt-url", "CELLHOUSE_MQTT_URL", undefined, "external broker instead of the embedded one"),
  mqttUser: entry("mqtt-user", "CELLHOUSE_MQTT_USER", undefined, "user on the external broker"),
  mqttPassword: entry(undefined, "CELLHOUSE_MQTT_PASSWORD", undefined, "password on the external broker"),
  opcuaUrl: entry("opcua-url", "CELLHOUSE_OPCUA_URL", "opc.tcp://127.0.0.1:4840/cellhouse", "OPC UA server of the plant"),
  opcuaTrust: entry(
    "opcua-trust",
    "CELLHOUSE_OPCUA_TRUST",
    "listed",
    "listed: an admin must have trusted its certificate, over HTTP or by its file in data/pki/client/trusted/certs (loopback is believed); first: the very first server met is believed",
  ),
  data: entry("data", "CELLHOUSE_DATA", "data", "data folder"),
  historian: entry("historian", "CELLHOUSE_HISTORIAN", "duckdb", "duckdb, influx or memory"),
  influxUrl: entry("influx-url", "CELLHOUSE_INFLUX_URL", undefined, "http://user:pass@host:8086/database (implies influx)"),
  host: entry("host", "CELLHOUSE_HOST", "127.0.0.1", "address of all listeners; another one needs TLS or --insecure"),
  insecure: entry("insecure", "CELLHOUSE_INSECURE", undefined, "allow an address beyond this machine without TLS"),
  tlsCert: entry("tls-cert", "CELLHOUSE_TLS_CERT", undefined, "certificate file (PEM) for the page and the embedded broker"),
  tlsKey: entry("tls-key", "CELLHOUSE_TLS_KEY", undefined, "its key file (PEM)"),
  retentionDays: entry("retention-days", "CELLHOUSE_RETENTION_DAYS", "30", "how long the recorder keeps its log"),
  retentionGb: entry("retention-gb", "CELLHOUSE_RETENTION_GB", "20", "how large the recorder's log may grow"),
  historyRawDays: entry("history-raw-days", "CELLHOUSE_HISTORY_RAW_DAYS", "0", "how long history keeps every sample (0: for ever)"),
  history10sDays: entry("history-10s-days", "CELLHOUSE_HISTORY_10S_DAYS", "0", "how long it keeps rows of 10 s (0: for ever)"),
  history1mDays: entry(
    "history-1m-days",
    "CELLHOUSE_HISTORY_1M_DAYS",
    "0",
    "how long it keeps rows of 1 min (0: for ever); rows of 1 h stay",
  ),
  historyGb: entry(
    "history-gb",
    "CELLHOUSE_HISTORY_GB",
    "0",
    "how large the embedded history may grow before its oldest samples go (0: no limit)",
  ),
  logLevel: entry("log-level", "CELLHOUSE_LOG_LEVEL", "warn", "what the log on stderr holds: error, warn, info or debug"),
  bootstrapPassword: entry(
    undefined,
    "CELLHOUSE_BOOTSTRAP_PASSWORD",
    undefined,
    "first password of the five accounts (else random, in the data folder)",
  ),
  fieldPassword: entry(
    undefined,
    "CELLHOUSE_FIELD_PASSWORD",
    undefined,
    "password that opens every MQTT and OPC UA account (else random, in the data folder)",
  ),
} as const satisfies Record<string, OptionEntry>;

export type OptionName = keyof typeof SERVER_OPTIONS;

/** The text of `--help`. */
export function helpText(options: Readonly<Record<string, OptionEntry>>): string {
  const rows = Object.values(options).map((o) => ({
    left: [o.flag && `--${o.flag}`, o.env].filter(Boolean).join(" / "),
    right: o.fallback === undefined ? o.help : `${o.help} (default ${o.fallback})`,
  }));
  const width = Math.max(...rows.map((r) => r.left.length));
  return rows.map((r) => `  ${r.left.padEnd(width)}  ${r.right}`).join("\n");
}
