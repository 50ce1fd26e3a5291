/** The OPC UA client connection: secure channel, session, one subscription for all tags, writes, methods, history. One attempt per `open`. */

import { type Cancel, type Cell, type Clock, every, type Line, OPCUA_ANONYMOUS, type Tag, type Verdict } from "@cellhouse/shared";
import {
  AttributeIds,
  type ClientSession,
  type HistoryReadResult,
  LogLevel,
  type OPCUAClient,
  type StatusCode,
  setLogLevel,
  TimestampsToReturn,
  UserTokenType,
  VariableIds,
} from "node-opcua";
import type { Counters } from "../../../contracts.ts";
import type { Connection } from "../../runner.ts";
import type { HistoryRange } from "../backfill.ts";
import { type Samples, samplesOf } from "../decode.ts";
import { connect, inWords } from "./connect.ts";
import { monitor, type TagItem } from "./items.ts";
import { type Limits, readLimits } from "./limits.ts";
import { type NodeTable, readNodes } from "./nodes.ts";
import { type RawSession, Subscription, type SubscriptionOptions, type SubscriptionState } from "./subscription.ts";
import { type TagWrite, Writer } from "./writer.ts";

export interface OpcuaSessionOptions {
  url: string;
  user: string;
  password(): string;
  /** Certificates and keys live here; made on first use. */
  pkiFolder: string;
  /** Believe the very first server, as on a network of our own. */
  trustFirst: boolean;
  /** ms. */
  keyLifetime: number;
  publishingInterval: number;
  clock: Clock;
  counters: Counters;
  lines: readonly Line[];
  samples(samples: Samples): void;
  /** The server's certificate, as often as it is met. */
  met(thumbprint: string): void;
  /** Tags without a value from this server, by reason; told with every new subscription. */
  missing(tags: ReadonlyMap<string, readonly Tag[]>): void;
}

/** All that one connection consists of. */
interface Open {
  readonly client: OPCUAClient;
  readonly session: RawSession;
  readonly nodes: NodeTable;
  readonly limits: Limits;
  readonly writer: Writer;
  readonly subscription: Subscription;
  /** When the server was started: with its end all its subscriptions end. */
  readonly serverStart: number;
}

/** Without any answer from the server this long it counts as lost, ms. */
const SILENCE = 2_500;
/** A server that says more seldom that it lives is asked, ms. */
const ASK_AFTER = 1_000;
/** A subscription is over when so many signs of life are overdue. */
const OVERDUE = 2.5;
const GOODBYE_WITHIN = 1_000;
/** Values per tag and answer. */
const HISTORY_VALUES = 1_000;

export class OpcuaSession implements Connection {
  readonly #options: OpcuaSessionOptions;
  #client: OPCUAClient | undefined;
  #session: ClientSession | undefined;
  #open: Open | undefined;
  /** The subscription of the last connection that broke, with the nodes it watches. */
  #left: { state: SubscriptionState; nodes: NodeTable; serverStart: number } | undefined;
  /** When the subscription spoke last, and when the server answered anything. */
  #spokeAt = 0;
  #answeredAt = 0;
  /** Each `open` and `close` has its number: one that was closed meanwhile goes no further. */
  #turn = 0;
  #stopWatch: Cancel = () => undefined;
  #end: (reason: string) => void = () => undefined;

  constructor(options: OpcuaSessionOptions) {
    this.#options = options;
    // The library's own console talk; what matters comes to us as errors and events.
    setLogLevel(LogLevel.Emergency);
  }

  async open(lost: (reason: string) => void): Promise<void> {
    const { url, user, password } = this.#options;
    const turn = ++this.#turn;
    const client = await connect(url, this.#options).catch((error: unknown) => {
      throw new Error(inWords(error, user));
    });
    if (turn !== this.#turn) return leave(client, undefined);
    this.#client = client;
    const end = (reason: string): void => {
      if (this.#client !== client || this.#open === undefined) return;
      void this.#leave(true);
      lost(reason);
    };
    this.#end = end;
    try {
      const identity = user === OPCUA_ANONYMOUS ? { type: UserTokenType.Anonymous as const } : userName(user, password());
      const session = (await client.createSession(identity)) as RawSession;
      this.#session = session;
      const open = await this.#subscribe(client, session, end);
      if (this.#client !== client) throw new Error("stopped");
      this.#open = open;
      client.once("close", () => end("the server closed the connection"));
      session.once("session_closed", () => end("the server closed the session"));
      open.subscription.start();
      this.#watch(open, end);
    } catch (error) {
      await this.#leave(false);
      throw new Error(inWords(error, user));
    }
  }

  /** As if the connection had broken. */
  drop(reason: string): void {
    this.#end(reason);
  }

  /** For good: nothing is left with the server. */
  close(): Promise<void> {
    this.#turn++;
    return this.#leave(false);
  }

  /** The server's verdict; undefined without a connection. Rejects when the connection breaks. */
  async write(write: TagWrite): Promise<Verdict | undefined> {
    return this.#open?.writer.write(write);
  }

  /** Calls a method of a cell with one text and gives back its text; "none" where it offers none, undefined without a connection. */
  async call(cell: Cell, method: string, text: string): Promise<{ status: StatusCode; text: string } | "none" | undefined> {
    const open = this.#open;
    return open && ((await open.writer.call(cell, method, text)) ?? "none");
  }

  /** Tags one history request may name. */
  get piece(): number {
    return this.#open?.limits.histories ?? 1;
  }

  /** Raw history of some tags, handed on as it comes; false when the server keeps none. Rejects when the connection breaks. */
  async history(tags: readonly Tag[], { from, to }: HistoryRange, samples: (tag: Tag, samples: Samples) => void): Promise<boolean> {
    const { nodes } = this.#connected();
    let open = tags.flatMap((tag) => {
      const nodeId = nodes.node(tag);
      return nodeId === undefined ? [] : [{ tag, nodeId, continuationPoint: undefined as Buffer | undefined }];
    });
    while (open.length > 0) {
      const { session } = this.#connected();
      const asked = open.map(({ nodeId, continuationPoint }) => ({ nodeId, ...(continuationPoint && { continuationPoint }) }));
      const options = { numValuesPerNode: HISTORY_VALUES, returnBounds: false, timestampsToReturn: TimestampsToReturn.Both };
      const results = await session.readHistoryValue(asked, new Date(from), new Date(to), options);
      if (results.every((result) => !isHistory(result))) return false;
      for (const [i, { tag }] of open.entries()) {
        const past = samplesOf(results[i]?.historyData);
        if (past !== undefined) samples(tag, past);
      }
      open = open.flatMap((node, i) => {
        const continuationPoint = results[i]?.continuationPoint;
        return continuationPoint && continuationPoint.length > 0 ? [{ ...node, continuationPoint }] : [];
      });
    }
    return true;
  }

  #connected(): Open {
    if (this.#open === undefined) throw new Error("the connection was lost");
    return this.#open;
  }

  /** Takes over what the last connection left, or makes everything anew. */
  async #subscribe(client: OPCUAClient, session: RawSession, ended: (reason: string) => void): Promise<Open> {
    const { lines, clock } = this.#options;
    const left = this.#left;
    this.#left = undefined;
    const heard = (): void => {
      this.#spokeAt = clock.now();
      this.#answeredAt = this.#spokeAt;
    };
    const options: SubscriptionOptions = { ...this.#options, session, heard, ended };
    const limits = await readLimits(session);
    const serverStart = await readTime(session, VariableIds.Server_ServerStatus_StartTime);
    const same = left !== undefined && left.serverStart === serverStart;
    const taken = same ? await Subscription.takeOver(options, left.state) : undefined;
    const nodes = taken !== undefined && left !== undefined ? left.nodes : await readNodes(session, lines, limits);
    const subscription = taken ?? (await this.#watchAll(options, nodes, limits));
    heard();
    return { client, session, nodes, limits, subscription, serverStart, writer: new Writer({ session, nodes, limits }) };
  }

  async #watchAll(options: SubscriptionOptions, nodes: NodeTable, limits: Limits): Promise<Subscription> {
    const subscription = await Subscription.create(options);
    const items: TagItem[] = [];
    const unnamed: Tag[] = [];
    for (const line of this.#options.lines)
      for (const tag of [line, ...line.cells].flatMap((home) => [...home.tags.values()])) {
        const node = nodes.node(tag);
        if (node === undefined) unnamed.push(tag);
        else items.push({ tag, node, foreign: !nodes.isOurs(tag), deadband: deadbandOf(tag, line) });
      }
    const refused = await monitor(items, { session: options.session, subscriptionId: subscription.id, limit: limits.monitoredItems });
    if (unnamed.length > 0) refused.set("no node", unnamed);
    const missing = [...refused.values()].reduce((n, tags) => n + tags.length, 0);
    if (missing === items.length + unnamed.length) throw new Error(`the server has none of the ${missing} tags of this plant`);
    this.#options.missing(refused);
    return subscription;
  }

  /** Breaks off. `keep`: the session stays with the server, so that the next connection can take its subscription over. */
  async #leave(keep: boolean): Promise<void> {
    const client = this.#client;
    const session = this.#session;
    const open = this.#open;
    this.#stopWatch();
    this.#client = undefined;
    this.#session = undefined;
    this.#open = undefined;
    open?.subscription.stop();
    this.#left = keep && open ? { nodes: open.nodes, serverStart: open.serverStart, state: open.subscription.state } : undefined;
    await this.#soon(leave(client, keep ? undefined : session));
  }

  /** A server that does not answer is not waited for. */
  #soon(polite: Promise<void>): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const cancel = clock.at(clock.now() + GOODBYE_WITHIN, resolve);
      void polite.then(() => {
        cancel();
        resolve();
      });
    });
  }

  #watch({ session, subscription }: Open, end: (reason: string) => void): void {
    const { clock } = this.#options;
    const overdue = Math.max(SILENCE, OVERDUE * subscription.keepAlive);
    let asking = false;
    this.#stopWatch = every(clock, 500, () => {
      const now = clock.now();
      const silence = now - this.#answeredAt;
      if (silence >= SILENCE) return end(`no answer for ${Math.round(silence / 100) / 10} s`);
      if (now - this.#spokeAt >= overdue) return end(`no publication for ${Math.round((now - this.#spokeAt) / 100) / 10} s`);
      if (silence < ASK_AFTER || asking) return;
      asking = true;
      const answered = (): void => {
        asking = false;
        this.#answeredAt = clock.now();
      };
      readTime(session, VariableIds.Server_ServerStatus_CurrentTime).then(answered, () => undefined);
    });
  }
}

/** Epoch ms; 0 where the server does not say. */
async function readTime(session: ClientSession, id: number): Promise<number> {
  const { value } = await session.read({ nodeId: `i=${id}`, attributeId: AttributeIds.Value });
  return value.value instanceof Date ? value.value.getTime() : 0;
}

/** In the server's unit; 0 where every sample is wanted. */
function deadbandOf({ definition }: Tag, line: Line): number {
  const map = line.description.opcua;
  return map?.report === "exception" ? definition.deadband / Math.abs(map.scale[definition.name]?.factor ?? 1) : 0;
}

function userName(userName: string, password: string) {
  return { type: UserTokenType.UserName as const, userName, password };
}

async function leave(client: OPCUAClient | undefined, session: ClientSession | undefined): Promise<void> {
  try {
    await session?.close(true);
    await client?.disconnect();
  } catch {
    // What is being closed may already be gone.
  }
}

function isHistory(result: HistoryReadResult): boolean {
  return !result.statusCode.isBad() || result.statusCode.name === "BadNoData";
}
