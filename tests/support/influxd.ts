/** A real InfluxDB 1.x on free ports with a folder of its own. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MadeCertificate } from "./certificate.ts";
import { freePort, isFree, launch, type Program, remove, tempFolder, until } from "./processes.ts";

export interface Influxd {
  readonly url: string;
  readonly program: Program;
  stop(): Promise<void>;
  /** Starts it again on the same ports and data after a stop or kill. */
  restart(): Promise<void>;
}

export interface InfluxdOptions {
  /** An admin who must sign in for everything. */
  admin?: { name: string; password: string };
  /** Speaks TLS only. */
  tls?: Pick<MadeCertificate, "certFile" | "keyFile">;
}

/** Starts influxd and resolves when it answers; `database` is part of the URL, the server makes it. */
export async function startInfluxd(database = "cellhouse", { admin, tls }: InfluxdOptions = {}): Promise<Influxd> {
  const folder = tempFolder("influxd");
  const [http, bind] = [await freePort(), await freePort()];
  const config = join(folder, "influxdb.conf");
  writeFileSync(
    config,
    `reporting-disabled = true
bind-address = "127.0.0.1:${bind}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  query-log-enabled = false
[http]
  bind-address = "127.0.0.1:${http}"
  log-enabled = false
  auth-enabled = ${admin !== undefined}
  https-enabled = ${tls !== undefined}
  https-certificate = "${tls?.certFile ?? ""}"
  https-private-key = "${tls?.keyFile ?? ""}"
[monitor]
  store-enabled = false
`,
  );
  const start = async (): Promise<Program> => {
    const program = launch("influxd", ["run", "-config", config]);
    const answers = async (): Promise<boolean> =>
      tls === undefined ? (await fetch(`http://127.0.0.1:${http}/ping`)).ok : !(await isFree(http));
    // After a kill it reads its log first.
    await until("influxd to answer", answers, 120_000);
    return program;
  };
  let program = await start();
  if (admin !== undefined) {
    const text = `CREATE USER "${admin.name}" WITH PASSWORD '${admin.password}' WITH ALL PRIVILEGES`;
    await fetch(`http://127.0.0.1:${http}/query`, { method: "POST", body: new URLSearchParams({ q: text }) });
  }
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${http}/${database}`,
    get program() {
      return program;
    },
    async stop() {
      await program.stop();
      remove(folder);
    },
    async restart() {
      await program.stop();
      program = await start();
    },
  };
}

/** Rows of the first series that a query answers with, times in ms; `url` as the server takes it. */
export async function ask(url: string, query: string): Promise<(number | null)[][]> {
  const { origin, pathname, username, password } = new URL(url);
  const headers =
    username === "" ? {} : { authorization: `Basic ${Buffer.from(decodeURIComponent(`${username}:${password}`)).toString("base64")}` };
  const params = new URLSearchParams({ db: pathname.slice(1), epoch: "ms", q: query });
  const reply = await fetch(`${origin}/query`, { method: "POST", body: params, headers });
  const { error, results } = (await reply.json()) as {
    error?: string;
    results?: { error?: string; series?: { values: (number | null)[][] }[] }[];
  };
  const said = error ?? results?.[0]?.error;
  if (said !== undefined) throw new Error(`${query}: ${said}`);
  return results?.[0]?.series?.[0]?.values ?? [];
}
