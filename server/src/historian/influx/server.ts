/** The conversation with one InfluxDB (1.x API): address, database, queries through the `influx` package, writes as plain HTTP. */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";
import { type Clock, Fault } from "@cellhouse/shared";
import { InfluxDB, ResultError } from "influx";
import type { Table } from "./tables.ts";

const QUERY_MS = 30_000;
const WRITE_MS = 15_000;

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

export interface QueryOptions {
  method?: "GET" | "POST";
  signal?: AbortSignal | undefined;
}

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

  /** The database's name as a statement says it. */
  get database(): string {
    return `"${this.#at.database.replaceAll(/["\\]/g, "\\$&")}"`;
  }

  /** False until the database is known to be there, and after InfluxDB has said that it is not. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Makes the database where we may; a server that forbids that is fine as long as the database exists. Throws E_HISTORIAN. */
  async prepare(): Promise<void> {
    if (this.#ready) return;
    const made = await this.#asked(() => this.#client.createDatabase(this.#at.database));
    await this.query("SHOW MEASUREMENTS LIMIT 1").catch((error: unknown) => {
      throw made.refused === undefined ? error : this.#fault(made.refused);
    });
    this.#ready = true;
  }

  /** The series a query answers with, times in ms. Throws E_HISTORIAN. */
  async query(statement: string, { method = "GET", signal }: QueryOptions = {}): Promise<Table[]> {
    const { answer, refused } = await this.#asked(() => this.#statement(statement, method, signal));
    signal?.throwIfAborted();
    if (refused !== undefined) throw this.#fault(refused);
    return answer as Table[];
  }

  /** As `query`, undefined where InfluxDB answers that it does not know the statement or that we may not. */
  async allowed(statement: string, { method = "POST", signal }: QueryOptions = {}): Promise<Table[] | undefined> {
    const { answer } = await this.#asked(() => this.#statement(statement, method, signal));
    signal?.throwIfAborted();
    return answer;
  }

  async #statement(text: string, method: "GET" | "POST", signal?: AbortSignal): Promise<Table[]> {
    const reply = (await this.#client.queryRaw(text, { precision: "ms", method, ...(signal && { signal }) })) as Reply;
    const error = reply.error ?? reply.results?.find((result) => result.error !== undefined)?.error;
    if (error !== undefined) throw new SaidNo(error);
    return (reply.results ?? []).flatMap((result) => result.series ?? []).map(({ columns, values }) => ({ columns, values: values ?? [] }));
  }

  /** What InfluxDB says, or how it says no. Throws E_HISTORIAN when it says nothing. */
  async #asked<T>(work: () => Promise<T>): Promise<{ answer?: T; refused?: unknown }> {
    try {
      return { answer: await this.#bounded(work()) };
    } catch (error) {
      if (!isRefusal(error)) throw this.#fault(error);
      return { refused: error };
    }
  }

  /** Writes lines with times in ms; resolves when the server has them. Throws E_HISTORIAN when it could not take them now. */
  async write(lines: string | Buffer, policy?: string): Promise<WriteReply> {
    const into = policy === undefined ? "" : `&rp=${encodeURIComponent(policy)}`;
    const path = `/write?db=${encodeURIComponent(this.#at.database)}&precision=ms${into}`;
    const { status, text } = await this.#bounded(this.#post(path, lines), WRITE_MS).catch((error: unknown) => {
      throw this.#fault(error);
    });
    if (status >= 200 && status < 300) return {};
    if (status === 404) this.#ready = false;
    if (status !== 400) throw this.#fault(new Error(`${status} ${reason(text)}`));
    return { refused: reason(text) };
  }

  /** Plain HTTP: `fetch` would copy the lines first. */
  #post(path: string, lines: string | Buffer): Promise<{ status: number; text: string }> {
    const { base, user, password } = this.#at;
    const headers = { "content-type": "text/plain", "content-length": Buffer.byteLength(lines) };
    const auth = user === "" ? {} : { auth: `${user}:${password}` };
    return new Promise((resolve, reject) => {
      const url = new URL(path, base);
      const ask = url.protocol === "https:" ? httpsRequest : httpRequest;
      const request = ask(url, { method: "POST", headers, timeout: WRITE_MS, ...auth }, (response) => {
        const status = response.statusCode ?? 0;
        text(response).then((said) => resolve({ status, text: said }), reject);
      });
      request.on("timeout", () => request.destroy(new Error("no answer in time")));
      request.on("error", reject).end(lines);
    });
  }

  /** The package's promise never ends when the server dies in the middle of an answer. */
  #bounded<T>(work: Promise<T>, ms = QUERY_MS): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.at(this.#clock.now() + ms, () => reject(new Error(`no answer within ${ms / 1000} s`)));
      work.then(resolve, reject).finally(cancel);
    });
  }

  /** No cause is attached: the package's errors carry the request, and with it the credentials. */
  #fault(error: unknown): Fault {
    return new Fault("E_HISTORIAN", `InfluxDB at ${this.#at.base}: ${explain(error).replaceAll(this.#at.password || "\0", "***")}`);
  }
}

/** InfluxDB's own no, in place of an answer. */
class SaidNo extends Error {}

/** A number that grew beyond all bounds is said in a text that is no JSON. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof SaidNo || error instanceof SyntaxError || error instanceof ResultError || (error instanceof Error && "res" in error)
  );
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
