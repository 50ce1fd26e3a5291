/** Asked by aedes who may come in, say what and hear what; counts every no. */
import type { AedesOptions, AuthenticateError, Client, PublishPacket, Subscription } from "aedes";
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
  counters: Counters;
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
  /** Whose session waits under a client id. */
  readonly #sessions = new Map<string, Account>();

  constructor(options: DoorkeeperOptions) {
    this.#options = options;
  }

  hooks(): Pick<AedesOptions, "authenticate" | "authorizePublish" | "authorizeSubscribe"> {
    const { counters } = this.#options;
    return {
      authenticate: (client, user, password, done) => {
        const refusal = this.#enter(client, user, password);
        done(refusal ?? null, refusal === undefined);
      },
      authorizePublish: (client, packet, done) => done(client === null ? null : this.#publishing(client, packet)),
      authorizeSubscribe: (client, subscription, done) => {
        if (this.maySubscribe(client, subscription)) return done(null, subscription);
        counters.rejected("mqtt_subscribe_right");
        return done(null, null);
      },
    };
  }

  maySubscribe(client: Client, { topic }: Pick<Subscription, "topic">): boolean {
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
