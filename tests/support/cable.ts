/** A cable that can be cut, stalled and tampered with: TCP from a port of its own to another. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What becomes of one MQTT packet on its way to the broker: the packets that go on, in order, each after a wait of its own. */
export type Tamper = (packet: Buffer) => readonly { packet: Buffer; afterMs: number }[];

export interface Cable {
  readonly port: number;
  /** Closes every connection and takes no new ones, until `mend`. */
  cut(): void;
  /** Nothing moves, nothing is closed: a half-open connection, until `mend`. */
  stall(): void;
  mend(): void;
  /** From now on packets of clients that connect anew pass through it. */
  tamper(what: Tamper | undefined): void;
  stop(): Promise<void>;
}

export async function startCable(target: number): Promise<Cable> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let state: "whole" | "cut" | "stalled" = "whole";
  let tamper: Tamper | undefined;
  const server = createServer({ noDelay: true }, (near) => {
    near.on("error", () => undefined);
    if (state === "cut") return void near.destroy();
    const far = connect({ port: target, host: "127.0.0.1", noDelay: true });
    far.on("error", () => undefined);
    const pair = [near, far] as const;
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    near.once("close", end);
    far.once("close", end);
    if (tamper === undefined) near.pipe(far);
    else pass(near, far, tamper);
    far.pipe(near);
    if (state === "stalled") for (const socket of pair) socket.pause();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      state = "cut";
      for (const [near, far] of pairs) {
        near.destroy();
        far.destroy();
      }
    },
    stall() {
      state = "stalled";
      for (const pair of pairs) for (const socket of pair) socket.pause();
    },
    mend() {
      state = "whole";
      for (const pair of pairs) for (const socket of pair) socket.resume();
    },
    tamper(what) {
      tamper = what;
    },
    async stop() {
      for (const [near, far] of pairs) {
        near.destroy();
        far.destroy();
      }
      server.close();
      await once(server, "close");
    },
  };
}

/** Cuts the stream into MQTT packets and hands each through `tamper`. */
function pass(near: Socket, far: Socket, tamper: Tamper): void {
  let rest = Buffer.alloc(0);
  near.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (let length = packetLength(rest); length > 0 && length <= rest.length; length = packetLength(rest)) {
      const packet = Buffer.from(rest.subarray(0, length));
      rest = rest.subarray(length);
      for (const { packet: next, afterMs } of tamper(packet))
        if (afterMs === 0) far.write(next);
        else setTimeout(() => void (far.destroyed || far.write(next)), afterMs);
    }
  });
}

/** Bytes of the packet that begins here, 0 while its length is not all there. */
function packetLength(bytes: Buffer): number {
  let length = 0;
  for (let i = 1; i < bytes.length && i < 5; i++) {
    const byte = bytes[i] as number;
    length += (byte & 0x7f) * 128 ** (i - 1);
    if (byte < 0x80) return i + 1 + length;
  }
  return 0;
}

/** Topic and payload of a QoS 0 PUBLISH; undefined for any other packet. The payload is a view: what is changed there is sent. */
export function published(packet: Buffer): { topic: string; payload: Buffer } | undefined {
  if ((packet[0] as number) >> 1 !== 0x18) return undefined;
  let at = 1;
  while ((packet[at] as number) >= 0x80) at++;
  const length = packet.readUInt16BE(at + 1);
  return { topic: packet.toString("utf8", at + 3, at + 3 + length), payload: packet.subarray(at + 3 + length) };
}
