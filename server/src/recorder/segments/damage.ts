/** What is found not to be as it was written: each place is told once, however often it is read. */

export interface Damage {
  segment: number;
  /** First record of the chunk, by the chunk's own word; absent where it is the file. */
  chunk?: number;
  /** Samples that cannot be read for it, as far as that is known. */
  samples: number;
  reason: string;
}

export class Damages {
  readonly #found = new Map<string, Damage>();
  readonly #tell: (damage: Damage) => void;

  constructor(tell: (damage: Damage) => void = () => undefined) {
    this.#tell = tell;
  }

  get count(): number {
    return this.#found.size;
  }

  /** The newest finding in words. */
  get last(): string | undefined {
    const newest = [...this.#found.values()].at(-1);
    return newest && describeDamage(newest);
  }

  add(damage: Damage): void {
    const place = `${damage.segment} ${damage.chunk ?? damage.reason}`;
    if (this.#found.has(place)) return;
    this.#found.set(place, damage);
    this.#tell(damage);
  }
}

/** `segment 176000012, chunk of record 31: its checksum is wrong`. */
export function describeDamage({ segment, chunk, reason }: Damage): string {
  return `segment ${segment}${chunk === undefined ? "" : `, chunk of record ${chunk}`}: ${reason}`;
}
