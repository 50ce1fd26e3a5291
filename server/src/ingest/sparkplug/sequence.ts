/** Follows the sequence numbers of one edge (0 to 255, spec 3.0, 6.4.7): tells by its number what place a message has. */

/**
 * A message this far ahead may have overtaken others on its way; further ahead, those before it are lost. A line tells of all its cells at
 * once, some two dozen messages, and after a pause of the edge of several scans at once: the first of them may come last. Well below 256,
 * where a number would mean two messages.
 */
const AHEAD = 192;
/** What was sent before a birth comes at most so long after it. */
export const UNDER_WAY_MS = 5000;
/** By number, beside the times of messages: nobody had it since the birth; it was passed over. */
const UNUSED = -1;
const MISSED = Number.POSITIVE_INFINITY;

/** `next` as expected; `again` came twice; `early` others may still come; `late` one given up before, or of the session before; `jump` others are lost. */
export type Place = "next" | "again" | "early" | "late" | "jump";

export class Sequence {
  #expected = 0;
  /** Timestamp of the NBIRTH while something sent before it may still come; else NaN. */
  #birth = Number.NaN;
  /** Timestamp of the message that last had a number. */
  readonly #times = new Float64Array(256).fill(UNUSED);

  get expected(): number {
    return this.#expected;
  }

  /** An NBIRTH begins anew. */
  restart(seq: number, timestamp: number): void {
    this.#times.fill(UNUSED);
    this.#expected = seq;
    this.#birth = timestamp;
    this.pass(seq, timestamp);
  }

  /** Nothing sent before the birth is on its way any more: an earlier time now means a clock that was set back. */
  settle(): void {
    this.#birth = Number.NaN;
  }

  /** Changes nothing: `pass` does. */
  place(seq: number, timestamp: number): Place {
    if (seq === this.#expected) return "next";
    if (!(seq >= 0 && seq <= 255)) return "jump";
    const before = this.#times[seq] as number;
    if (Object.is(before, timestamp)) return "again";
    // Sent before the birth that it comes after: its number means nothing in this session.
    if (before === MISSED || timestamp < this.#birth) return "late";
    return this.distance(seq) <= AHEAD ? "early" : "jump";
  }

  /** The message with this number has been taken; counting goes on from it, and those skipped are missed. */
  pass(seq: number, timestamp: number): void {
    if (!(seq >= 0 && seq <= 255)) return;
    for (let n = this.#expected; n !== seq; n = (n + 1) & 0xff) this.#times[n] = MISSED;
    this.#times[seq] = timestamp;
    this.#expected = (seq + 1) & 0xff;
  }

  /** A late one has come after all. */
  fill(seq: number, timestamp: number): void {
    this.#times[seq] = timestamp;
  }

  /** How many numbers lie between the expected one and this. */
  distance(seq: number): number {
    return (seq - this.#expected) & 0xff;
  }
}
