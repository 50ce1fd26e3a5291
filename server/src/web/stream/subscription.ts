/** What one socket wants of a pipe's values, and which of it has changed since it was last told. Hot: no allocation per sample. */
import { encodeValues, type Frame, pushSample, type TagId } from "@cellhouse/shared";
import type { ModelView } from "../../contracts.ts";

const NOT_WANTED = -1;

/**
 * Values are not copied: a change only marks the tag, and the newest value is read from the model when it is sent. So a
 * slow socket costs no memory, gets the newest value of each tag, and its quality is that of the moment of sending.
 */
export class Subscription {
  /** The wire index: position -> tag. A tag keeps its position for the socket's life. */
  readonly tags: TagId[] = [];
  readonly #place = new Map<TagId, number>();
  /** Tag -> position while wanted. */
  readonly #wanted: Int32Array;
  #marked = new Uint8Array(64);
  #changed = new Uint32Array(64);
  #count = 0;
  #coalesced = false;

  /** `tagCount`: tags of the plant. */
  constructor(tagCount: number) {
    this.#wanted = new Int32Array(tagCount).fill(NOT_WANTED);
  }

  get pending(): boolean {
    return this.#count > 0;
  }

  /** Wants exactly these from now on; what is new is marked. True when the index grew (the socket has to be told). */
  replace(wanted: ReadonlySet<TagId>): boolean {
    for (const tag of this.tags) if (!wanted.has(tag)) this.#wanted[tag] = NOT_WANTED;
    const before = this.tags.length;
    for (const tag of wanted) {
      if (this.#wanted[tag] !== NOT_WANTED) continue;
      const position = this.#positionOf(tag);
      this.#wanted[tag] = position;
      this.#mark(position);
    }
    return this.tags.length > before;
  }

  #positionOf(tag: TagId): number {
    const known = this.#place.get(tag);
    if (known !== undefined) return known;
    const position = this.tags.push(tag) - 1;
    this.#place.set(tag, position);
    if (position >= this.#marked.length) this.#grow();
    return position;
  }

  #grow(): void {
    const marked = new Uint8Array(this.#marked.length * 2);
    const changed = new Uint32Array(marked.length);
    marked.set(this.#marked);
    changed.set(this.#changed);
    this.#marked = marked;
    this.#changed = changed;
  }

  /** The first `count` of these tags have a new value or quality. */
  offer(tags: Uint32Array, count: number): void {
    const wanted = this.#wanted;
    for (let i = 0; i < count; i++) {
      const position = wanted[tags[i] as number] as number;
      if (position !== NOT_WANTED) this.#mark(position);
    }
  }

  offerOne(tag: TagId): void {
    const position = this.#wanted[tag] as number;
    if (position !== NOT_WANTED) this.#mark(position);
  }

  /** Everything wanted is to be sent again: time has jumped, or the pipe is another. */
  offerAll(): void {
    for (const tag of this.tags) this.offerOne(tag);
  }

  #mark(position: number): void {
    if (this.#marked[position] === 1) {
      this.#coalesced = true;
      return;
    }
    this.#marked[position] = 1;
    this.#changed[this.#count++] = position;
  }

  /** The `values` message of all that changed, or undefined; nothing is pending afterwards. `scratch` is overwritten. */
  take(model: ModelView, receivedAt: number, scratch: Frame): ArrayBuffer | undefined {
    scratch.count = 0;
    scratch.receivedAt = receivedAt;
    for (let i = 0; i < this.#count; i++) {
      const position = this.#changed[i] as number;
      const tag = this.tags[position] as TagId;
      this.#marked[position] = 0;
      if (this.#wanted[tag] === position) pushSample(scratch, position, model.time(tag), model.value(tag), model.quality(tag));
    }
    const coalesced = this.#coalesced;
    this.#count = 0;
    this.#coalesced = false;
    return scratch.count === 0 ? undefined : encodeValues(scratch, coalesced);
  }
}
