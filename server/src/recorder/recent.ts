/** The newest chunks as they were before packing: who reads at the log's end (the historian's forwarder) need not unpack them again. */
import { type Chunk, chunkOf } from "./chunk.ts";
import type { Pending } from "./pending.ts";

/** Samples kept, about 21 bytes each. */
const MOST_SAMPLES = 1 << 21;
/** Whoever reads at the end has read what is older than this, ms. */
const KEPT_MS = 5000;

interface Kept {
  readonly segment: number;
  /** Index of its first record. */
  readonly first: number;
  readonly chunk: Chunk;
  readonly at: number;
}

export class RecentChunks {
  readonly #kept: Kept[] = [];
  #samples = 0;

  /** Keeps what was committed at `now`; its tags are those of the plant now running. */
  keep({ segment, first }: Pick<Kept, "segment" | "first">, pending: Pending, now: number): void {
    const chunk = chunkOf(pending);
    this.#kept.push({ segment, first, chunk, at: now });
    this.#samples += chunk.tag.length;
    for (let [oldest] = this.#kept; oldest !== undefined && oldest.chunk !== chunk; [oldest] = this.#kept) {
      if (this.#samples <= MOST_SAMPLES && now - oldest.at <= KEPT_MS) break;
      this.#samples -= oldest.chunk.tag.length;
      this.#kept.shift();
    }
  }

  /** The chunk that holds record `index` of a segment. */
  at(segment: number, index: number): { first: number; chunk: Chunk } | undefined {
    return this.#kept.find((kept) => kept.segment === segment && kept.first <= index && index < kept.first + kept.chunk.records);
  }
}
