/** Is the server still there? A cut cable closes no socket: silence is questioned, and an unanswered question is a loss. Pure. */
export type Step = "wait" | "ask" | "lost";

/** Silence before asking, and patience for the answer, ms: together below the 3 s in which a loss must be named. */
const QUIET = 1200;
const PATIENCE = 1500;

export class Silence {
  #heard: number;
  #asked: number | undefined;

  constructor(now: number) {
    this.#heard = now;
  }

  /** When the last word came. */
  get last(): number {
    return this.#heard;
  }

  heard(now: number): void {
    this.#heard = now;
    this.#asked = undefined;
  }

  /** To be called a few times a second while connected. */
  step(now: number): Step {
    if (this.#asked !== undefined) return now - this.#asked > PATIENCE ? "lost" : "wait";
    if (now - this.#heard <= QUIET) return "wait";
    this.#asked = now;
    return "ask";
  }
}
