/** The recorder: the append-only, crash-safe record of everything that entered the pipe. */
import type { Cancel, Frame, Link, Plant } from "@cellhouse/shared";
import type { Checkpoint, Checkpoints, LinkEvent, RecordedAction, RecordedSamples, Recorder } from "../contracts.ts";
import { encodeChunk } from "./chunk.ts";
import { lockFolder } from "./lock.ts";
import { LogReader } from "./log-reader.ts";
import { KIND, Pending, type TextKind } from "./pending.ts";
import { Rate } from "./rate.ts";
import type { TagIds } from "./reader.ts";
import { type ReaderPositions, Readers } from "./readers.ts";
import { RecentChunks } from "./recent.ts";
import { Damages } from "./segments/damage.ts";
import { RECORDS_PER_SEGMENT, Segments } from "./segments/segments.ts";
import { Upkeep, type UpkeepOptions } from "./upkeep.ts";

/** Longest wait between hearing and committing; the sync to disk follows within it. */
const COMMIT_MS = 150;
/** A batch this large is committed at once; a checkpoint waits, so that the pipe is not held up twice in one go. */
const COMMIT_SAMPLES = 16_384;
const RETRY_MS = 1000;

export interface RecorderOptions extends UpkeepOptions {
  plant: Plant;
  /** Retention by age waits for the slowest, retention by bytes counts what it drops before it. */
  readers?: ReaderPositions;
  /** Length of a segment, ms; default one hour. */
  segmentMs?: number;
  /** What may wait while the disk is full; default 262,144 samples (about 5.5 MB). */
  maxPending?: { records: number; samples: number; text: number };
}

/** The recorder, and what the forwarder may ask beside the contract. */
export interface Log extends Recorder, RecordedSamples, Checkpoints {
  /** Chunks skipped as corrupt and samples of tags the plant does not have, since the start. */
  readonly losses: { corrupt: number; unknown: number };
}

/** Opens the log in `folder`, going on where it ended. Throws E_DATA_FOLDER when the folder cannot be used or another server does. */
export function createRecorder(options: RecorderOptions): Log {
  return new SegmentedLog(options);
}

/** A log to read only, beside a server that may be writing it; ids are those `plant` gives. Throws E_DATA_FOLDER when there is none. */
export function openLog({ folder, plant }: { folder: string; plant: TagIds }): LogReader {
  return new LogReader(Segments.existing(folder), plant);
}

class SegmentedLog implements Log {
  readonly #options: RecorderOptions;
  readonly #unlock: () => void;
  readonly #damages = new Damages(({ samples }) => this.#options.counters.dropped("recorder_damaged", Math.max(1, samples)));
  readonly #segments: Segments;
  readonly #reader: LogReader;
  readonly #readers: Readers;
  readonly #upkeep: Upkeep;
  readonly #pending: Pending;
  readonly #recent = new RecentChunks();
  readonly #rate: Rate;
  readonly #segmentMs: number;
  #cancel: Cancel | undefined;
  /** The segment being written; `durable` of its records are on the disk for certain. */
  #tail = { records: 0, samples: 0, started: 0, ended: 0, durable: 0 };
  #syncing: Promise<void> | undefined;
  #failure: string | undefined;
  #since: number;
  #received = 0;
  #dropped = 0;
  #stopped = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#segmentMs = options.segmentMs ?? 3_600_000;
    this.#pending = new Pending(options.maxPending ?? { records: 65_536, samples: 262_144, text: 4 << 20 });
    this.#rate = new Rate(options.clock);
    this.#since = options.clock.now();
    this.#readers = new Readers(options.readers ?? {});
    this.#unlock = lockFolder(options.folder);
    this.#segments = Segments.writable(
      options.folder,
      options.plant.tags.map((tag) => tag.path),
      this.#damages,
    );
    this.#upkeep = new Upkeep(options, this.#segments, this.#readers);
    const writer = { tail: () => this.#tail, recent: this.#recent, damages: this.#damages };
    this.#reader = new LogReader(this.#segments, options.plant, writer);
  }

  get losses(): { corrupt: number; unknown: number } {
    return this.#reader.losses;
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

  checkpoint(receivedAt: number, { values, ...rest }: Checkpoint): void {
    if (this.#pending.checkpoint(receivedAt, values, JSON.stringify(rest))) this.#schedule();
    else this.#options.counters.dropped("checkpoint");
  }

  checkpointAt(time: number, oldest: number): ReturnType<Checkpoints["checkpointAt"]> {
    return this.#reader.checkpointAt(time, oldest);
  }

  async flush(): Promise<void> {
    this.#commit();
    await this.#sync();
  }

  read(position: number, limit: number): ReturnType<Recorder["read"]> {
    return this.#reader.read(position, limit);
  }

  frames(position: number, limit: number): ReturnType<RecordedSamples["frames"]> {
    return this.#reader.frames(position, limit);
  }

  seek(time: number): Promise<number> {
    return this.#reader.seek(time);
  }

  span(): { from: number; to: number } | undefined {
    return this.#reader.span();
  }

  waiting(position: number): number {
    return this.#reader.waiting(position) + this.#pending.heard;
  }

  links(): Link[] {
    const failure = this.#failure;
    const damage = this.#damages.last;
    const dropped = `${this.#dropped} samples dropped so far; recording resumes by itself`;
    return [
      {
        id: "recorder",
        kind: "recorder",
        state: failure === undefined ? "up" : "degraded",
        since: this.#since,
        detail: [failure && `${failure}; ${dropped}`, damage && `${this.#damages.count} places damaged, the last: ${damage}`]
          .filter((part) => part !== undefined)
          .join("; "),
        rate: this.#rate.perSecond(),
        received: this.#received,
        readers: Object.fromEntries(this.#readers.list().map(({ name, position }) => [name, this.waiting(position)])),
      },
    ];
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancel?.();
    this.#commit();
    await this.#sync();
    this.#readers.save(this.#options.folder, this.#options.clock.now());
    this.#segments.close();
    this.#unlock();
  }

  #text(kind: TextKind, receivedAt: number, content: unknown): void {
    if (this.#pending.text(kind, receivedAt, JSON.stringify(content))) this.#schedule();
    else this.#drop(1);
  }

  #schedule(): void {
    if (this.#failure === undefined && this.#pending.heard >= COMMIT_SAMPLES) this.#commit();
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
    this.#options.counters.recorded(p.heard);
    p.clear();
    this.#recover();
    this.#upkeep.look();
  }

  #write(p: Pending): void {
    const started = p.received[0] as number;
    const full = this.#tail.records + p.records >= RECORDS_PER_SEGMENT;
    if (this.#segments.current === undefined || full || started - this.#tail.started >= this.#segmentMs) {
      this.#segments.begin(this.#options.clock.now());
      this.#tail = { records: 0, samples: 0, started, ended: started, durable: 0 };
    }
    const tail = this.#tail;
    const ended = p.received[p.records - 1] as number;
    const { records, heard: samples } = p;
    this.#mark(p);
    const { current } = this.#segments;
    current?.append({ first: tail.records + 1, records, samples, before: tail.samples, started, ended, data: encodeChunk(p) });
    if (current !== undefined) this.#recent.keep({ segment: current.number, first: tail.records + 1 }, p, this.#options.clock.now());
    tail.records += records;
    tail.samples += samples;
    tail.ended = Math.max(tail.ended, ended);
  }

  /** Before the chunk: a mark without its checkpoint is passed over, a checkpoint without its mark would not be found. */
  #mark(p: Pending): void {
    const { kind, records, received } = p;
    for (let i = kind.indexOf(KIND.checkpoint); i >= 0 && i < records; i = kind.indexOf(KIND.checkpoint, i + 1))
      this.#segments.current?.mark(this.#tail.records + 1 + i, received[i] as number);
  }

  /** One sync at a time; resolves when everything committed before the call is on the disk. */
  async #sync(): Promise<void> {
    while (this.#tail.durable < this.#tail.records && this.#failure === undefined) {
      this.#syncing ??= this.#syncOnce();
      await this.#syncing;
    }
  }

  /** A segment sealed meanwhile has been synced by sealing. */
  async #syncOnce(): Promise<void> {
    const tail = this.#tail;
    const { records } = tail;
    try {
      await this.#segments.current?.sync();
      tail.durable = records;
    } catch (error) {
      if (tail === this.#tail) this.#fail(error);
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
    // Where the file itself may be to blame the record goes on in another.
    if (!this.#isFull && this.#tail.records > 0) this.#segments.seal();
    if (!this.#stopped) this.#arm(RETRY_MS);
  }

  get #isFull(): boolean {
    return this.#failure?.startsWith("E_DISK_FULL") ?? false;
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
    this.#options.counters.dropped(this.#isFull ? "E_DISK_FULL" : "recorder_full", samples);
  }
}
