/** The OPC UA client connection: secure channel, session, one subscription for all tags, writes, methods, history. One attempt per `open`. */

import { type Cancel, type Clock, every, type Tag } from "@cellhouse/shared";
import {
  AttributeIds,
  type ClientSession,
  type ClientSessionRawSubscriptionService,
  type ClientSubscription,
  DataChangeFilter,
  type DataChangeNotification,
  DataChangeTrigger,
  DataType,
  DeadbandType,
  type HistoryReadResult,
  LogLevel,
  MonitoringMode,
  type NotificationMessage,
  type OPCUAClient,
  type StatusCode,
  setLogLevel,
  TimestampsToReturn,
  UserTokenType,
  Variant,
} from "node-opcua";
import type { Connection } from "../runner.ts";
import { connect, inWords, namespaceIndex } from "./connect.ts";
import type { WireItem } from "./intake.ts";
import type { WireValue } from "./values.ts";

export interface OpcuaSessionOptions {
  url: string;
  user: string;
  password: string;
  /** Certificates and keys live here; made on first use. */
  pkiFolder: string;
  /** Believe the very first server, as on a network of our own. */
  trustFirst: boolean;
  publishingInterval: number;
  clock: Clock;
  tags: readonly Tag[];
  items(items: readonly WireItem[]): void;
  /** Tags the server does not have. */
  missing(tags: readonly Tag[]): void;
}

/** Without any answer from the server this long it counts as lost, ms. */
const SILENCE = 2_500;
const GOODBYE_WITHIN = 1_000;
const ITEMS_PER_CALL = 1_000;
/** Samples a server keeps per tag between two publications. */
const QUEUE = 20;
const WRITES_PER_CALL = 500;
const HISTORY_VALUES = 1_000;

interface Write {
  tag: Tag;
  value: number;
  resolve(answer: StatusCode | undefined): void;
  reject(error: unknown): void;
}

export class OpcuaSession implements Connection {
  readonly #options: OpcuaSessionOptions;
  #client: OPCUAClient | undefined;
  #session: ClientSession | undefined;
  #namespace = 0;
  #writes: Write[] = [];
  #heardAt = 0;
  #stopWatch: Cancel = () => undefined;

  constructor(options: OpcuaSessionOptions) {
    this.#options = options;
    // The library's own console talk; what matters comes to us as errors and events.
    setLogLevel(LogLevel.Emergency);
  }

  async open(lost: (reason: string) => void): Promise<void> {
    const { url, user, password } = this.#options;
    const client = await connect(url, this.#options).catch((error: unknown) => {
      throw new Error(inWords(error, user));
    });
    this.#client = client;
    let open = true;
    const end = (reason: string): void => {
      if (!open || this.#client !== client) return;
      open = false;
      void this.close();
      lost(reason);
    };
    try {
      const session = await client.createSession({ type: UserTokenType.UserName, userName: user, password });
      this.#session = session;
      this.#namespace = await namespaceIndex(session, url);
      const subscription = await this.#subscribe(session);
      await this.#monitor(session, subscription);
      client.once("close", () => end("the server closed the connection"));
      session.once("session_closed", () => end("the server closed the session"));
      subscription.once("status_changed", () => end("the server ended the subscription"));
      this.#watch(end);
    } catch (error) {
      await this.close();
      throw new Error(inWords(error, user));
    }
  }

  async close(): Promise<void> {
    const client = this.#client;
    const session = this.#session;
    this.#stopWatch();
    this.#client = undefined;
    this.#session = undefined;
    await this.#soon(leave(client, session));
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

  /** The server's answer, or undefined without a connection. Writes asked for in one turn leave as one request: each costs a signature and a cipher. */
  write(tag: Tag, value: number): Promise<StatusCode | undefined> {
    return new Promise((resolve, reject) => {
      this.#writes.push({ tag, value, resolve, reject });
      if (this.#writes.length === 1) queueMicrotask(() => void this.#flushWrites());
    });
  }

  async #flushWrites(): Promise<void> {
    const all = this.#writes;
    this.#writes = [];
    for (let from = 0; from < all.length; from += WRITES_PER_CALL) {
      const part = all.slice(from, from + WRITES_PER_CALL);
      try {
        const nodes = part.map(({ tag, value }) => ({
          nodeId: this.#nodeId(tag.path),
          attributeId: AttributeIds.Value,
          value: { value: variantOf(tag, value) },
        }));
        const answers = await this.#session?.write(nodes);
        for (const [i, write] of part.entries()) write.resolve(answers?.[i]);
      } catch (error) {
        for (const write of part) write.reject(error);
      }
    }
  }

  /** Calls a method of an owner with one text and gives back its text; undefined without a connection. */
  async call(owner: string, method: string, text: string): Promise<{ status: StatusCode; text: string } | undefined> {
    const objectId = this.#nodeId(owner);
    const result = await this.#session?.call({
      objectId,
      methodId: `${objectId}.${method}`,
      inputArguments: [new Variant({ dataType: DataType.String, value: text })],
    });
    return result && { status: result.statusCode, text: String(result.outputArguments?.[0]?.value ?? "") };
  }

  /** Raw history of some tags, handed on as it comes; false when the server keeps none. Rejects when the connection breaks. */
  async history(
    tags: readonly Tag[],
    from: number,
    to: number,
    values: (tag: Tag, values: readonly WireValue[]) => void,
  ): Promise<boolean> {
    let open = tags.map((tag) => ({ tag, nodeId: this.#nodeId(tag.path), continuationPoint: undefined as Buffer | undefined }));
    while (open.length > 0) {
      const session = this.#session;
      if (session === undefined) throw new Error("the connection was lost");
      const nodes = open.map(({ nodeId, continuationPoint }) => ({ nodeId, ...(continuationPoint && { continuationPoint }) }));
      const options = { numValuesPerNode: HISTORY_VALUES, returnBounds: false, timestampsToReturn: TimestampsToReturn.Source };
      const results = await session.readHistoryValue(nodes, new Date(from), new Date(to), options);
      if (results.every((result) => !isHistory(result))) return false;
      for (const [i, { tag }] of open.entries()) values(tag, valuesOf(results[i]));
      open = open.flatMap((node, i) => {
        const continuationPoint = results[i]?.continuationPoint;
        return continuationPoint && continuationPoint.length > 0 ? [{ ...node, continuationPoint }] : [];
      });
    }
    return true;
  }

  async #subscribe(session: ClientSession): Promise<ClientSubscription> {
    const { publishingInterval, clock } = this.#options;
    const subscription = await session.createSubscription2({
      requestedPublishingInterval: publishingInterval,
      requestedMaxKeepAliveCount: Math.max(3, Math.floor(1000 / publishingInterval)),
      requestedLifetimeCount: Math.ceil(30_000 / publishingInterval),
      maxNotificationsPerPublish: 0,
      publishingEnabled: true,
      priority: 10,
    });
    this.#heardAt = clock.now();
    subscription.on("raw_notification", (message) => this.#notification(message));
    return subscription;
  }

  /** Before the library makes an event per item of it: the notification is taken whole, and none of its data is left behind. */
  #notification(message: NotificationMessage): void {
    this.#heardAt = this.#options.clock.now();
    const data = message.notificationData ?? [];
    const kept = data.filter((part) => {
      if (part?.schema.name !== "DataChangeNotification") return true;
      this.#options.items((part as DataChangeNotification).monitoredItems as unknown as readonly WireItem[]);
      return false;
    });
    message.notificationData = kept;
  }

  async #monitor(session: ClientSession, subscription: ClientSubscription): Promise<void> {
    const { tags } = this.#options;
    const filter = new DataChangeFilter({
      trigger: DataChangeTrigger.StatusValueTimestamp,
      deadbandType: DeadbandType.None,
      deadbandValue: 0,
    });
    const missing: Tag[] = [];
    // Items made by the library's own classes would each be an event emitter; the raw service makes none.
    const raw = session as ClientSession & ClientSessionRawSubscriptionService;
    for (let from = 0; from < tags.length; from += ITEMS_PER_CALL) {
      const part = tags.slice(from, from + ITEMS_PER_CALL);
      const { results } = await raw.createMonitoredItems({
        subscriptionId: subscription.subscriptionId,
        timestampsToReturn: TimestampsToReturn.Source,
        itemsToCreate: part.map((tag) => ({
          itemToMonitor: { nodeId: this.#nodeId(tag.path), attributeId: AttributeIds.Value },
          monitoringMode: MonitoringMode.Reporting,
          requestedParameters: { clientHandle: tag.id, samplingInterval: 0, queueSize: QUEUE, discardOldest: true, filter },
        })),
      });
      for (const [i, tag] of part.entries()) if (!results?.[i]?.statusCode.isGood()) missing.push(tag);
    }
    if (missing.length === tags.length) throw new Error(`the server has none of the ${tags.length} tags of this plant`);
    if (missing.length > 0) this.#options.missing(missing);
  }

  #watch(end: (reason: string) => void): void {
    const { clock } = this.#options;
    this.#stopWatch = every(clock, 500, () => {
      const silence = clock.now() - this.#heardAt;
      if (silence >= SILENCE) end(`no answer for ${Math.round(silence / 100) / 10} s`);
    });
  }

  /** `BT.EL1.L02.C025:TI-101` -> `ns=1;s=L02.C025.TI-101`. Foreign node ids need a mapping, which is not built yet. */
  #nodeId(path: string): string {
    return `ns=${this.#namespace};s=${path.split(".").slice(2).join(".").replace(":", ".")}`;
  }
}

async function leave(client: OPCUAClient | undefined, session: ClientSession | undefined): Promise<void> {
  try {
    await session?.close(true);
    await client?.disconnect();
  } catch {
    // What is being closed may already be gone.
  }
}

function variantOf(tag: Tag, value: number): Variant {
  const { type } = tag.definition;
  if (type === "bool") return new Variant({ dataType: DataType.Boolean, value: value !== 0 });
  if (type === "ms") return new Variant({ dataType: DataType.DateTime, value: new Date(value) });
  return new Variant({ dataType: type === "f64" ? DataType.Double : type === "u32" ? DataType.UInt32 : DataType.Float, value });
}

function isHistory(result: HistoryReadResult): boolean {
  return !result.statusCode.isBad() || result.statusCode.name === "BadNoData";
}

function valuesOf(result: HistoryReadResult | undefined): readonly WireValue[] {
  const data = result?.historyData as unknown as { dataValues?: readonly WireValue[] | null } | null | undefined;
  return data?.dataValues ?? [];
}
