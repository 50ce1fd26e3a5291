/** The newest chunks as they were before packing: who reads at the log's end (the historian's forwarder) need not unpack them again. */
import { type Chunk, chunkOf } from "./chunk.ts";
import type { Pending } from "./pending.ts";

/** Samples kept, about 21 bytes each; two seconds at 130,000 a second. */
const MOST_SAMPLES = 262_144;

interface Kept {
  readonly segment: number;
  /** Index of its first record. */
  readonly first: number;
  readonly chunk: Chunk;
}

export class RecentChunks {
  readonly #kept: Kept[] = [];
  #samples = 0;

  /** Keeps what was just committed; its tags are those of the plant now running. */
  keep(segment: number, first: number, pending: Pending): void {
    const chunk = chunkOf(pending);
    this.#kept.push({ segment, first, chunk });
    this.#samples += chunk.tag.length;
    while (this.#samples > MOST_SAMPLES && this.#kept.length > 1) this.#samples -= this.#kept.shift()?.chunk.tag.length ?? 0;
  }

  /** The chunk that holds record `index` of a segment. */
  at(segment: number, index: number): { first: number; chunk: Chunk } | undefined {
    return this.#kept.find((kept) => kept.segment === segment && kept.first <= index && index < kept.first + kept.chunk.records);
  }
}
