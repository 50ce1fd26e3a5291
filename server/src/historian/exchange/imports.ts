/** Import jobs: bytes to a file, the file to samples by a program of its own, the samples into the pipe when their owner says so. */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { appendFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Cancel, type Clock, createFrame, every, Fault, pushSample, type Tag, UNITS } from "@cellhouse/shared";
import type { Counters, ImportJob, ImportOrder, ImportService, PipeInput } from "../../contracts.ts";
import { createGate } from "../gate.ts";
import { emptied, faultOf, mustHaveRoom } from "./folder.ts";
import type { ReaderMessage, ReaderOrder, ReaderTag } from "./reader/order.ts";
import { readSamples } from "./samples.ts";
import { stampReader } from "./stamps.ts";

const MOST_JOBS = 10;
const MOST_BYTES = 1 << 30;
const MOST_SAMPLES = 50_000_000;
const DAY_MS = 86_400_000;
const LOOK_MS = 60_000;
/** How long what entered may take to reach the engine before it is called done, ms. */
const SETTLE_MS = 10_000;
/** A file that takes longer to read is not read to its end. */
const READ_MS = 30 * 60_000;
/** Samples of one frame; the record is asked to be durable after some of them, so that what is live is not kept waiting. */
const FRAME_SAMPLES = 1000;
const READER = join(import.meta.dirname, "reader/main.ts");
/** Of the reader, MB; DuckDB's own comes on top. */
const READER_MB = 256;

export interface ImportDeps {
  /** Emptied at the start. */
  folder: string;
  input: Pick<PipeInput, "frame">;
  /** Resolves when what entered the pipe is durable. */
  flush(): Promise<void>;
  /** False when history does not have all of it in time; the record has. */
  settle(timeoutMs: number): Promise<boolean>;
  counters: Counters;
  clock: Clock;
}

interface Kept {
  job: ImportJob;
  back: AbortController;
  /** What is under way: one thing after the other. */
  work: Promise<void>;
}

export class Imports implements ImportService {
  readonly #deps: ImportDeps;
  readonly #jobs = new Map<string, Kept>();
  /** One file is read, and one enters, at a time. */
  readonly #gate = createGate({ running: 1, waiting: MOST_JOBS });
  #leaving: Promise<unknown> = Promise.resolve();
  readonly #cancel: Cancel;

  constructor(deps: ImportDeps) {
    this.#deps = deps;
    emptied(deps.folder);
    this.#cancel = every(deps.clock, LOOK_MS, () => this.#forget());
  }

  create(order: ImportOrder): ImportJob {
    if (this.#jobs.size >= MOST_JOBS) throw new Fault("E_RATE", `imports: at most ${MOST_JOBS} at once; remove one`);
    try {
      if (order.mapping !== undefined) stampReader(order.mapping.time);
    } catch (error) {
      throw new Fault("E_QUERY", `mapping: time: ${(error as Error).message}`);
    }
    const counts = { bytes: 0, rows: 0, samples: 0, entered: 0, paths: [], rejected: {}, rejects: [] };
    const job: ImportJob = { ...order, id: randomUUID(), created: this.#deps.clock.now(), state: "open", ...counts };
    this.#jobs.set(job.id, { job, back: new AbortController(), work: Promise.resolve() });
    return job;
  }

  get(id: string): ImportJob | undefined {
    return this.#jobs.get(id)?.job;
  }

  list(by: string): ImportJob[] {
    return [...this.#jobs.values()].map(({ job }) => job).filter((job) => job.by === by);
  }

  async append(id: string, at: number, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const { job } = this.#kept(id);
    if (job.state !== "open") throw new Fault("E_QUERY", `import ${id}: ${job.state}, it takes no more bytes`);
    if (at !== job.bytes) throw new Fault("E_QUERY", `at: ${job.bytes} bytes of the file are here`);
    for await (const part of bytes) {
      if (job.bytes + part.length > MOST_BYTES) throw new Fault("E_TOO_LARGE", `file: at most ${MOST_BYTES} bytes; cut it by time`);
      await mustHaveRoom(this.#deps.folder);
      await appendFile(this.#path(id, job.format), part, { mode: 0o600 });
      job.bytes += part.length;
    }
  }

  check(id: string): void {
    const kept = this.#kept(id);
    const { job } = kept;
    if (job.bytes === 0 || (job.state !== "open" && job.state !== "checked"))
      throw new Fault("E_QUERY", `import ${id}: ${job.bytes === 0 ? "there is no file yet" : job.state}`);
    job.state = "checking";
    this.#begin(kept, "checked", (signal) => this.#read(job, signal));
  }

  commit(id: string): void {
    const kept = this.#kept(id);
    if (kept.job.state !== "checked") throw new Fault("E_QUERY", `import ${id}: ${kept.job.state}; it enters once it is checked`);
    kept.job.state = "entering";
    this.#begin(kept, "done", (signal) => this.#enter(kept.job, signal));
  }

  async finished(id: string): Promise<void> {
    await this.#jobs.get(id)?.work;
  }

  async remove(id: string): Promise<void> {
    const kept = this.#jobs.get(id);
    if (kept === undefined) return;
    this.#jobs.delete(id);
    kept.back.abort();
    await kept.work;
    for (const name of ["csv", "parquet", "json", "samples"]) await rm(this.#path(id, name), { force: true });
  }

  /** Ends all jobs; what has entered stays. */
  async stop(): Promise<void> {
    this.#cancel();
    await Promise.all([this.#leaving, ...[...this.#jobs.keys()].map((id) => this.remove(id))]);
  }

  #kept(id: string): Kept {
    const kept = this.#jobs.get(id);
    if (kept === undefined) throw new Fault("E_NOT_FOUND", `import ${id}`);
    return kept;
  }

  #path(id: string, ending: string): string {
    return join(this.#deps.folder, `${id}.${ending}`);
  }

  #begin({ job, back }: Kept, then: ImportJob["state"], work: (signal: AbortSignal) => Promise<void>): void {
    const kept = this.#kept(job.id);
    kept.work = this.#gate(() => work(back.signal), back.signal).then(
      () => {
        job.state = then;
      },
      (error: unknown) => {
        job.state = "failed";
        job.fault = faultOf(error);
      },
    );
  }

  async #read(job: ImportJob, signal: AbortSignal): Promise<void> {
    const order: ReaderOrder = {
      file: this.#path(job.id, job.format),
      format: job.format,
      mapping: job.mapping,
      tags: job.tags.map(readerTag),
      samples: this.#path(job.id, "samples"),
      now: this.#deps.clock.now(),
      mostSamples: MOST_SAMPLES,
    };
    const file = this.#path(job.id, "json");
    await writeFile(file, JSON.stringify(order), { mode: 0o600 });
    await runReader(file, { signal, clock: this.#deps.clock, report: (report) => void Object.assign(job, report) });
    for (const [reason, n] of Object.entries(job.rejected)) this.#deps.counters.rejected(`import_${reason.replaceAll(" ", "_")}`, n);
  }

  /** In the order of the file, so that of two at one time the later row counts. */
  async #enter(job: ImportJob, signal: AbortSignal): Promise<void> {
    const { input, flush, settle, counters } = this.#deps;
    for await (const block of readSamples(this.#path(job.id, "samples"))) {
      for (let from = 0; from < block.length; from += FRAME_SAMPLES) {
        const frame = createFrame(FRAME_SAMPLES);
        frame.historical = true;
        for (const { tag, time, value, quality } of block.slice(from, from + FRAME_SAMPLES)) pushSample(frame, tag, time, value, quality);
        input.frame(frame);
      }
      await flush();
      job.entered += block.length;
      counters.received("import", block.length);
      signal.throwIfAborted();
    }
    await settle(SETTLE_MS);
  }

  #forget(): void {
    const old = this.#deps.clock.now() - DAY_MS;
    const gone = [...this.#jobs.values()].filter(({ job }) => job.created <= old && job.state !== "entering");
    this.#leaving = Promise.all([this.#leaving, ...gone.map(({ job }) => this.remove(job.id))]);
  }
}

/** Limits widened to the rounding of a 32-bit float; what a PLC holds as a setpoint is no measurement. */
function readerTag({ id, path, owner, definition: { unit, range, access } }: Tag): ReaderTag {
  const [low, high] = range;
  const wide = access === "rw";
  return {
    id,
    path,
    short: `${owner}:${path.slice(path.indexOf(":") + 1)}`,
    unit: UNITS[unit].symbol,
    low: wide ? -Number.MAX_VALUE : Math.min(low, Math.fround(low)),
    high: wide ? Number.MAX_VALUE : Math.max(high, Math.fround(high)),
  };
}

interface Run {
  signal: AbortSignal;
  clock: Clock;
  report(report: Partial<ImportJob>): void;
}

/** Rejects with the fault the reader names, or E_QUERY where the file has cost it its life. */
async function runReader(order: string, { signal, clock, report }: Run): Promise<void> {
  const reader = spawn(process.execPath, [`--max-old-space-size=${READER_MB}`, READER, order], {
    env: {},
    stdio: ["ignore", "pipe", "ignore"],
    signal,
    killSignal: "SIGKILL",
  });
  const late = clock.at(clock.now() + READ_MS, () => void reader.kill("SIGKILL"));
  try {
    const ended = new Promise<string>((resolve, reject) => {
      reader.once("error", reject).once("close", (code, by) => resolve(by ?? `code ${code}`));
    });
    ended.catch(() => undefined);
    let last: ReaderMessage | undefined;
    for await (const line of createInterface({ input: reader.stdout })) {
      last = JSON.parse(line) as ReaderMessage;
      if ("report" in last) report(last.report);
    }
    const how = await ended;
    if (last !== undefined && "done" in last) return report(last.done);
    if (last !== undefined && "fault" in last) throw new Fault(last.fault.code, last.fault.detail);
    throw new Fault("E_QUERY", `file: it cannot be read; the reader ended with ${how}`);
  } finally {
    late();
  }
}
