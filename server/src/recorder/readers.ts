/** Who reads the record on and how far each has safely come: retention waits for them, inspection shows them. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const FILE = "readers.json";
const saved = z.object({ time: z.number(), positions: z.record(z.string(), z.number()) });

/** Position up to which a reader keeps everything even if the server crashes now; by the reader's name. */
export type ReaderPositions = Readonly<Record<string, () => number>>;

export class Readers {
  readonly #positions: ReaderPositions;

  constructor(positions: ReaderPositions) {
    this.#positions = positions;
  }

  list(): { name: string; position: number }[] {
    return Object.entries(this.#positions).map(([name, position]) => ({ name, position: position() }));
  }

  /** Infinity where nobody reads. */
  slowest(): number {
    return Math.min(...this.list().map(({ position }) => position));
  }

  /** Leaves the positions beside the segments. A disk that takes no more is no reason to fail: they are told again soon. */
  save(folder: string, time: number): void {
    const file = join(folder, FILE);
    const positions = Object.fromEntries(this.list().map(({ name, position }) => [name, position]));
    try {
      writeFileSync(`${file}.new`, `${JSON.stringify({ time, positions })}\n`);
      renameSync(`${file}.new`, file);
    } catch {
      return;
    }
  }
}

/** The positions as last left beside the segments; undefined where there are none that can be read. */
export function savedReaders(folder: string): z.output<typeof saved> | undefined {
  try {
    return saved.parse(JSON.parse(readFileSync(join(folder, FILE), "utf8")));
  } catch {
    return undefined;
  }
}
