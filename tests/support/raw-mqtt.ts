/** MQTT 3.1.1 by hand, for what a well-behaved client would never do. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface RawConnect {
  user: string;
  password: string;
  clientId: string;
  /** s; 0: none. */
  keepalive?: number;
}

const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length >> 8, value.length & 0xff]), Buffer.from(value)]);

/** A whole packet: first byte, length, body. */
export function packet(first: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  for (let rest = body.length; length.length === 0 || rest > 0; rest >>= 7) length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
  return Buffer.concat([Buffer.from([first, ...length]), body]);
}

export function connectPacket({ user, password, clientId, keepalive = 0 }: RawConnect): Buffer {
  const head = Buffer.from([4, 0xc2, keepalive >> 8, keepalive & 0xff]);
  return packet(0x10, text("MQTT"), head, text(clientId), text(user), text(password));
}

export function subscribePacket(id: number, filter: string, qos: 0 | 1 = 0): Buffer {
  return packet(0x82, Buffer.from([id >> 8, id & 0xff]), text(filter), Buffer.from([qos]));
}

export function publishPacket(topic: string, payload: string): Buffer {
  return packet(0x30, text(topic), Buffer.from(payload));
}

/** A connection of which nothing is expected; errors are its normal end. */
export async function rawSocket(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/** Sends and waits until as many bytes have come back. */
export async function ask(socket: Socket, bytes: Buffer, answerBytes: number): Promise<Buffer> {
  socket.write(bytes);
  let heard = Buffer.alloc(0);
  while (heard.length < answerBytes) heard = Buffer.concat([heard, ...((await once(socket, "data")) as Buffer[])]);
  return heard;
}

/** Resolves when the other side has ended it. */
export async function closed(socket: Socket): Promise<void> {
  socket.resume();
  if (!socket.destroyed) await once(socket, "close");
}
