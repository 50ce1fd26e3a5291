/** Are values left out on the way to this page? That one came twice between two messages is no news; that most messages leave some out is. Pure. */
const WINDOW_MS = 2000;
/** Two beats of a hall: longer without a word is silence. */
const SILENCE_MS = 2000;
const BEGINS = 0.5;
const ENDS = 0.25;

export class Thinning {
  #share = 0;
  #at: number;
  #stands = false;

  constructor(now: number) {
    this.#at = now;
  }

  /** A message of values, `coalesced` where it leaves some out; true while most of the last two seconds' did. */
  heard(coalesced: boolean, now: number): boolean {
    this.#share += (Number(coalesced) - this.#share) * Math.min(1, (now - this.#at) / WINDOW_MS);
    this.#at = now;
    this.#stands = this.#share > (this.#stands ? ENDS : BEGINS);
    return this.#stands;
  }

  /** True while it stands by what was last heard; where nothing comes any more nothing is left out. */
  stands(now: number): boolean {
    if (now - this.#at > SILENCE_MS) this.#stands = false;
    return this.#stands;
  }
}
