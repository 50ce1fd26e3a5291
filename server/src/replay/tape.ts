/** A stretch of the record, applied to a pipe in its order and on the pipe's own clock, the same at any speed. */
import type { Clock, Frame } from "@cellhouse/shared";
import type { Checkpoint, CheckpointRecord, Checkpoints, LinkEvent, LogRecord, Pipe, RecordedAction, Recorder } from "../contracts.ts";

/** A pipe as a replay drives it: assembled like the live one, with no door to the field. */
export interface ReplayPipe {
  readonly pipe: Pipe;
  /** Everything put in bears the `receivedAt` to which the clock has just been advanced. */
  readonly input: {
    frame(frame: Frame): void;
    link(event: LinkEvent): void;
    action(receivedAt: number, action: RecordedAction): void;
  };
  /** Takes a checkpoint of this very moment, before anything is put in. */
  restore(checkpoint: Checkpoint): void;
  /** Runs all that is due by `to` in the pipe, then stands at `to`; an earlier time changes nothing. */
  advance(to: number): void;
  stop(): void;
}

/** Where a pipe begins that is to show the record from some time on: its memory is the checkpoint's, or it has none. */
export interface Origin {
  /** Where its clock stands, epoch ms. */
  start: number;
  checkpoint?: CheckpointRecord;
}

/** Checkpoints are minutes apart; one older than this would take longer to play on from than it is worth. */
const LOOK_BACK_MS = 3_600_000;
/** What is played before the start where there is no checkpoint, so that every tag that speaks has its value at the first moment shown. */
const WARM_UP_MS = 60_000;

/** The newest checkpoint at or before `from`; else a warm-up, never from before the record, where silence would raise alarms nobody saw. */
export async function originOf(checkpoints: Pick<Checkpoints, "checkpointAt">, from: number, recordedFrom: number): Promise<Origin> {
  const checkpoint = await checkpoints.checkpointAt(from, from - LOOK_BACK_MS);
  return checkpoint === undefined ? { start: Math.max(from - WARM_UP_MS, Math.min(from, recordedFrom)) } : atCheckpoint(checkpoint);
}

export function atCheckpoint(checkpoint: CheckpointRecord): Origin {
  return { start: checkpoint.receivedAt, checkpoint };
}

/** Assembles a pipe and gives it the memory of its origin. */
export function beginPipe(build: (start: number) => ReplayPipe, { start, checkpoint }: Origin): ReplayPipe {
  const pipe = build(start);
  if (checkpoint !== undefined) pipe.restore(checkpoint.checkpoint);
  return pipe;
}

/** Between records the pipe's clock moves by this grid only, so that a run does not depend on how it is paced. */
const GRID_MS = 100;
const READ_RECORDS = 512;
/** The live pipe in the same process must not wait longer than this, ms. */
const SLICE_MS = 15;

export interface TapeOptions {
  recorder: Pick<Recorder, "seek" | "read">;
  /** Begins a pipe in place of the one before, at the beginning and wherever the record says that the server did so too. */
  begin(origin: Origin): ReplayPipe;
  /** The wall clock, only to let others run between slices. */
  wall: Clock;
}

/**
 * Where a server was started anew, so is the pipe, as soon as the last record of the run before has been applied: of the
 * time between nothing is known, so no value is shown, no timer runs, and the alarms are those the new run began with.
 * A pipe that began without memory takes the first checkpoint it meets.
 */
export class Tape {
  readonly #o: TapeOptions;
  #records: LogRecord[] = [];
  #next = 0;
  #position = 0;
  #ended = false;
  #at: number;
  #pipe: ReplayPipe;
  /** Its pipe remembers what came before its beginning. */
  #whole: boolean;

  constructor(options: TapeOptions, origin: Origin) {
    this.#o = options;
    this.#at = origin.start;
    this.#position = origin.checkpoint?.position ?? -1;
    this.#whole = origin.checkpoint !== undefined;
    this.#pipe = options.begin(origin);
  }

  /** The pipe of the moment. */
  get pipe(): ReplayPipe {
    return this.#pipe;
  }

  /** How far it has played, by the pipe's time. */
  get at(): number {
    return this.#at;
  }

  /** Finds the first record after its origin. */
  async open(): Promise<void> {
    if (this.#position < 0) this.#position = await this.#o.recorder.seek(this.#at);
  }

  /** Applies every record up to and including `time`, advancing the pipe's clock before each; stops early when `halted` says so. */
  async playTo(time: number, halted: () => boolean = () => false): Promise<void> {
    let slice = this.#o.wall.now();
    for (;;) {
      const record = await this.#peek();
      if (record?.kind === "checkpoint" && this.#replaces(record, time)) {
        this.#next++;
        continue;
      }
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

  /** Begins the pipe anew where this checkpoint asks for it; true when it did. */
  #replaces(record: CheckpointRecord, time: number): boolean {
    const due = record.receivedAt <= time;
    const anew = record.checkpoint.start ? due || time > this.#at : due && !this.#whole;
    if (!anew) return false;
    this.#whole = true;
    this.#pipe = this.#o.begin(atCheckpoint(record));
    return true;
  }

  #advance(to: number): void {
    const pipe = this.#pipe;
    for (let grid = (Math.floor(this.#at / GRID_MS) + 1) * GRID_MS; grid < to; grid += GRID_MS) pipe.advance(grid);
    if (to > this.#at) pipe.advance(to);
    this.#at = Math.max(this.#at, to);
  }

  #apply(record: LogRecord): void {
    const { input } = this.#pipe;
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
