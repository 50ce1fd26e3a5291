/** What was seen of a Sparkplug system, in order: the checker's input. */
import { connect, type MqttClient } from "mqtt";

/** One MQTT message, as published or as a subscriber got it. */
export interface Seen {
  kind: "message";
  /** Epoch ms. */
  time: number;
  topic: string;
  payload: Uint8Array;
  qos: number;
  retain: boolean;
  /** Who published it, where that is known. */
  client?: string;
}

export interface Will {
  topic: string;
  payload: Uint8Array;
  qos: number;
  retain: boolean;
}

export type Entry =
  | Seen
  /** A client's CONNECT. */
  | { kind: "connect"; time: number; client: string; clean: boolean; will?: Will }
  | { kind: "subscribe"; time: number; client: string; filters: readonly string[] }
  /** A client's DISCONNECT packet. */
  | { kind: "disconnect"; time: number; client: string }
  /** The connection has ended, however. */
  | { kind: "closed"; time: number; client: string }
  /** The observer was away: messages may be missing before this. */
  | { kind: "blind"; time: number };

export interface Capture {
  /** Retain flags are the publisher's own only where it was listened to directly: a broker takes them off what it forwards. */
  at: "publisher" | "subscriber";
  entries: Entry[];
}

export interface Observer {
  readonly capture: Capture;
  stop(): Promise<void>;
}

/** Listens to all of Sparkplug over an MQTT connection of its own, which comes back by itself. */
export async function observe(url: string, account: { username: string; password: string }): Promise<Observer> {
  const capture: Capture = { at: "subscriber", entries: [] };
  const client: MqttClient = connect(url, { ...account, reconnectPeriod: 50, connectTimeout: 1000, keepalive: 2, resubscribe: false });
  client.on("message", (topic, payload, { qos, retain }) =>
    capture.entries.push({ kind: "message", time: Date.now(), topic, payload, qos, retain }),
  );
  client.on("close", () => {
    if (capture.entries.at(-1)?.kind !== "blind") capture.entries.push({ kind: "blind", time: Date.now() });
  });
  client.on("error", () => undefined);
  client.on("connect", () => client.subscribe("spBv1.0/#", { qos: 1 }));
  await new Promise<void>((resolve) => client.once("connect", () => resolve()));
  return {
    capture,
    async stop() {
      client.removeAllListeners("close");
      await client.endAsync(true);
    },
  };
}
