/**
 * Store and forward of one edge: every sample it sent or could not send, on disk until its arrival is beyond doubt.
 *
 *   cursor[owner] ──▶ unsent samples go out as historical ──▶ head
 *        ▲ goes back to a mark of the last 90 s when what was sent since may not have arrived; then `again` names the
 *          span whose live samples go out once more
 */
import type { Sample } from "../metrics.ts";
import { MarkBook } from "./marks.ts";
import { type Position, readPosition } from "./position.ts";
import type { Samples } from "./samples.ts";
import { SampleStore, type StoreOptions } from "./store.ts";

export interface OutboxOptions extends Omit<StoreOptions, "lost"> {
  /** Who owns samples, in the order of `Sample.owner`: the paths of its tags, in the order of `Sample.tag`. */
  owners: readonly { id: string; paths: readonly string[] }[];
  /** Hears of samples given up unsent. */
  dropped(n: number): void;
}

/** What went out this long before a crash goes out again, ms. */
const DOUBT_MS = 60_000;

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #store: SampleStore;
  readonly #marks: MarkBook;
  /** By owner and tag: the number the store has for it. */
  readonly #numbers: readonly Uint16Array[];
  /** By that number: owner and tag; of a tag the plant no longer has the owner is `#stranger`. */
  readonly #owner: Uint8Array;
  readonly #tag: Uint8Array;
  readonly #stranger: number;
  /** Per owner: before it nothing is left to send. */
  readonly #cursor: Float64Array;
  /** Per owner: before it everything has been sent at least once. */
  readonly #sent: Float64Array;
  #again: { from: number; to: number };
  #bdSeq: number;
  #moved = false;

  /** Throws `E_DATA_FOLDER` where the file cannot be used. */
  constructor(options: OutboxOptions) {
    const { owners } = options;
    this.#options = options;
    this.#stranger = owners.length;
    this.#cursor = new Float64Array(owners.length + 1);
    this.#sent = new Float64Array(owners.length + 1);
    this.#store = new SampleStore({ ...options, lost: (samples) => this.#lose(samples) });
    const paths = owners.flatMap((owner) => owner.paths);
    const names = this.#store.names(paths);
    const size = Math.max(...names.values(), 0) + 1;
    this.#owner = new Uint8Array(size).fill(this.#stranger);
    this.#tag = new Uint8Array(size);
    this.#numbers = owners.map((owner, o) => Uint16Array.from(owner.paths, (path, t) => this.#learn(names.get(path) as number, o, t)));
    const position = readPosition(this.#store.position());
    for (const [i, { id }] of [...owners, { id: "" }].entries()) [this.#cursor[i] = 0, this.#sent[i] = 0] = position.owners[id] ?? [];
    this.#store.startAt(Math.max(...this.#cursor, ...this.#sent, position.again.to));
    this.#again = position.again;
    this.#bdSeq = position.bdSeq;
    this.#marks = new MarkBook({ time: Number.NEGATIVE_INFINITY, head: this.#store.recent(DOUBT_MS), cursor: this.#cursor.slice() });
  }

  /** The bdSeq of the next connection; outlives the program. */
  get bdSeq(): number {
    return this.#bdSeq;
  }

  set bdSeq(bdSeq: number) {
    this.#bdSeq = bdSeq;
    this.#moved = true;
  }

  /** Samples from the cursor that is furthest behind to the newest. */
  get waiting(): number {
    return this.#store.head - Math.min(...this.#cursor.subarray(0, this.#stranger));
  }

  /** `sent`: it goes out now. */
  append(sample: Sample, sent: boolean): void {
    this.#store.append((this.#numbers[sample.owner] as Uint16Array)[sample.tag] as number, sample, sent);
  }

  /** Ends a scan: what was appended and given is on disk. `now`: local clock, epoch ms. */
  commit(now: number): void {
    this.#store.commit(now, this.#moved ? this.#position() : undefined);
    this.#moved = false;
    if (!this.#marks.isDue(now)) return;
    this.#marks.add({ time: now, head: this.#store.head, cursor: this.#cursor.slice() });
    const { head, cursor } = this.#marks.oldest;
    this.#store.release({ sent: head, all: Math.min(head, ...cursor) }, now);
  }

  /** From now on what was sent since `time` (local clock) is due again. */
  resendSince(time: number): void {
    const { head, cursor } = this.#marks.at(time);
    const unfinished = Math.min(...cursor.subarray(0, this.#stranger)) < this.#again.to;
    this.#again = { from: unfinished ? Math.min(head, this.#again.from) : head, to: this.#store.head };
    for (const [i, before] of cursor.entries()) this.#cursor[i] = Math.min(this.#cursor[i] as number, before, head);
    this.#moved = true;
  }

  /** Gives up to `budget` samples that are due, in their order; `first` when one was never sent before. Owners out of reach are passed over and lose nothing. */
  take(budget: number, reachable: (owner: number) => boolean, give: (sample: Sample, first: boolean) => void): void {
    const within = Array.from(this.#cursor, (_, owner) => owner === this.#stranger || reachable(owner));
    let seq = Math.min(...this.#cursor.filter((_, owner) => within[owner]));
    let left = budget;
    while (left > 0) {
      const samples = this.#store.next(seq, this.#again);
      if (samples === undefined) break;
      const end = samples.first + samples.count;
      for (seq = Math.max(seq, samples.first); seq < end && left > 0; seq++)
        if (this.#isDue(samples, seq, within)) left -= this.#give(samples, seq, give);
    }
    if (left > 0) seq = this.#store.head;
    for (const [owner, reached] of within.entries()) if (reached) this.#advance(owner, seq);
    this.#moved ||= left < budget;
  }

  /** Closes the file. */
  close(): void {
    this.#store.close();
  }

  #isDue({ first, tag, sent }: Samples, seq: number, within: readonly boolean[]): boolean {
    const i = seq - first;
    const owner = this.#owner[tag[i] as number] as number;
    if (!within[owner] || seq < (this.#cursor[owner] as number)) return false;
    return sent[i] === 0 || (seq >= this.#again.from && seq < this.#again.to);
  }

  /** Returns what it cost of the budget. */
  #give(samples: Samples, seq: number, give: (sample: Sample, first: boolean) => void): number {
    const i = seq - samples.first;
    const number = samples.tag[i] as number;
    const owner = this.#owner[number] as number;
    const first = samples.sent[i] === 0 && seq >= (this.#sent[owner] as number);
    if (owner === this.#stranger) {
      if (first) this.#options.dropped(1);
      return 0;
    }
    const [time, value, quality] = [samples.time[i] as number, samples.value[i] as number, samples.quality[i] as number];
    give({ owner, tag: this.#tag[number] as number, time, value, quality }, first);
    return 1;
  }

  #advance(owner: number, seq: number): void {
    this.#cursor[owner] = Math.max(this.#cursor[owner] as number, seq);
    this.#sent[owner] = Math.max(this.#sent[owner] as number, seq);
  }

  /** Counts what of these was never sent. */
  #lose({ first, count, tag, sent }: Samples): void {
    let n = 0;
    for (let i = 0; i < count; i++) {
      const owner = this.#owner[tag[i] as number] ?? this.#stranger;
      if (sent[i] === 0 && first + i >= (this.#sent[owner] as number)) n++;
    }
    if (n > 0) this.#options.dropped(n);
  }

  #learn(number: number, owner: number, tag: number): number {
    this.#owner[number] = owner;
    this.#tag[number] = tag;
    return number;
  }

  /** As the next program will find it: it cannot know what of the last minute and a half arrived. */
  #position(): string {
    const { cursor } = this.#marks.oldest;
    const owners: Position["owners"] = {};
    for (const [i, { id }] of [...this.#options.owners, { id: "" }].entries())
      owners[id] = [Math.min(cursor[i] as number, this.#cursor[i] as number), this.#sent[i] as number];
    return JSON.stringify({ bdSeq: this.#bdSeq, again: this.#again, owners } satisfies Position);
  }
}
