/** The round of a crew: one place at a time, what has waited longest first. */
import type { Crew } from "../crew.ts";

/** Cells one crew can serve: a tap takes three minutes, and each cell is tapped every two hours. */
export const CELLS_PER_CREW = 24;

export class Round {
  readonly #cells: readonly Crew[];
  #at: Crew | undefined;

  /** `cells`: the work at each of the crew's cells. */
  constructor(cells: readonly Crew[]) {
    this.#cells = cells;
  }

  /** One second: when the crew is free it goes to the most overdue work. */
  second(): void {
    if (this.#at?.busy) return;
    let most = -1;
    this.#at = undefined;
    for (const cell of this.#cells) {
      const late = cell.busy ? Number.NaN : cell.lateness();
      if (!(late > most)) continue;
      most = late;
      this.#at = cell;
    }
    this.#at?.beginDue();
  }
}
