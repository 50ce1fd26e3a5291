/** When links are worth telling: a change of state at once, mere figures every five seconds, so that an idle page stays quiet. */
import type { Clock, Link } from "@cellhouse/shared";

const FIGURES_MS = 5000;

export class LinkNews {
  readonly #clock: Clock;
  #states = "";
  #figures = "";
  #at = 0;
  /** Counts up whenever there is something to tell. */
  edition = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes note of the links as they stand and gives them back. */
  read(links: Link[]): Link[] {
    const states = links.map((link) => `${link.id} ${link.state} ${link.since} ${link.detail}`).join("\n");
    const now = this.#clock.now();
    if (states === this.#states && now - this.#at < FIGURES_MS) return links;
    const figures = JSON.stringify(links);
    if (figures === this.#figures) return links;
    this.#states = states;
    this.#figures = figures;
    this.#at = now;
    this.edition++;
    return links;
  }
}
