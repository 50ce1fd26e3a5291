/** The conversation with one InfluxDB (1.x API): address, database, queries through the `influx` package, writes as plain HTTP. */
import { type Clock, Fault } from "@cellhouse/shared";
import { InfluxDB } from "influx";

const QUERY_MS = 30_000;
const WRITE_MS = 15_000;

/** Rows of one series: column names and values. */
export interface Table {
  columns: string[];
  values: (number | string | null)[][];
}

/** What the engine answered to lines: `refused` is its word on those it did not take. */
export interface WriteReply {
  refused?: string;
}

/** `http://user:pass@host:8086/database`. Throws E_OPTION, never repeating the credentials. */
export function parseInfluxUrl(text: string): { base: string; user: string; password: string; database: string } {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new Fault("E_OPTION", "the InfluxDB address must look like http://user:pass@host:8086/database");
  const database = decodeURIComponent(url.pathname.slice(1));
  if (database === "" || database.includes("/")) throw new Fault("E_OPTION", `the InfluxDB address ${url.origin} must end in /database`);
  return { base: url.origin, user: decodeURIComponent(url.username), password: decodeURIComponent(url.password), database };
}

/** The package's own pool would shut a host away for a while and hide the cause: our forwarder waits and tries again itself. */
const noBackoff = {
  getDelay: () => 0,
  next: () => noBackoff,
  reset: () => noBackoff,
};

export class InfluxServer {
  readonly #at: ReturnType<typeof parseInfluxUrl>;
  readonly #client: InfluxDB;
  readonly #clock: Clock;
  #ready = false;

  constructor(url: string, clock: Clock) {
    this.#at = parseInfluxUrl(url);
    this.#clock = clock;
    const { base, user, password, database } = this.#at;
    const { hostname, port, protocol } = new URL(base);
    this.#client = new InfluxDB({
      host: hostname,
      port: Number(port || (protocol === "https:" ? 443 : 80)),
      protocol: protocol === "https:" ? "https" : "http",
      database,
      ...(user === "" ? {} : { username: user, password }),
      pool: { maxRetries: 0, requestTimeout: QUERY_MS, backoff: noBackoff },
    });
  }

  /** Makes the database where we may; a server that forbids that is fine as long as the database exists. Throws E_HISTORIAN. */
  async prepare(): Promise<void> {
    if (this.#ready) return;
    let forbidden: Error | undefined;
    await this.#bounded(this.#client.createDatabase(this.#at.database)).catch((error: Error) => {
      if (!/40[13]|authoriz|forbidden/i.test(error.message)) throw this.#fault(error);
      forbidden = error;
    });
    const [table] = await this.query("SHOW MEASUREMENTS LIMIT 1").catch((error: Error) => {
      throw forbidden === undefined ? error : this.#fault(forbidden);
    });
    void table;
    this.#ready = true;
  }

  /** The series a query answers with, times in ms. Throws E_HISTORIAN. */
  async query(text: string, method: "GET" | "POST" = "GET"): Promise<Table[]> {
    try {
      const reply = (await this.#bounded(this.#client.queryRaw(text, { precision: "ms", method }))) as Reply;
      const error = reply.error ?? reply.results?.find((result) => result.error !== undefined)?.error;
      if (error !== undefined) throw new Error(error);
      return (reply.results ?? [])
        .flatMap((result) => result.series ?? [])
        .map(({ columns, values }) => ({ columns, values: values ?? [] }));
    } catch (error) {
      throw this.#fault(error);
    }
  }

  /** Writes lines with times in ms; resolves when the server has them. Throws E_HISTORIAN when it could not take them now. */
  async write(lines: string): Promise<WriteReply> {
    const { base, user, password, database } = this.#at;
    const headers: Record<string, string> = { "content-type": "text/plain" };
    if (user !== "") headers.authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
    let response: Response;
    let body: string;
    try {
      const url = `${base}/write?db=${encodeURIComponent(database)}&precision=ms`;
      response = await fetch(url, { method: "POST", headers, body: lines, signal: AbortSignal.timeout(WRITE_MS) });
      body = response.ok ? "" : await response.text();
      if (response.ok) await response.body?.cancel();
    } catch (error) {
      throw this.#fault(error);
    }
    if (response.ok) return {};
    if (response.status === 404) this.#ready = false;
    if (response.status !== 400) throw this.#fault(new Error(`${response.status} ${reason(body)}`));
    return { refused: reason(body) };
  }

  /** The package's promise never ends when the server dies in the middle of an answer. */
  #bounded<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.at(this.#clock.now() + QUERY_MS, () => reject(new Error(`no answer within ${QUERY_MS / 1000} s`)));
      work.then(resolve, reject).finally(cancel);
    });
  }

  /** No cause is attached: the package's errors carry the request, and with it the credentials. */
  #fault(error: unknown): Fault {
    return new Fault("E_HISTORIAN", `InfluxDB at ${this.#at.base}: ${explain(error).replaceAll(this.#at.password || "\0", "***")}`);
  }
}

interface Reply {
  error?: string;
  results?: { error?: string; series?: { columns: string[]; values?: Table["values"] }[] }[];
}

function reason(body: string): string {
  try {
    return String((JSON.parse(body) as { error?: unknown }).error ?? body).slice(0, 300);
  } catch {
    return body.slice(0, 300);
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = codeOf(error) ?? codeOf(error.cause);
  if (code !== undefined) return `no connection (${code})`;
  if (error.name === "TimeoutError") return "no answer in time";
  const text = error.message.split("\n")[0] ?? "";
  return /\b401\b|authorization failed/i.test(text) ? "user or password is refused" : text.slice(0, 300);
}

function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
