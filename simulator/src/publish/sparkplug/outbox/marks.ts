/** Remembers how far an edge was at which moment of the last minute and a half, so that it can go back to what may not have arrived. */

export interface Mark {
  /** Local clock, epoch ms. */
  time: number;
  /** Sequence number of the next sample to come. */
  head: number;
  /** Per owner: what stands before it needed no resend. */
  cursor: Float64Array;
}

const EVERY_MS = 1000;
const KEPT = 90;

/** By count, not by age: a clock that is set forth must not make it forget. */
export class MarkBook {
  readonly #marks: Mark[];

  constructor(first: Mark) {
    this.#marks = [first];
  }

  get oldest(): Mark {
    return this.#marks[0] as Mark;
  }

  /** True when it is time for another mark; a clock that was set back makes what is known as recent as now. */
  isDue(now: number): boolean {
    for (const mark of this.#marks) mark.time = Math.min(mark.time, now);
    return now - (this.#marks.at(-1) as Mark).time >= EVERY_MS;
  }

  add(mark: Mark): void {
    this.#marks.push(mark);
    if (this.#marks.length > KEPT) this.#marks.shift();
  }

  /** The last mark not after `time`, else the oldest there is. */
  at(time: number): Mark {
    return this.#marks.findLast((mark) => mark.time <= time) ?? this.oldest;
  }
}
