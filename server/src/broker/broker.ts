/** The embedded MQTT broker: aedes over TCP or TLS with accounts, topic rights and bounds. MQTT 3.1.1. */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { type Clock, Fault, type Link, type Plant } from "@cellhouse/shared";
import { Aedes, type Client, type Subscription } from "aedes";
import type { Counters, LocalBroker } from "../contracts.ts";
import { createAccounts } from "./accounts.ts";
import { Doorkeeper, Refusal } from "./doorkeeper.ts";
import { attachTo, publishTo } from "./local.ts";
import { boundReader, createOutgoingStore, type OutgoingStore } from "./outgoing.ts";
import { guardSocket } from "./packet-guard.ts";

export interface BrokerLimits {
  /** Largest MQTT packet, bytes. */
  packetBytes: number;
  connections: number;
  /** New ones, of all clients together. */
  connectionsPerSecond: number;
  /** Messages kept for one client that is away. */
  queuedPerClient: number;
  /** What waits for one client that does not read, bytes; beyond it the client is cut off. */
  unreadBytes: number;
  /** How long it may leave unread what was kept for it. */
  unreadMs: number;
  /** Clients that may leave a session behind. */
  sessions: number;
  /** Filters one connection may ask for. */
  subscriptions: number;
}

const DEFAULT_LIMITS: BrokerLimits = {
  packetBytes: 1 << 20,
  connections: 500,
  connectionsPerSecond: 250,
  queuedPerClient: 1000,
  unreadBytes: 8 << 20,
  unreadMs: 10_000,
  sessions: 100,
  subscriptions: 5000,
};
/** A connection that neither speaks nor hears is probed after this, also where the client asked for no keep-alive, ms. */
const PROBE_AFTER = 30_000;
const SPEAK_WITHIN = 5_000;
const SLOW = "mqtt_slow_reader";

export interface BrokerOptions {
  /** 0: a free one. */
  port: number;
  host: string;
  plant: Plant;
  /** Opens every account. */
  fieldPassword: string;
  /** Passwords of single accounts. */
  passwords?: ReadonlyMap<string, string>;
  /** Then nothing but TLS is spoken, PEM. */
  tls?: { cert: string; key: string } | undefined;
  limits?: Partial<BrokerLimits>;
  counters: Counters;
  clock: Clock;
}

export interface Broker extends LocalBroker {
  /** The port it listens on; 0 before `start`. */
  readonly port: number;
  /** Throws E_PORT_TAKEN naming the port, E_OPTION where certificate and key do not fit. */
  start(): Promise<void>;
  stop(): Promise<void>;
  links(): Link[];
}

export function createBroker(options: BrokerOptions): Broker {
  return new EmbeddedBroker(options);
}

class EmbeddedBroker implements Broker {
  readonly #options: BrokerOptions;
  readonly #limits: BrokerLimits;
  readonly #doorkeeper: Doorkeeper;
  readonly #sockets = new Set<Socket>();
  #aedes: Aedes | undefined;
  #server: Server | undefined;
  #since: number;
  /** The second in which connections are being counted, and how many came in it. */
  #second = 0;
  #came = 0;
  port = 0;

  constructor(options: BrokerOptions) {
    const { plant, fieldPassword, passwords = new Map(), counters } = options;
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    const welcome = (client: Client): void => boundReader(client, this.#limits.unreadBytes, () => counters.dropped(SLOW));
    this.#doorkeeper = new Doorkeeper({ accounts: createAccounts(plant), fieldPassword, passwords, ...this.#limits, counters, welcome });
    this.#since = options.clock.now();
  }

  async start(): Promise<void> {
    const { counters } = this.#options;
    const server = this.#createServer();
    server.maxConnections = this.#limits.connections;
    server.on("drop", () => counters.rejected("mqtt_connections"));
    this.#aedes = await this.#createAedes();
    await this.#listen(server);
    this.#server = server;
    this.#since = this.#options.clock.now();
  }

  async stop(): Promise<void> {
    const { clock } = this.#options;
    this.#since = clock.now();
    this.#server?.close();
    this.#server = undefined;
    const aedes = this.#aedes;
    this.#aedes = undefined;
    if (aedes !== undefined) await new Promise<void>((resolve) => aedes.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    this.port = 0;
  }

  attach(...[filters, message]: Parameters<LocalBroker["attach"]>): Promise<() => void> {
    return attachTo(this.#running(), filters, message);
  }

  publish(message: Parameters<LocalBroker["publish"]>[0]): Promise<boolean> {
    return this.#aedes === undefined ? Promise.resolve(false) : publishTo(this.#aedes, message);
  }

  #running(): Aedes {
    if (this.#aedes === undefined) throw new Fault("E_BROKER", "the embedded broker does not run");
    return this.#aedes;
  }

  links(): Link[] {
    const up = this.#server !== undefined;
    const detail = up ? "" : "the embedded broker does not run";
    return [{ id: "broker:embedded", kind: "broker", state: up ? "up" : "down", since: this.#since, detail }];
  }

  #createServer(): Server {
    const { tls, counters } = this.#options;
    const tcp = { noDelay: true, keepAlive: true, keepAliveInitialDelay: PROBE_AFTER };
    if (tls === undefined) return createServer(tcp, (socket) => this.#accept(socket));
    try {
      const server = createTlsServer({ ...tcp, ...tls, handshakeTimeout: SPEAK_WITHIN }, (socket) => this.#accept(socket));
      return server.on("tlsClientError", () => counters.rejected("mqtt_tls"));
    } catch (cause) {
      throw new Fault("E_OPTION", `--tls-cert and --tls-key: ${(cause as Error).message}`, { cause });
    }
  }

  async #createAedes(): Promise<Aedes> {
    const { counters } = this.#options;
    const aedes = await Aedes.createBroker({
      concurrency: 1000,
      connectTimeout: SPEAK_WITHIN,
      drainTimeout: this.#limits.unreadMs,
      maxTopicLevels: 10,
      ...this.#doorkeeper.hooks(),
    });
    const ended = new WeakSet<Client>();
    const failed = (client: Client, error: Error): void => {
      const reason = ended.has(client) ? undefined : reasonOf(error);
      ended.add(client);
      if (reason === SLOW) counters.dropped(SLOW);
      else if (reason !== undefined) counters.rejected(reason);
    };
    aedes.on("clientError", failed).on("connectionError", failed);
    this.#bindPersistence((aedes as unknown as { persistence: Persistence }).persistence);
    return aedes;
  }

  #bindPersistence(persistence: Persistence): void {
    const { counters } = this.#options;
    const dropped = (n: number): void => counters.dropped("mqtt_offline_queue", n);
    const remember = persistence.addSubscriptions.bind(persistence);
    Object.assign(persistence, createOutgoingStore(this.#limits.queuedPerClient, dropped), {
      addSubscriptions: (client: Client, list: Subscription[]) => remember(client, this.#doorkeeper.kept(client, list)),
    });
  }

  #accept(socket: Socket): void {
    const { counters } = this.#options;
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    guardSocket(socket, this.#limits.packetBytes, () => {
      counters.rejected("mqtt_packet_size");
      socket.destroy();
    });
    if (this.#aedes === undefined || !this.#isInTime()) socket.destroy();
    else this.#aedes.handle(socket);
  }

  /** False for a connection too many within this second. */
  #isInTime(): boolean {
    const second = Math.floor(this.#options.clock.now() / 1000);
    this.#came = second === this.#second ? this.#came + 1 : 1;
    this.#second = second;
    if (this.#came <= this.#limits.connectionsPerSecond) return true;
    this.#options.counters.rejected("mqtt_connect_rate");
    return false;
  }

  async #listen(server: Server): Promise<void> {
    const { port, host } = this.#options;
    server.listen(port, host);
    try {
      await once(server, "listening");
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      if (code === "EADDRINUSE")
        throw new Fault("E_PORT_TAKEN", `--mqtt-port ${port} on ${host}: another program listens there`, { cause });
      throw new Fault("E_OPTION", `--mqtt-port ${port} on ${host}: ${message}`, { cause });
    }
    const address = server.address();
    this.port = typeof address === "object" && address !== null ? address.port : port;
  }
}

interface Persistence extends OutgoingStore {
  addSubscriptions(client: Client, subscriptions: Subscription[]): Promise<void>;
}

/** What a client's end is counted as; undefined for cut cables and for what is counted already. */
function reasonOf(error: Error & { code?: unknown }): string | undefined {
  if (error instanceof Refusal || typeof error.code === "string" || error.message === "connection closed") return undefined;
  if (error.message === "drain timeout") return SLOW;
  if (error.message === "keep alive timeout") return "mqtt_keepalive";
  if (error.message === "connect did not arrive in time") return "mqtt_connect_timeout";
  return "mqtt_malformed";
}
