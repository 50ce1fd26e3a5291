/** A stretch of the record, applied to a pipe in its order and on the pipe's own clock, the same at any speed. */
import type { Clock, Frame } from "@cellhouse/shared";
import type { LinkEvent, LogRecord, Pipe, RecordedAction, Recorder } from "../contracts.ts";

/** A pipe as a replay drives it: assembled like the live one, with no door to the field. */
export interface ReplayPipe {
  readonly pipe: Pipe;
  /** Everything put in bears the `receivedAt` to which the clock has just been advanced. */
  readonly input: {
    frame(frame: Frame): void;
    link(event: LinkEvent): void;
    action(receivedAt: number, action: RecordedAction): void;
  };
  /** Runs all that is due by `to` in the pipe, then stands at `to`; an earlier time changes nothing. */
  advance(to: number): void;
  stop(): void;
}

/** What is played before the start, so that every tag that speaks has its value at the first moment shown. */
const WARM_UP_MS = 60_000;

/** Where the clock of a replay from `from` begins: never before the record does, where silence would raise alarms nobody saw. */
export function startOf(from: number, recordedFrom: number): number {
  return Math.max(from - WARM_UP_MS, Math.min(from, recordedFrom));
}

/** Between records the pipe's clock moves by this grid only, so that a run does not depend on how it is paced. */
const GRID_MS = 100;
const READ_RECORDS = 512;
/** The live pipe in the same process must not wait longer than this, ms. */
const SLICE_MS = 15;

export interface TapeOptions {
  recorder: Pick<Recorder, "seek" | "read">;
  pipe: ReplayPipe;
  /** The wall clock, only to let others run between slices. */
  wall: Clock;
}

export class Tape {
  readonly #o: TapeOptions;
  #records: LogRecord[] = [];
  #next = 0;
  #position = 0;
  #ended = false;
  #at: number;

  /** `start` is where the pipe's clock stands. */
  constructor(options: TapeOptions, start: number) {
    this.#o = options;
    this.#at = start;
  }

  /** How far it has played, by the pipe's time. */
  get at(): number {
    return this.#at;
  }

  /** Finds the first record received at or after the start. */
  async open(): Promise<void> {
    this.#position = await this.#o.recorder.seek(this.#at);
  }

  /** Applies every record up to and including `time`, advancing the pipe's clock before each; stops early when `halted` says so. */
  async playTo(time: number, halted: () => boolean = () => false): Promise<void> {
    let slice = this.#o.wall.now();
    for (;;) {
      const record = await this.#peek();
      const due = record === undefined || record.receivedAt > time ? time : record.receivedAt;
      this.#advance(due);
      if (record === undefined || record.receivedAt > time) return;
      this.#apply(record);
      this.#next++;
      const now = this.#o.wall.now();
      if (now - slice < SLICE_MS) continue;
      await this.#breathe();
      if (halted()) return;
      slice = now;
    }
  }

  #advance(to: number): void {
    const { pipe } = this.#o;
    for (let grid = (Math.floor(this.#at / GRID_MS) + 1) * GRID_MS; grid < to; grid += GRID_MS) pipe.advance(grid);
    if (to > this.#at) pipe.advance(to);
    this.#at = Math.max(this.#at, to);
  }

  #apply(record: LogRecord): void {
    const { input } = this.#o.pipe;
    if (record.kind === "frame") input.frame(record.frame);
    else if (record.kind === "link") input.link(record.event);
    else if (record.kind === "action") input.action(record.receivedAt, record.action);
  }

  async #peek(): Promise<LogRecord | undefined> {
    if (this.#next >= this.#records.length && !this.#ended) {
      const { records, next } = await this.#o.recorder.read(this.#position, READ_RECORDS);
      this.#records = records;
      this.#next = 0;
      this.#position = next;
      this.#ended = records.length === 0;
    }
    return this.#records[this.#next];
  }

  #breathe(): Promise<void> {
    const { wall } = this.#o;
    return new Promise((resolve) => void wall.at(wall.now(), resolve));
  }
}
