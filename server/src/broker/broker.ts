/** The embedded MQTT broker: aedes over TCP with accounts, topic rights and bounds. MQTT 3.1.1. */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { type Clock, Fault, type Link, type Plant } from "@cellhouse/shared";
import { Aedes, type AuthenticateError, type Client } from "aedes";
import type { Counters, LocalBroker } from "../contracts.ts";
import { type Account, createAccounts, samePassword } from "./accounts.ts";
import { attachTo, publishTo } from "./local.ts";
import { createOutgoingStore, type OutgoingStore } from "./outgoing.ts";
import { guardSocket } from "./packet-guard.ts";

export interface BrokerLimits {
  /** Largest MQTT packet, bytes. */
  packetBytes: number;
  connections: number;
  /** Messages kept for one client that is away. */
  queuedPerClient: number;
  /** Clients that may leave a session behind. */
  sessions: number;
}

const DEFAULT_LIMITS: BrokerLimits = { packetBytes: 1 << 20, connections: 500, queuedPerClient: 1000, sessions: 100 };

export interface BrokerOptions {
  /** 0: a free one. */
  port: number;
  host: string;
  plant: Plant;
  fieldPassword: string;
  limits?: Partial<BrokerLimits>;
  counters: Counters;
  clock: Clock;
}

export interface Broker extends LocalBroker {
  /** The port it listens on; 0 before `start`. */
  readonly port: number;
  /** Throws E_PORT_TAKEN naming the port. */
  start(): Promise<void>;
  stop(): Promise<void>;
  links(): Link[];
}

const BAD_PASSWORD = 4;
const NOT_AUTHORIZED = 5;
const UNAVAILABLE = 3;

export function createBroker(options: BrokerOptions): Broker {
  return new EmbeddedBroker(options);
}

class EmbeddedBroker implements Broker {
  readonly #options: BrokerOptions;
  readonly #limits: BrokerLimits;
  readonly #accounts: ReadonlyMap<string, Account>;
  readonly #users = new WeakMap<Client, Account>();
  readonly #sessions = new Set<string>();
  readonly #sockets = new Set<Socket>();
  #aedes: Aedes | undefined;
  #server: Server | undefined;
  #since: number;
  port = 0;

  constructor(options: BrokerOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#accounts = createAccounts(options.plant);
    this.#since = options.clock.now();
  }

  async start(): Promise<void> {
    const { counters } = this.#options;
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
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

  async #createAedes(): Promise<Aedes> {
    const { counters } = this.#options;
    const aedes = await Aedes.createBroker({
      concurrency: 1000,
      connectTimeout: 5_000,
      drainTimeout: 10_000,
      maxTopicLevels: 10,
      authenticate: (client, user, password, done) => this.#authenticate(client, user, password, done),
      authorizePublish: (client, packet, done) => {
        // Without a client it is the broker itself ($SYS).
        const account = client === null ? undefined : this.#users.get(client);
        if (account !== undefined && !account.mayRetain) packet.retain = false;
        if (client === null || account?.mayPublish(packet.topic)) return done(null);
        counters.rejected("mqtt_publish_right");
        return done(new Error(`${account?.name ?? "a client"} may not publish to ${packet.topic.slice(0, 100)}`));
      },
      authorizeSubscribe: (client, subscription, done) => {
        if (this.#users.get(client)?.maySubscribe(subscription.topic)) return done(null, subscription);
        counters.rejected("mqtt_subscribe_right");
        return done(null, null);
      },
    });
    const { persistence } = aedes as unknown as { persistence: OutgoingStore };
    Object.assign(
      persistence,
      createOutgoingStore(this.#limits.queuedPerClient, (n) => counters.dropped("mqtt_offline_queue", n)),
    );
    return aedes;
  }

  #authenticate(
    client: Client,
    user: string | undefined,
    password: Buffer | undefined,
    done: (error: AuthenticateError | null, ok: boolean | null) => void,
  ): void {
    const { counters, fieldPassword } = this.#options;
    const account = this.#accounts.get(user ?? "");
    const refuse = (code: number, reason: string): void => {
      counters.rejected(reason);
      done(Object.assign(new Error(reason), { returnCode: code }), false);
    };
    // The password is compared for unknown users too, so that time does not tell which names exist.
    const known = samePassword(password, fieldPassword) && account !== undefined;
    if (user === undefined) refuse(NOT_AUTHORIZED, "mqtt_anonymous");
    else if (!known) refuse(BAD_PASSWORD, "mqtt_sign_in");
    else if (!this.#mayKeepSession(client)) refuse(UNAVAILABLE, "mqtt_sessions");
    else {
      this.#users.set(client, account);
      done(null, true);
    }
  }

  #mayKeepSession(client: Client): boolean {
    if (client.clean || this.#sessions.has(client.id)) return true;
    if (this.#sessions.size >= this.#limits.sessions) return false;
    this.#sessions.add(client.id);
    return true;
  }

  #accept(socket: Socket): void {
    const { counters } = this.#options;
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    guardSocket(socket, this.#limits.packetBytes, () => {
      counters.rejected("mqtt_packet_size");
      socket.destroy();
    });
    if (this.#aedes === undefined) socket.destroy();
    else this.#aedes.handle(socket);
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
