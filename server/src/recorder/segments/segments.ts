/** The folder of segments: which exist, the one being written, opening, roll-over and retention. */
import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "@cellhouse/shared";
import type { Damages } from "./damage.ts";
import { Segment, type SegmentSpan, sizeOf } from "./segment.ts";
import { PAGE, walState } from "./wal.ts";

/** Records a segment can number: position = segment * this + index. */
export const RECORDS_PER_SEGMENT = 2 ** 24;
/** The segment of a position. */
export function segmentOf(position: number): number {
  return Math.floor(position / RECORDS_PER_SEGMENT);
}

/** The position of record `index` of a segment. */
export function positionOf(segment: number, index: number): number {
  return segment * RECORDS_PER_SEGMENT + index;
}

/** When a segment was begun, epoch ms (to ten seconds, and later than that only where the clock was set back or starts followed fast). */
export function birthOf(segment: number): number {
  return segment * NUMBER_STEP_MS;
}

/** A segment's number is its birth in these steps of the epoch, so a log begun anew in an old place still counts on. */
const NUMBER_STEP_MS = 10_000;
const OPEN_SEGMENTS = 6;
const NAME = /^(\d{12})\.db$/;

export interface Retention {
  days: number;
  bytes: number;
}

export class Segments {
  readonly #folder: string;
  readonly #paths: readonly string[];
  readonly #numbers: number[];
  readonly #open = new Map<number, Segment>();
  readonly #spans = new Map<number, SegmentSpan>();
  readonly #bytes = new Map<number, number>();
  current: Segment | undefined;

  private constructor(folder: string, paths: readonly string[]) {
    this.#folder = folder;
    this.#paths = paths;
    this.#numbers = list(folder);
  }

  /** To go on with, made where needed; new segments carry these tag paths. What earlier runs left open is sealed. Throws E_DATA_FOLDER. */
  static writable(folder: string, paths: readonly string[], damages: Damages): Segments {
    check(folder, constants.W_OK, () => mkdirSync(folder, { recursive: true }));
    const segments = new Segments(folder, paths);
    for (const number of [...segments.numbers]) segments.#settle(number, damages);
    return segments;
  }

  /** To read only. Throws E_DATA_FOLDER when there is no such folder. */
  static existing(folder: string): Segments {
    check(folder, constants.R_OK, () => undefined);
    return new Segments(folder, []);
  }

  get numbers(): readonly number[] {
    return this.#numbers;
  }

  /** Begins a new segment. Throws SQLite's error when it cannot. */
  begin(now: number): Segment {
    this.seal();
    const number = Math.max((this.#numbers.at(-1) ?? 0) + 1, Math.floor(now / NUMBER_STEP_MS));
    const file = this.file(number);
    try {
      this.current = Segment.create(number, file, this.#paths);
    } catch (error) {
      remove(file);
      throw error;
    }
    this.#numbers.push(number);
    return this.current;
  }

  /** Ends the segment being written. A disk too full to fold its write-ahead log in leaves that for the next reader. */
  seal(): void {
    const segment = this.current;
    if (segment === undefined) return;
    this.current = undefined;
    attempt(() => segment.seal());
  }

  /** A segment to read from. Throws SQLite's error when it cannot be opened. */
  get(number: number): Segment {
    if (this.current?.number === number) return this.current;
    const known = this.#open.get(number);
    if (known !== undefined) return known;
    const segment = Segment.open(number, this.file(number), "read");
    if (this.#open.size >= OPEN_SEGMENTS) this.#release(this.#open.keys().next().value as number);
    this.#open.set(number, segment);
    return segment;
  }

  /** What a closed segment holds; undefined for an empty or unreadable one. */
  span(number: number): SegmentSpan | undefined {
    const known = this.#spans.get(number);
    if (known !== undefined || this.current?.number === number) return known;
    const span = attempt(() => this.get(number).span());
    if (span !== undefined) this.#spans.set(number, span);
    return span;
  }

  /** Deletes the oldest closed segments: by age those for which `done` holds, by size any. Returns the numbers deleted. */
  retain(now: number, retention: Retention, done: (number: number) => boolean): number[] {
    const closed = this.#numbers.filter((n) => n !== this.current?.number);
    let bytes = (this.current?.bytes() ?? 0) + closed.reduce((sum, n) => sum + this.#size(n), 0);
    const gone: number[] = [];
    for (const number of closed) {
      const old = (this.span(number)?.ended ?? birthOf(number)) < now - retention.days * 86_400_000;
      if (bytes <= retention.bytes && !(old && done(number))) break;
      bytes -= this.#size(number);
      gone.push(number);
    }
    return gone;
  }

  /** Deletes one closed segment; false when the disk refuses. */
  drop(number: number): boolean {
    this.#release(number);
    if (attempt(() => remove(this.file(number)) ?? true) === undefined) return false;
    this.#numbers.splice(this.#numbers.indexOf(number), 1);
    this.#spans.delete(number);
    this.#bytes.delete(number);
    return true;
  }

  close(): void {
    this.seal();
    for (const number of [...this.#open.keys()]) this.#release(number);
  }

  #size(number: number): number {
    let bytes = this.#bytes.get(number);
    if (bytes === undefined) {
      bytes = sizeOf(this.file(number));
      this.#bytes.set(number, bytes);
    }
    return bytes;
  }

  #release(number: number): void {
    this.#open.get(number)?.close();
    this.#open.delete(number);
  }

  /** Seals what a crash left open: it is never written to again. SQLite's own recovery drops a torn commit, the very first one with the file. */
  #settle(number: number, damages: Damages): void {
    const file = this.file(number);
    if (!existsSync(`${file}-wal`) && sizeOf(file) > PAGE) return;
    const { whole, lost, at } = walState(`${file}-wal`);
    if (lost > 0) damages.add({ segment: number, samples: 0, reason: `${lost} commits behind byte ${at} of its write-ahead log are lost` });
    try {
      Segment.open(number, file, "write").seal();
    } catch (error) {
      if (!(error instanceof Error && error.message.includes("no such table"))) return;
      if (whole > 0) damages.add({ segment: number, samples: 0, reason: `the file is empty, the ${whole} commits for it are lost` });
      this.drop(number);
    }
  }

  /** Path of its file. */
  file(number: number): string {
    return join(this.#folder, `${String(number).padStart(12, "0")}.db`);
  }
}

function check(folder: string, mode: number, prepare: () => void): void {
  try {
    prepare();
    accessSync(folder, mode);
  } catch (cause) {
    throw new Fault("E_DATA_FOLDER", `recorder folder ${folder}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function list(folder: string): number[] {
  const names = readdirSync(folder).map((name) => NAME.exec(name)?.[1]);
  return names
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

function remove(file: string): void {
  for (const end of ["", "-wal", "-shm", "-journal"]) rmSync(file + end, { force: true });
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
