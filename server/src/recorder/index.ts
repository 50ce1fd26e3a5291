/** The recorder: the append-only, crash-safe record of everything that entered the pipe. */
import type { Cancel, Clock, Frame, Link, Plant } from "@cellhouse/shared";
import type { Counters, LinkEvent, LogRecord, RecordedAction, Recorder } from "../contracts.ts";
import { encodeChunk } from "./chunk.ts";
import { Pending, type TextKind } from "./pending.ts";
import { Rate } from "./rate.ts";
import { Reader } from "./reader.ts";
import { RECORDS_PER_SEGMENT, Segments } from "./segments.ts";

/** Longest wait between hearing and committing; the sync to disk follows within it. */
const COMMIT_MS = 150;
/** A batch this large is committed at once. */
const COMMIT_SAMPLES = 16_384;
const RETRY_MS = 1000;
const RETENTION_EVERY_MS = 60_000;

export interface RecorderOptions {
  folder: string;
  plant: Plant;
  /** The wall clock. */
  clock: Clock;
  counters: Counters;
  retentionDays: number;
  retentionBytes: number;
  /** Position the slowest reader has safely reached: retention by age waits for it, retention by bytes counts what it drops before it. */
  keepFrom?: () => number;
  /** Length of a segment, ms; default one hour. */
  segmentMs?: number;
  /** What may wait while the disk is full; default 262,144 samples (about 5.5 MB). */
  maxPending?: { records: number; samples: number; text: number };
}

/** The recorder, and what the forwarder may ask beside the contract. */
export interface Log extends Recorder {
  /** Samples recorded after `position`. */
  waiting(position: number): number;
  /** Chunks skipped as corrupt and samples of tags the plant does not have, since the start. */
  readonly losses: { corrupt: number; unknown: number };
}

/** Opens the log in `folder`, going on where it ended. Throws E_DATA_FOLDER when the folder cannot be used. */
export function createRecorder(options: RecorderOptions): Log {
  return new SegmentedLog(options);
}

class SegmentedLog implements Log {
  readonly #options: RecorderOptions;
  readonly #segments: Segments;
  readonly #reader: Reader;
  readonly #pending: Pending;
  readonly #rate: Rate;
  readonly #segmentMs: number;
  #cancel: Cancel | undefined;
  /** Of the current segment: records and samples committed, first and last received time. */
  #records = 0;
  #samples = 0;
  #started = 0;
  #ended = 0;
  /** Position of the last record committed, and of the last one on the disk for certain. */
  #end = 0;
  #durable = 0;
  #syncing: Promise<void> | undefined;
  #failure: string | undefined;
  #since: number;
  #received = 0;
  #dropped = 0;
  #nextRetention = 0;
  #stopped = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#segmentMs = options.segmentMs ?? 3_600_000;
    this.#pending = new Pending(options.maxPending ?? { records: 65_536, samples: 262_144, text: 4 << 20 });
    this.#reader = new Reader(options.plant);
    this.#rate = new Rate(options.clock);
    this.#since = options.clock.now();
    this.#segments = new Segments(
      options.folder,
      options.plant.tags.map((tag) => tag.path),
    );
    const span = this.#segments.resume(options.clock.now(), this.#segmentMs);
    if (span !== undefined) {
      this.#records = span.records;
      this.#samples = span.samples;
      this.#started = span.started;
      this.#ended = span.ended;
    }
    this.#end = this.#lastPosition();
    this.#durable = this.#end;
  }

  get losses(): { corrupt: number; unknown: number } {
    return this.#reader;
  }

  frame(frame: Frame): void {
    if (!this.#pending.frame(frame) && !this.#retry(frame)) {
      this.#drop(frame.count);
      return;
    }
    this.#received += frame.count;
    this.#rate.add(frame.count);
    this.#schedule();
  }

  link(event: LinkEvent): void {
    this.#text("link", event.receivedAt, event);
  }

  action(receivedAt: number, action: RecordedAction): void {
    this.#text("action", receivedAt, action);
  }

  note(receivedAt: number, note: Record<string, unknown>): void {
    this.#text("note", receivedAt, note);
  }

  async flush(): Promise<void> {
    this.#commit();
    await this.#sync();
  }

  async read(position: number, limit: number): Promise<{ records: LogRecord[]; next: number }> {
    const records: LogRecord[] = [];
    let next = position;
    const { number: at, index } = place(position);
    for (const number of this.#segments.numbers) {
      if (number < at || records.length >= limit) continue;
      const upTo = number === this.#segments.current?.number ? place(this.#durable, number).index : RECORDS_PER_SEGMENT - 1;
      const after = number === at ? index : 0;
      if (after >= upTo) continue;
      const last = this.#take(number, { after, upTo, limit }, records);
      if (last > 0) next = number * RECORDS_PER_SEGMENT + last;
    }
    return { records, next };
  }

  async seek(time: number): Promise<number> {
    for (const number of this.#segments.numbers) {
      const ended = number === this.#segments.current?.number ? this.#ended : this.#segments.span(number)?.ended;
      if (ended === undefined || ended < time) continue;
      const first = this.#segments.get(number)?.chunkAt(time);
      if (first === undefined) continue;
      const records: LogRecord[] = [];
      this.#take(number, { after: first - 1, upTo: RECORDS_PER_SEGMENT - 1, limit: 65_536 }, records);
      const found = records.find((record) => record.receivedAt >= time);
      if (found !== undefined) return found.position - 1;
    }
    return this.#end;
  }

  span(): { from: number; to: number } | undefined {
    const first = this.#segments.numbers.find((n) => this.#spanOf(n) !== undefined);
    const last = this.#segments.numbers.findLast((n) => this.#spanOf(n) !== undefined);
    if (first === undefined || last === undefined) return undefined;
    return { from: this.#spanOf(first)?.started as number, to: this.#spanOf(last)?.ended as number };
  }

  waiting(position: number): number {
    const { number: at, index } = place(position);
    let waiting = 0;
    for (const number of this.#segments.numbers) {
      if (number < at) continue;
      const samples = this.#spanOf(number)?.samples ?? 0;
      waiting += samples - (number === at && index > 0 ? (this.#segments.get(number)?.samplesUpTo(index) ?? 0) : 0);
    }
    return waiting + this.#pending.samples;
  }

  links(): Link[] {
    const failure = this.#failure;
    const detail = failure === undefined ? "" : `${failure}; ${this.#dropped} samples dropped so far; recording resumes by itself`;
    const state = failure === undefined ? "up" : "degraded";
    return [
      { id: "recorder", kind: "recorder", state, since: this.#since, detail, rate: this.#rate.perSecond(), received: this.#received },
    ];
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancel?.();
    this.#commit();
    await this.#sync();
    this.#segments.close();
  }

  #text(kind: TextKind, receivedAt: number, content: unknown): void {
    if (this.#pending.text(kind, receivedAt, JSON.stringify(content))) this.#schedule();
    else this.#options.counters.dropped("recorder_full");
  }

  #schedule(): void {
    if (this.#failure === undefined && this.#pending.samples >= COMMIT_SAMPLES) this.#commit();
    else if (this.#cancel === undefined && !this.#stopped) this.#arm(this.#failure === undefined ? COMMIT_MS : RETRY_MS);
  }

  #arm(ms: number): void {
    this.#cancel?.();
    this.#cancel = this.#options.clock.at(this.#options.clock.now() + ms, () => {
      this.#cancel = undefined;
      this.#commit();
      void this.#sync();
    });
  }

  /** Writes what is pending as one chunk; on failure keeps it and tries again in a second. */
  #commit(): void {
    const p = this.#pending;
    if (p.records === 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
    try {
      this.#write(p);
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#options.counters.recorded(p.samples);
    p.clear();
    this.#recover();
    this.#retain();
  }

  #write(p: Pending): void {
    const started = p.received[0] as number;
    const full = this.#records + p.records >= RECORDS_PER_SEGMENT;
    if (this.#segments.current === undefined || full || started - this.#started >= this.#segmentMs) this.#begin(started);
    const segment = this.#segments.current;
    if (segment === undefined) return;
    const ended = p.received[p.records - 1] as number;
    const { records, samples } = p;
    segment.append({ first: this.#records + 1, records, samples, started, ended, data: encodeChunk(p) }, this.#samples);
    this.#records += records;
    this.#samples += samples;
    this.#end = segment.number * RECORDS_PER_SEGMENT + this.#records;
    this.#ended = Math.max(this.#ended, ended);
  }

  #begin(started: number): void {
    this.#segments.begin(this.#options.clock.now());
    this.#records = 0;
    this.#samples = 0;
    this.#started = started;
    this.#ended = started;
  }

  /** One sync at a time; resolves when everything committed before the call is on the disk. */
  async #sync(): Promise<void> {
    while (this.#durable < this.#end && this.#failure === undefined) {
      this.#syncing ??= this.#syncOnce();
      await this.#syncing;
    }
  }

  async #syncOnce(): Promise<void> {
    const segment = this.#segments.current;
    const position = this.#end;
    try {
      await segment?.sync();
      if (segment === this.#segments.current) this.#durable = position;
    } catch (error) {
      // A segment sealed meanwhile has been synced by sealing.
      if (segment === this.#segments.current) this.#fail(error);
    } finally {
      this.#syncing = undefined;
    }
  }

  #fail(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (this.#failure === undefined) this.#since = this.#options.clock.now();
    this.#failure = /full|ENOSPC/i.test(message)
      ? `E_DISK_FULL: the disk of ${this.#options.folder} is full`
      : `cannot write to ${this.#options.folder}: ${message}`;
    if (!this.#stopped) this.#arm(RETRY_MS);
  }

  #recover(): void {
    if (this.#failure === undefined) return;
    this.#failure = undefined;
    this.#since = this.#options.clock.now();
  }

  /** No room although the disk takes writes: commit, and there is room. */
  #retry(frame: Frame): boolean {
    if (this.#failure === undefined) this.#commit();
    return this.#failure === undefined && this.#pending.frame(frame);
  }

  #drop(samples: number): void {
    this.#dropped += samples;
    this.#options.counters.dropped(this.#failure?.startsWith("E_DISK_FULL") ? "E_DISK_FULL" : "recorder_full", samples);
  }

  #retain(): void {
    const now = this.#options.clock.now();
    if (now < this.#nextRetention) return;
    this.#nextRetention = now + RETENTION_EVERY_MS;
    const reached = place(this.#options.keepFrom?.() ?? Number.MAX_SAFE_INTEGER).number;
    const { retentionDays: days, retentionBytes: bytes } = this.#options;
    for (const number of this.#segments.retain(now, { days, bytes }, (n) => n < reached)) {
      if (number >= reached) this.#options.counters.dropped("recorder_expired", this.#segments.span(number)?.samples ?? 0);
      this.#segments.drop(number);
    }
  }

  #take(number: number, range: { after: number; upTo: number; limit: number }, records: LogRecord[]): number {
    const segment = this.#segments.get(number);
    try {
      return segment === undefined ? 0 : this.#reader.take(segment, range, records);
    } catch {
      // A file damaged below the chunks: what can still be read has been read.
      this.#reader.corrupt++;
      const last = records.at(-1);
      return last !== undefined && place(last.position).number === number ? place(last.position).index : range.after;
    }
  }

  #spanOf(number: number): { started: number; ended: number; samples: number } | undefined {
    if (number !== this.#segments.current?.number) return this.#segments.span(number);
    return this.#records === 0 ? undefined : { started: this.#started, ended: this.#ended, samples: this.#samples };
  }

  #lastPosition(): number {
    const number = this.#segments.numbers.findLast((n) => this.#spanOf(n) !== undefined);
    if (number === undefined) return 0;
    const records = number === this.#segments.current?.number ? this.#records : (this.#segments.span(number)?.records ?? 0);
    return number * RECORDS_PER_SEGMENT + records;
  }
}

/** A position's segment and index; with `within` the index counts only in that segment. */
function place(position: number, within?: number): { number: number; index: number } {
  const number = Math.floor(position / RECORDS_PER_SEGMENT);
  if (within !== undefined && number !== within) return { number: within, index: 0 };
  return { number, index: position % RECORDS_PER_SEGMENT };
}
