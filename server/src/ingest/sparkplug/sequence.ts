/** Follows the sequence numbers of one edge (0 to 255, spec 3.0, 6.4.7). */

export class Sequence {
  #last = 0;
  #timestamp = Number.NaN;

  /** An NBIRTH begins anew. */
  restart(seq: number, timestamp: number): void {
    this.#last = seq;
    this.#timestamp = timestamp;
  }

  /** `again` for a message that came twice; for a jump what is wrong with it, and counting goes on from there; undefined for the one expected. */
  take(seq: number, timestamp: number): "again" | { jump: string } | undefined {
    if (seq === this.#last && timestamp === this.#timestamp) return "again";
    const expected = (this.#last + 1) & 0xff;
    this.#last = seq < 0 ? expected : seq;
    this.#timestamp = timestamp;
    if (seq < 0) return { jump: "a message without sequence number" };
    return seq === expected ? undefined : { jump: `message ${expected} expected, ${seq} came` };
  }
}
