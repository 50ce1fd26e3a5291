/** Checked samples on their way from the reader's program to the pipe: a file of equal records, in the order of the rows. */
import { type FileHandle, open } from "node:fs/promises";
import { mustHaveRoom } from "./folder.ts";

const RECORD_BYTES = 24;
const RECORDS = 8192;
/** Blocks written between two looks at the disk. */
const LOOK_BLOCKS = 64;

export interface FileSample {
  tag: number;
  time: number;
  value: number;
  quality: number;
}

export class SampleWriter {
  readonly #file: FileHandle;
  readonly #folder: string;
  /** Room for the rest of a wide row. */
  readonly #block = new DataView(new ArrayBuffer(2 * RECORDS * RECORD_BYTES));
  #held = 0;
  #blocks = 0;

  private constructor(file: FileHandle, folder: string) {
    this.#file = file;
    this.#folder = folder;
  }

  static async create(path: string, folder: string): Promise<SampleWriter> {
    return new SampleWriter(await open(path, "w", 0o600), folder);
  }

  /** True when `flush` is due after this row. */
  add({ tag, time, value, quality }: FileSample): boolean {
    const at = this.#held * RECORD_BYTES;
    this.#block.setFloat64(at, time);
    this.#block.setFloat64(at + 8, value);
    this.#block.setUint32(at + 16, tag);
    this.#block.setUint32(at + 20, quality);
    return ++this.#held >= RECORDS;
  }

  async flush(): Promise<void> {
    if (this.#blocks++ % LOOK_BLOCKS === 0) await mustHaveRoom(this.#folder);
    await this.#file.writeFile(new Uint8Array(this.#block.buffer, 0, this.#held * RECORD_BYTES));
    this.#held = 0;
  }

  async close(): Promise<void> {
    await this.flush();
    await this.#file.close();
  }
}

/** Blocks of samples as they were written. */
export async function* readSamples(path: string): AsyncGenerator<FileSample[], void> {
  const file = await open(path, "r");
  const block = new DataView(new ArrayBuffer(RECORDS * RECORD_BYTES));
  try {
    for (;;) {
      const { bytesRead } = await file.read(block, 0, block.byteLength);
      const count = Math.floor(bytesRead / RECORD_BYTES);
      if (count === 0) return;
      yield Array.from({ length: count }, (_, i) => ({
        time: block.getFloat64(i * RECORD_BYTES),
        value: block.getFloat64(i * RECORD_BYTES + 8),
        tag: block.getUint32(i * RECORD_BYTES + 16),
        quality: block.getUint32(i * RECORD_BYTES + 20),
      }));
    }
  } finally {
    await file.close();
  }
}
