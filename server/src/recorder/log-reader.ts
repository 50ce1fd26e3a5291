/** Reading the log over all its segments: by position, by time. */
import type { CheckpointRecord, LogRecord, RecordedSamples } from "../contracts.ts";
import { framesOf, type Range, Reader, recordsIn, recordsOf, type Stretch, type TagIds } from "./reader.ts";
import type { RecentChunks } from "./recent.ts";
import { Damages } from "./segments/damage.ts";
import type { Segment, SegmentSpan } from "./segments/segment.ts";
import { birthOf, positionOf, RECORDS_PER_SEGMENT, type Segments, segmentOf } from "./segments/segments.ts";

/** Segments that ended this long before the time sought are not opened to see: a clock set back may mix them a little. */
const CLOCK_SLACK_MS = 3_600_000;

/** What the writer knows of the segment it writes. */
export interface Tail extends SegmentSpan {
  /** Records that are on the disk for certain; later ones are not given out. */
  durable: number;
}

export class LogReader {
  readonly #segments: Segments;
  readonly #reader: Reader;
  readonly #damages: Damages;
  readonly #tail: () => Tail | undefined;

  /** `writer`: the log is being written in this process, and that is what it knows. */
  constructor(segments: Segments, tags: TagIds, writer?: { tail(): Tail; recent: RecentChunks; damages: Damages }) {
    this.#segments = segments;
    this.#damages = writer?.damages ?? new Damages();
    this.#reader = new Reader(tags, this.#damages, writer?.recent);
    this.#tail = () => writer?.tail();
  }

  /** Places found damaged and samples of tags the plant does not have, since the start. */
  get losses(): { corrupt: number; unknown: number } {
    return { corrupt: this.#damages.count, unknown: this.#reader.unknown };
  }

  /** As the contract says: durable records after `position`. */
  async read(position: number, limit: number): Promise<{ records: LogRecord[]; next: number }> {
    const { stretches, next } = this.#after(position, limit);
    return { records: stretches.flatMap(recordsOf), next };
  }

  /** As the contract says: their samples. */
  async frames(position: number, limit: number): ReturnType<RecordedSamples["frames"]> {
    const { stretches, next } = this.#after(position, limit);
    return { frames: stretches.flatMap(framesOf), records: recordsIn(stretches), next };
  }

  #after(position: number, limit: number): { stretches: Stretch[]; next: number } {
    const stretches: Stretch[] = [];
    let next = position;
    for (const number of this.#segments.numbers) {
      if (number < segmentOf(position)) continue;
      const left = limit - recordsIn(stretches);
      if (left <= 0) break;
      const after = number === segmentOf(position) ? position - positionOf(number, 0) : 0;
      const upTo = this.#tailOf(number)?.durable ?? RECORDS_PER_SEGMENT - 1;
      const last = after < upTo ? this.#take(number, { after, upTo, limit: left }, stretches) : 0;
      if (last > 0) next = positionOf(number, last);
    }
    return { stretches, next };
  }

  /** The position just before the first record received at or after `time`; the log's end when there is none. */
  async seek(time: number): Promise<number> {
    const { numbers } = this.#segments;
    for (const [i, number] of numbers.entries()) {
      const next = numbers[i + 1];
      if (next !== undefined && birthOf(next) < time - CLOCK_SLACK_MS) continue;
      const ended = this.#spanOf(number)?.ended;
      if (ended === undefined || ended < time) continue;
      const chunk = this.#ask(number, (segment) => segment.chunkAt(time));
      if (chunk === undefined) return positionOf(number, 0);
      const { first, records: count } = chunk;
      const found = this.#records(number, { after: first - 1, upTo: first + count - 1, limit: count }).find(
        (record) => record.receivedAt >= time,
      );
      return found === undefined ? positionOf(number, first - 1) : found.position - 1;
    }
    const last = this.#segments.numbers.findLast((n) => this.#spanOf(n) !== undefined);
    return last === undefined ? 0 : positionOf(last, this.#spanOf(last)?.records ?? 0);
  }

  /** As the contract says: the newest readable checkpoint of that time. */
  async checkpointAt(time: number, oldest: number): Promise<CheckpointRecord | undefined> {
    for (const number of this.#segments.numbers.toReversed()) {
      if (birthOf(number) > time + CLOCK_SLACK_MS) continue;
      const span = this.#spanOf(number);
      if (span === undefined || span.started > time) continue;
      if (span.ended < oldest) break;
      for (const index of this.#marksOf(number, oldest, time)) {
        const [record] = this.#records(number, { after: index - 1, upTo: index, limit: 1 });
        if (record?.kind === "checkpoint") return record;
      }
    }
    return undefined;
  }

  span(): { from: number; to: number } | undefined {
    const first = this.#segments.numbers.find((n) => this.#spanOf(n) !== undefined);
    const last = this.#segments.numbers.findLast((n) => this.#spanOf(n) !== undefined);
    if (first === undefined || last === undefined) return undefined;
    return { from: this.#spanOf(first)?.started as number, to: this.#spanOf(last)?.ended as number };
  }

  /** Lets the files go; for a log opened to read only. */
  close(): void {
    this.#segments.close();
  }

  /** Samples committed after `position`, to the chunk. */
  waiting(position: number): number {
    const at = segmentOf(position);
    let waiting = 0;
    for (const number of this.#segments.numbers) {
      if (number < at) continue;
      waiting += this.#spanOf(number)?.samples ?? 0;
      const index = position - positionOf(at, 0);
      if (number === at && index > 0) waiting -= this.#ask(number, (segment) => segment.samplesUpTo(index)) ?? 0;
    }
    return Math.max(0, waiting);
  }

  #marksOf(number: number, oldest: number, time: number): number[] {
    const durable = this.#tailOf(number)?.durable ?? RECORDS_PER_SEGMENT;
    const marks = this.#ask(number, (segment) => segment.marks(oldest, time)) ?? [];
    return marks.filter((index) => index <= durable);
  }

  #tailOf(number: number): Tail | undefined {
    return number === this.#segments.current?.number ? this.#tail() : undefined;
  }

  #spanOf(number: number): SegmentSpan | undefined {
    const tail = this.#tailOf(number);
    if (tail === undefined) return this.#segments.span(number);
    return tail.records === 0 ? undefined : tail;
  }

  #records(number: number, range: Range): LogRecord[] {
    const stretches: Stretch[] = [];
    this.#take(number, range, stretches);
    return stretches.flatMap(recordsOf);
  }

  /** Index of the last record looked at, 0 for none. */
  #take(number: number, range: Range, stretches: Stretch[]): number {
    const before = stretches.length;
    const last = this.#ask(number, (segment) => this.#reader.take(segment, range, stretches));
    if (last !== undefined) return last;
    // Damaged below its chunks: what could be read has been read.
    const end = stretches.length > before ? stretches.at(-1) : undefined;
    return end === undefined ? range.after : end.first + end.to - 1;
  }

  /** Undefined, and counted, where the file is too damaged to answer. */
  #ask<T>(number: number, question: (segment: Segment) => T): T | undefined {
    try {
      return question(this.#segments.get(number));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#damages.add({ segment: number, samples: 0, reason: `the file cannot be read: ${reason}` });
      return undefined;
    }
  }
}
