/** Stands between MQTT 3.1.1 clients and their broker and writes down what the clients say: wills, QoS and retain as they were meant. */
import { connect, createServer, type Socket } from "node:net";
import type { Capture, Entry } from "./capture.ts";

const CONNECT = 1;
const PUBLISH = 3;
const SUBSCRIBE = 8;
const DISCONNECT = 14;

export interface Tap {
  readonly url: string;
  readonly capture: Capture;
  stop(): Promise<void>;
}

/** Listens on a free port and passes everything on to `port` on this machine, both ways, unchanged. */
export async function tapBroker(port: number): Promise<Tap> {
  const capture: Capture = { at: "publisher", entries: [] };
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const broker = connect({ port, host: "127.0.0.1", noDelay: true });
    const packets = new Packets((entry) => capture.entries.push(entry));
    client.on("data", (chunk) => {
      packets.take(chunk);
      if (broker.writable) broker.write(chunk);
    });
    broker.on("data", (chunk) => client.write(chunk));
    // What the client had said before it learnt that the broker is gone is still heard: it counts as said.
    broker.once("close", () => client.end());
    client.once("close", () => broker.destroy());
    for (const socket of [client, broker]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.once("close", () => sockets.delete(socket));
    }
    client.once("close", () => packets.closed());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `mqtt://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    capture,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** The packets of one client, cut out of its byte stream. */
class Packets {
  readonly #note: (entry: Entry) => void;
  #rest: Buffer = Buffer.alloc(0);
  #client = "";

  constructor(note: (entry: Entry) => void) {
    this.#note = note;
  }

  take(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      let length = 0;
      let at = 1;
      for (let more = true; more; at++) {
        const byte = this.#rest[at];
        if (byte === undefined) return;
        length += (byte & 0x7f) * 128 ** (at - 1);
        more = byte >= 0x80;
      }
      if (this.#rest.length < at + length) return;
      this.#packet(this.#rest[0] as number, new Fields(this.#rest.subarray(at, at + length)));
      this.#rest = this.#rest.subarray(at + length);
    }
  }

  closed(): void {
    this.#note({ kind: "closed", time: Date.now(), client: this.#client });
  }

  #packet(header: number, fields: Fields): void {
    const type = header >> 4;
    const time = Date.now();
    if (type === CONNECT) this.#connect(fields, time);
    else if (type === PUBLISH) {
      const qos = (header >> 1) & 3;
      const topic = fields.text();
      if (qos > 0) fields.number();
      this.#note({ kind: "message", time, topic, payload: fields.rest(), qos, retain: (header & 1) === 1, client: this.#client });
    } else if (type === SUBSCRIBE) {
      fields.number();
      const filters: string[] = [];
      while (!fields.atEnd) {
        filters.push(fields.text());
        fields.byte();
      }
      this.#note({ kind: "subscribe", time, client: this.#client, filters });
    } else if (type === DISCONNECT) this.#note({ kind: "disconnect", time, client: this.#client });
  }

  #connect(fields: Fields, time: number): void {
    fields.text();
    fields.byte();
    const flags = fields.byte();
    fields.number();
    this.#client = fields.text();
    const clean = (flags & 2) !== 0;
    const hasWill = (flags & 4) !== 0;
    const will = hasWill && { topic: fields.text(), payload: fields.bytes(), qos: (flags >> 3) & 3, retain: (flags & 32) !== 0 };
    this.#note({ kind: "connect", time, client: this.#client, clean, ...(will && { will }) });
  }
}

/** The fields of one packet, one after another. */
class Fields {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    return this.#bytes[this.#at++] as number;
  }

  number(): number {
    return this.byte() * 256 + this.byte();
  }

  bytes(): Buffer {
    const length = this.number();
    this.#at += length;
    return Buffer.from(this.#bytes.subarray(this.#at - length, this.#at));
  }

  text(): string {
    return this.bytes().toString("utf8");
  }

  rest(): Buffer {
    return Buffer.from(this.#bytes.subarray(this.#at));
  }
}
