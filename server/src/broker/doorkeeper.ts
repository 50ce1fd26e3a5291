/** Asked by aedes who may come in, say what and hear what; counts every no. */
import { covers } from "@cellhouse/shared";
import type { AedesOptions, AedesPublishPacket, AuthenticateError, Client, PublishPacket, Subscription } from "aedes";
import type { Counters } from "../contracts.ts";
import { type Account, samePassword } from "./accounts.ts";

export interface DoorkeeperOptions {
  accounts: ReadonlyMap<string, Account>;
  /** Opens every account: the server's own secret. */
  fieldPassword: string;
  /** Of single accounts, given to edges and gateways. */
  passwords: ReadonlyMap<string, string>;
  /** Clients that may leave a session behind. */
  sessions: number;
  /** Filters one connection may ask for. */
  subscriptions: number;
  counters: Counters;
  /** Told of each that may come in, before it hears anything. */
  welcome(client: Client): void;
}

const TAKEN_ID = 2;
const UNAVAILABLE = 3;
const BAD_PASSWORD = 4;
const NOT_AUTHORIZED = 5;

/** A no that is counted where it was said. */
export class Refusal extends Error {}

export class Doorkeeper {
  readonly #options: DoorkeeperOptions;
  readonly #users = new WeakMap<Client, Account>();
  /** Filters asked for so far. */
  readonly #asked = new WeakMap<Client, number>();
  /** Lists of filters already kept for a session. */
  readonly #kept = new WeakSet<readonly Subscription[]>();
  /** Whose session waits under a client id. */
  readonly #sessions = new Map<string, Account>();

  constructor(options: DoorkeeperOptions) {
    this.#options = options;
  }

  hooks(): Pick<AedesOptions, "authenticate" | "authorizePublish" | "authorizeSubscribe" | "authorizeForward"> {
    return {
      authenticate: (client, user, password, done) => {
        const refusal = this.#enter(client, user, password);
        if (refusal === undefined) this.#options.welcome(client);
        done(refusal ?? null, refusal === undefined);
      },
      authorizePublish: (client, packet, done) => done(client === null ? null : this.#publishing(client, packet)),
      authorizeSubscribe: (client, subscription, done) => done(null, this.#isHeard(client, subscription) ? subscription : null),
      authorizeForward: (client, packet) => {
        if (packet.qos > 0) packet.qos = Math.min(packet.qos, grantedQos(client, packet)) as AedesPublishPacket["qos"];
        return packet;
      },
    };
  }

  /**
   * What of a list of filters is kept for a session. aedes hands over the whole list, with what was refused (it would be
   * delivered after the next connect), and again for each of its filters (a long one would hold up everybody).
   */
  kept(client: Client, list: readonly Subscription[]): Subscription[] {
    if (this.#kept.has(list)) return [];
    this.#kept.add(list);
    return list.slice(0, this.#options.subscriptions).filter((one) => this.#maySubscribe(client, one));
  }

  #isHeard(client: Client, subscription: Subscription): boolean {
    const { counters, subscriptions } = this.#options;
    const asked = (this.#asked.get(client) ?? 0) + 1;
    this.#asked.set(client, asked);
    if (asked <= subscriptions && this.#maySubscribe(client, subscription)) return true;
    counters.rejected(asked <= subscriptions ? "mqtt_subscribe_right" : "mqtt_subscriptions");
    return false;
  }

  #maySubscribe(client: Client, { topic }: Subscription): boolean {
    return this.#users.get(client)?.maySubscribe(topic) === true;
  }

  #enter(client: Client, user: string | undefined, password: Buffer | undefined): AuthenticateError | undefined {
    const { accounts, fieldPassword, passwords } = this.#options;
    const account = accounts.get(user ?? "");
    // Compared for unknown users too, so that time does not tell which names exist.
    const byOwn = samePassword(password, passwords.get(user ?? "") ?? fieldPassword);
    const isKnown = samePassword(password, fieldPassword) || byOwn;
    if (user === undefined) return this.#refuse(NOT_AUTHORIZED, "mqtt_anonymous");
    if (account === undefined || !isKnown) return this.#refuse(BAD_PASSWORD, "mqtt_sign_in");
    const holder = this.#holder(client);
    if (holder !== undefined && holder !== account) return this.#refuse(TAKEN_ID, "mqtt_client_id");
    if (client.clean) this.#sessions.delete(client.id);
    else if (!this.#sessions.has(client.id) && this.#sessions.size >= this.#options.sessions)
      return this.#refuse(UNAVAILABLE, "mqtt_sessions");
    else this.#sessions.set(client.id, account);
    this.#users.set(client, account);
    return undefined;
  }

  /** Whose client id this is: that of a connection, which would be closed, or of a session, which would be taken over. */
  #holder(client: Client): Account | undefined {
    const { clients } = (client as unknown as { broker: { clients: Record<string, Client | undefined> } }).broker;
    const connected = clients[client.id];
    return (connected && this.#users.get(connected)) ?? this.#sessions.get(client.id);
  }

  #refuse(returnCode: number, reason: string): AuthenticateError {
    this.#options.counters.rejected(reason);
    return Object.assign(new Refusal(reason), { returnCode });
  }

  #publishing(client: Client, packet: PublishPacket): Refusal | null {
    const account = this.#users.get(client);
    // Each delivery is a first one, whatever this one was (MQTT-3.3.1-3).
    packet.dup = false;
    if (account?.mayRetain !== true) packet.retain = false;
    if (account?.mayPublish(packet.topic)) return null;
    this.#options.counters.rejected("mqtt_publish_right");
    return new Refusal(`${account?.name ?? "a client"} may not publish to ${packet.topic.slice(0, 100)}`);
  }
}

/** The highest QoS at which a client's own subscriptions hear a topic; aedes looks only at one of exactly that name (MQTT-3.8.4-6). */
function grantedQos(client: Client, { topic }: AedesPublishPacket): number {
  const { subscriptions } = client as unknown as { subscriptions: Record<string, { qos: number }> };
  let granted = 0;
  for (const filter in subscriptions)
    if (covers(filter, topic)) granted = Math.max(granted, (subscriptions[filter] as { qos: number }).qos);
  return granted;
}
