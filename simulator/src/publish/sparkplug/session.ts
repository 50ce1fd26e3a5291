/** Keeps one edge connected to its broker: one MQTT connection at a time, each with its own will, retried for ever. */

import { X509Certificate } from "node:crypto";
import { Socket } from "node:net";
import { checkServerIdentity, type PeerCertificate, TLSSocket } from "node:tls";
import { type Cancel, type Clock, Fault } from "@cellhouse/shared";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import type { Edge } from "./edge.ts";
import type { Transport } from "./edge-options.ts";

/** How an edge reaches its broker; asked before each attempt, so that what is renewed meanwhile counts. */
export interface Reach {
  user: string;
  password: string;
  /** Certificate of the authority behind the broker, PEM; without it the system's own. */
  ca?: Buffer;
}

export interface SessionOptions {
  url: string;
  /** May throw a `Fault`: said, and tried again. */
  reach(): Reach;
  clientId: string;
  clock: Clock;
  say(text: string): void;
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;
const KEEPALIVE_S = 10;
const GOODBYE_MS = 1000;

export class Session {
  readonly #edge: Edge;
  readonly #options: SessionOptions;
  #client: MqttClient | undefined;
  #user = "";
  #retry: Cancel = () => undefined;
  #delay = FIRST_RETRY_MS;
  #stopped = false;
  /** The edge asked for a new connection itself. */
  #restarting = false;
  /** An outage is stated once. */
  #complained = false;

  constructor(edge: Edge, options: SessionOptions) {
    this.#edge = edge;
    this.#options = options;
  }

  start(): void {
    try {
      const client = connect(this.#options.url, this.#connectOptions());
      this.#client = client;
      this.#listen(client);
    } catch (cause) {
      if (!(cause instanceof Fault)) throw cause;
      this.#again(cause.message);
    }
  }

  /** Death certificate, then a clean disconnect; gives up waiting after a second. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#retry();
    const client = this.#client;
    if (client === undefined) return;
    this.#edge.goodbye();
    const { clock } = this.#options;
    await new Promise<void>((resolve) => {
      const cancel = clock.at(clock.now() + GOODBYE_MS, () => client.end(true, () => resolve()));
      client.end(!client.connected, () => {
        cancel();
        resolve();
      });
    });
  }

  #connectOptions(): IClientOptions {
    const { user, password, ca } = this.#options.reach();
    this.#user = user;
    const { topic, payload } = this.#edge.will();
    return {
      clientId: this.#options.clientId,
      username: user,
      password,
      ...(ca !== undefined && { ca, allowPartialTrustChain: true, checkServerIdentity: identityBy(ca) }),
      clean: true,
      protocolVersion: 4,
      keepalive: KEEPALIVE_S,
      // A ping each 10 s even while publishing: its answer proves that what was sent before it has arrived.
      reschedulePings: false,
      reconnectPeriod: 0,
      connectTimeout: 5000,
      queueQoSZero: false,
      will: { topic, payload: Buffer.from(payload), qos: 1, retain: false },
    };
  }

  #listen(client: MqttClient): void {
    const { clock } = this.#options;
    let reason = "the connection was closed";
    // The client writes its CONNECT before there is a connection; it goes out with the first one.
    const { stream } = client;
    stream.once(stream instanceof TLSSocket ? "secureConnect" : "connect", () => this.#edge.connecting());
    client.on("connect", () => {
      this.#edge.connecting();
      if (client.stream instanceof Socket) client.stream.setNoDelay(true); // a small packet must not wait for the answer to the one before
      this.#subscribe(client);
    });
    client.on("message", (topic, payload) => this.#edge.receive(topic, payload, clock.now()));
    this.#followPings(client);
    client.on("error", (error) => {
      reason = describe(error);
    });
    client.once("close", () => {
      this.#edge.close();
      client.removeAllListeners("message");
      if (client === this.#client) this.#again(reason);
    });
  }

  /** Only the answer to a ping tells how far we were understood: anything else may have crossed what was lost. */
  #followPings(client: MqttClient): void {
    const { clock } = this.#options;
    let asked = Number.NEGATIVE_INFINITY;
    client.on("packetsend", ({ cmd }) => {
      if (cmd === "pingreq") asked = clock.now();
    });
    client.on("packetreceive", ({ cmd }) => {
      if (cmd === "pingresp") this.#edge.heard(asked);
    });
  }

  #subscribe(client: MqttClient): void {
    client.subscribe(this.#edge.subscriptions(), { qos: 1 }, (error, granted) => {
      const refused = granted?.find((grant) => Number(grant.qos) > 2);
      if (error || refused !== undefined) {
        this.#complain(`may not subscribe ${refused?.topic ?? ""}: ${error?.message ?? "refused by the broker"}`);
        client.end(true);
        return;
      }
      if (this.#complained) this.#options.say(`edge ${this.#edge.id}: connected again`);
      this.#complained = false;
      this.#delay = FIRST_RETRY_MS;
      this.#edge.open(this.#transport(client), this.#options.clock.now());
    });
  }

  #transport(client: MqttClient): Transport {
    return {
      publish: (topic, payload, qos) => void client.publish(topic, payload as Buffer, { qos, retain: false }, ignore),
      backlog: () => client.stream?.writableLength ?? 0,
      restart: () => {
        this.#restarting = true;
        client.end();
      },
    };
  }

  #again(reason: string): void {
    if (this.#stopped) return;
    if (!this.#restarting) this.#complain(reason);
    this.#restarting = false;
    const { clock } = this.#options;
    this.#retry = clock.at(clock.now() + this.#delay * spread(this.#edge.id), () => this.start());
    this.#delay = Math.min(LAST_RETRY_MS, this.#delay * 2);
  }

  #complain(reason: string): void {
    if (this.#complained) return;
    this.#complained = true;
    this.#options.say(`edge ${this.#edge.id}: E_BROKER ${withoutSecret(this.#options.url)} as ${this.#user}: ${reason}; trying again`);
  }
}

/** A lost QoS 0 message is resent from the edge's buffer. */
function ignore(): void {}

function describe(error: Error & { code?: unknown }): string {
  return error.message || String(error.code ?? "no answer");
}

/** Different edges come back at slightly different times: 0.75 to 1.25, fixed by the edge's id. */
function spread(id: string): number {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) % 101;
  return 0.75 + sum / 200;
}

/** The very certificate we were given is believed under whatever name the broker is reached; what it has signed, under its own. */
function identityBy(ca: Buffer): (host: string, shown: PeerCertificate) => Error | undefined {
  return (host, shown) => (new X509Certificate(ca).raw.equals(shown.raw) ? undefined : checkServerIdentity(host, shown));
}

function withoutSecret(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}
