/** What was heard live of one tag since the screen began to listen: columns that grow, and forget their older half when full. */
import { Quality } from "@cellhouse/shared";

const FIRST_ROOM = 512;

export class Heard {
  t = new Float64Array(FIRST_ROOM);
  v = new Float64Array(FIRST_ROOM);
  q = new Uint8Array(FIRST_ROOM);
  length = 0;
  readonly #most: number;

  constructor(most = 20_000) {
    this.#most = most;
  }

  /** When listening began, or since when all is kept; `Infinity` before the first word. */
  get from(): number {
    return this.length === 0 ? Number.POSITIVE_INFINITY : (this.t[0] as number);
  }

  /**
   * Takes a sample; one not newer than the last is left out, history has it. A value that is lost carries the stamp of its last
   * good sample: it held until now, when that was learnt.
   */
  add(sample: { time: number; value: number; quality: number }, now: number): void {
    const last = this.length === 0 ? Number.NEGATIVE_INFINITY : (this.t[this.length - 1] as number);
    const lost = sample.quality >= Quality.Stale;
    if (!lost && sample.time <= last) return;
    if (lost && this.length > 0 && this.q[this.length - 1] === sample.quality) return;
    if (this.length === this.t.length) this.#grow();
    const n = this.length++;
    this.t[n] = lost ? Math.max(now, last + 1) : sample.time;
    this.v[n] = sample.quality === Quality.Bad ? Number.NaN : sample.value;
    this.q[n] = sample.quality;
  }

  clear(): void {
    this.length = 0;
  }

  #grow(): void {
    const keep = this.length < this.#most ? 0 : this.length >> 1;
    const room = keep === 0 ? Math.min(this.#most, this.length * 2) : this.#most;
    const [t, v, q] = [new Float64Array(room), new Float64Array(room), new Uint8Array(room)];
    t.set(this.t.subarray(keep, this.length));
    v.set(this.v.subarray(keep, this.length));
    q.set(this.q.subarray(keep, this.length));
    this.length -= keep;
    [this.t, this.v, this.q] = [t, v, q];
  }
}
