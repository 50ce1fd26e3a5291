/** Export jobs: two at work, some that wait, finished files for a day. */
import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, every, Fault } from "@cellhouse/shared";
import type { ExportJob, ExportOrder, ExportService } from "../../contracts.ts";
import { createGate } from "../gate.ts";
import { emptied, faultOf, mustHaveRoom } from "./folder.ts";
import { writeParquet } from "./parquet.ts";
import type { Source } from "./rows.ts";
import { longJson, type TextPart, wideCsv } from "./texts.ts";
import { Zone } from "./zones.ts";

const AT_WORK = 2;
const MOST_JOBS = 20;
const MOST_JOBS_EACH = 8;
const DAY_MS = 86_400_000;
const LOOK_MS = 60_000;
/** Bytes written between two looks at the disk. */
const LOOK_BYTES = 16e6;
/** How long what was recorded just now may take to reach the engine, ms. */
const SETTLE_MS = 3000;

export interface ExportDeps {
  /** Emptied at the start: nobody knows those files any more. */
  folder: string;
  source: Source;
  settle(timeoutMs: number): Promise<boolean>;
  /** IANA name of the plant's zone. */
  timezone: string;
  clock: Clock;
}

export class Exports implements ExportService {
  readonly #deps: ExportDeps;
  readonly #zone: Zone;
  readonly #gate = createGate({ running: AT_WORK, waiting: MOST_JOBS });
  readonly #jobs = new Map<string, { job: ExportJob; back: AbortController; done: Promise<void> }>();
  #leaving: Promise<unknown> = Promise.resolve();
  readonly #cancel: () => void;

  constructor(deps: ExportDeps) {
    this.#deps = deps;
    this.#zone = new Zone(deps.timezone);
    emptied(deps.folder);
    this.#cancel = every(deps.clock, LOOK_MS, () => this.#forget());
  }

  create(order: ExportOrder): ExportJob {
    if (this.#jobs.size >= MOST_JOBS || this.list(order.by).length >= MOST_JOBS_EACH)
      throw new Fault("E_RATE", `exports: at most ${MOST_JOBS_EACH} kept for each, ${MOST_JOBS} in all; remove one`);
    const job: ExportJob = { ...order, id: randomUUID(), created: this.#deps.clock.now(), state: "waiting", rows: 0, progress: 0 };
    const back = new AbortController();
    const done = this.#gate(() => this.#run(job, back.signal), back.signal).catch((error: unknown) => {
      job.state = "failed";
      job.fault = faultOf(error);
    });
    this.#jobs.set(job.id, { job, back, done });
    return job;
  }

  get(id: string): ExportJob | undefined {
    return this.#jobs.get(id)?.job;
  }

  list(by: string): ExportJob[] {
    return [...this.#jobs.values()].map(({ job }) => job).filter((job) => job.by === by);
  }

  async finished(id: string): Promise<void> {
    await this.#jobs.get(id)?.done;
  }

  file(id: string): string {
    return join(this.#deps.folder, `${id}.${this.get(id)?.format ?? "none"}`);
  }

  async remove(id: string): Promise<void> {
    const found = this.#jobs.get(id);
    if (found === undefined) return;
    const file = this.file(id);
    this.#jobs.delete(id);
    found.back.abort();
    await found.done;
    for (const left of [file, part(file)]) await rm(left, { force: true });
  }

  /** Ends all jobs. */
  async stop(): Promise<void> {
    this.#cancel();
    await Promise.all([this.#leaving, ...[...this.#jobs.keys()].map((id) => this.remove(id))]);
  }

  async #run(job: ExportJob, signal: AbortSignal): Promise<void> {
    job.state = "running";
    const file = this.file(job.id);
    await mustHaveRoom(this.#deps.folder);
    await this.#deps.settle(SETTLE_MS);
    try {
      const made = job.format === "parquet" ? await this.#parquet(job, signal) : await this.#text(job, signal);
      signal.throwIfAborted();
      await rename(part(file), file);
      Object.assign(job, made, { state: "done", progress: 1 });
    } catch (error) {
      await rm(part(file), { force: true });
      throw error;
    }
  }

  async #text(job: ExportJob, signal: AbortSignal): Promise<{ bytes: number; sha256: string }> {
    const { source, folder } = this.#deps;
    const options = { order: job, zone: this.#zone, signal };
    const parts: AsyncGenerator<TextPart> = job.format === "csv" ? wideCsv(source, options) : longJson(source, options);
    const out = await Output.open(part(this.file(job.id)), folder);
    try {
      for await (const { text, rows, progress } of parts) {
        await out.write(text);
        count(job, rows, progress);
        signal.throwIfAborted();
      }
      return { bytes: out.bytes, sha256: out.sha256() };
    } finally {
      await out.close();
    }
  }

  async #parquet(job: ExportJob, signal: AbortSignal): Promise<{ bytes: number; sha256: string }> {
    const file = part(this.file(job.id));
    let unseen = 0;
    for await (const { rows, progress } of writeParquet(this.#deps.source, { order: job, signal, file })) {
      count(job, rows, progress);
      signal.throwIfAborted();
      unseen += rows * BYTES_A_ROW;
      if (unseen < LOOK_BYTES) continue;
      unseen = 0;
      await mustHaveRoom(this.#deps.folder);
    }
    const hash = createHash("sha256");
    for await (const bytes of createReadStream(file)) hash.update(bytes as Buffer);
    return { bytes: (await stat(file)).size, sha256: hash.digest("hex") };
  }

  #forget(): void {
    const old = this.#deps.clock.now() - DAY_MS;
    const gone = [...this.#jobs.values()].filter(({ job }) => job.created <= old);
    this.#leaving = Promise.all([this.#leaving, ...gone.map(({ job }) => this.remove(job.id))]);
  }
}

/** Of one row while DuckDB gathers it. */
const BYTES_A_ROW = 32;

function count(job: ExportJob, rows: number, progress: number): void {
  job.rows += rows;
  job.progress = Math.max(job.progress, Math.min(1, progress));
}

/** A file being written, its length and its checksum. */
class Output {
  bytes = 0;
  readonly #hash = createHash("sha256");
  readonly #folder: string;
  readonly #file: FileHandle;
  #looked = 0;

  private constructor(file: FileHandle, folder: string) {
    this.#file = file;
    this.#folder = folder;
  }

  static async open(path: string, folder: string): Promise<Output> {
    return new Output(await open(path, "w", 0o600), folder);
  }

  async write(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    this.#hash.update(bytes);
    await this.#file.writeFile(bytes);
    this.bytes += bytes.length;
    if (this.bytes - this.#looked < LOOK_BYTES) return;
    this.#looked = this.bytes;
    await mustHaveRoom(this.#folder);
  }

  sha256(): string {
    return this.#hash.digest("hex");
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function part(file: string): string {
  return `${file}.part`;
}
