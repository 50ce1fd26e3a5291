/** Bounds the size of MQTT packets before a byte of an oversized one is buffered: aedes itself accepts any size. */
import type { Socket } from "node:net";

/** Follows packet borders through a byte stream, whatever the chunks. */
export class PacketScanner {
  readonly #limit: number;
  /** Bytes of the present packet's body still to come. */
  #body = 0;
  /** Position in the fixed header: 0 the type byte, then the length's bytes. */
  #header = 0;
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False when a packet announces itself larger than the limit, or its length is no MQTT length. */
  scan(chunk: Uint8Array): boolean {
    let at = 0;
    while (at < chunk.length) {
      if (this.#body > 0) {
        const step = Math.min(this.#body, chunk.length - at);
        this.#body -= step;
        at += step;
      } else if (!this.#readHeader(chunk[at++] as number)) return false;
    }
    return true;
  }

  #readHeader(byte: number): boolean {
    if (this.#header === 0) {
      this.#header = 1;
      this.#length = 0;
      return true;
    }
    this.#length += (byte & 0x7f) * 128 ** (this.#header - 1);
    this.#header++;
    if (this.#length > this.#limit) return false;
    if (byte >= 0x80) return this.#header <= 4;
    this.#body = this.#length;
    this.#header = 0;
    return true;
  }
}

/** Lets every chunk the broker reads from the socket pass the scanner first; `refuse` is called once, the rest is never handed on. */
export function guardSocket(socket: Socket, limit: number, refuse: () => void): void {
  const scanner = new PacketScanner(limit);
  const read = socket.read.bind(socket);
  socket.read = (size?: number): Buffer | null => {
    const chunk: Buffer | null = read(size);
    if (chunk === null || scanner.scan(chunk)) return chunk;
    socket.read = () => null;
    refuse();
    return null;
  };
}
