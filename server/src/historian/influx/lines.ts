/** Line protocol in the making: bytes of one request, one line per series and time with a field per value. */
import { LONGEST, putMean, putNumber } from "./digits.ts";

/** Bytes per request: InfluxDB likes batches of some thousand points. */
const FULL = 1_000_000;
/** What may stand behind that, until the line is full too. */
const ROOM = 64_000;

const MOST_SPARE = 3;

const COMMA = 44;
const SPACE = 32;
const NEW_LINE = 10;

export class Lines {
  /** Given back, to be filled again: large buffers are dear to make and to collect. */
  readonly #spare: Buffer<ArrayBuffer>[] = [];
  #bytes = Buffer.allocUnsafe(FULL + ROOM);
  #end = 0;
  #head: Uint8Array | undefined;
  #time = 0;
  #separator = SPACE;

  /** Enough for a request. */
  get full(): boolean {
    return this.#end >= FULL;
  }

  get empty(): boolean {
    return this.#end === 0;
  }

  /** Fields from here on belong to this series at this time (whole ms): the open line goes on where both are the same. */
  at(head: Uint8Array, time: number): void {
    if (this.#head === head && this.#time === time) return;
    this.close();
    this.#room(head.length);
    this.#put(head);
    this.#head = head;
    this.#time = time;
    this.#separator = SPACE;
  }

  /** `field` as in `TI-101=`; the value must be finite. */
  field(field: Uint8Array, value: number): void {
    this.#begin(field);
    this.#end = putNumber(this.#bytes, this.#end, value);
  }

  mean(field: Uint8Array, value: number): void {
    this.#begin(field);
    this.#end = putMean(this.#bytes, this.#end, value);
  }

  /** Ends the open line: what follows stands in another one, even of the same series and time. */
  close(): void {
    if (this.#head === undefined) return;
    this.#room(LONGEST);
    this.#bytes[this.#end++] = SPACE;
    this.#end = putNumber(this.#bytes, this.#end, this.#time);
    this.#bytes[this.#end++] = NEW_LINE;
    this.#head = undefined;
  }

  /** The lines so far, which are no longer ours until they come back; begins anew. */
  take(): Buffer<ArrayBuffer> {
    this.close();
    const taken = this.#bytes.subarray(0, this.#end);
    this.#bytes = this.#spare.pop() ?? Buffer.allocUnsafe(FULL + ROOM);
    this.#end = 0;
    return taken;
  }

  /** What was taken and is needed no more. */
  giveBack(taken: Buffer<ArrayBuffer>): void {
    if (this.#spare.length < MOST_SPARE && taken.buffer.byteLength === FULL + ROOM) this.#spare.push(Buffer.from(taken.buffer));
  }

  #begin(field: Uint8Array): void {
    this.#room(field.length);
    this.#bytes[this.#end++] = this.#separator;
    this.#separator = COMMA;
    this.#put(field);
  }

  /** A loop: for so few bytes it costs less than a call. */
  #put(text: Uint8Array): void {
    const bytes = this.#bytes;
    let end = this.#end;
    for (let i = 0; i < text.length; i++) bytes[end++] = text[i] as number;
    this.#end = end;
  }

  /** Room for so many bytes and a number. */
  #room(bytes: number): void {
    if (this.#end + bytes + 2 * LONGEST < this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(this.#bytes.length * 2 + bytes);
    larger.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = larger;
  }
}
