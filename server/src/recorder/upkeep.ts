/** What is done for the folder every few seconds: readers' positions left on the disk, segments that are too old or too many deleted. */
import type { Clock } from "@cellhouse/shared";
import type { Counters } from "../contracts.ts";
import type { Readers } from "./readers.ts";
import { positionOf, type Segments, segmentOf } from "./segments/segments.ts";

const EVERY_MS = 10_000;

export interface UpkeepOptions {
  folder: string;
  /** The wall clock. */
  clock: Clock;
  counters: Counters;
  retentionDays: number;
  retentionBytes: number;
}

export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #segments: Segments;
  readonly #readers: Readers;
  #next = 0;

  constructor(options: UpkeepOptions, segments: Segments, readers: Readers) {
    this.#options = options;
    this.#segments = segments;
    this.#readers = readers;
  }

  /** Cheap where it is not due. */
  look(): void {
    const { clock, folder } = this.#options;
    if (clock.now() < this.#next) return;
    this.#next = clock.now() + EVERY_MS;
    this.#readers.save(folder, clock.now());
    this.#retain();
  }

  /** By age what every reader has; by size whatever is oldest, counting what the slowest reader had still to read. */
  #retain(): void {
    const { clock, counters, retentionDays: days, retentionBytes: bytes } = this.#options;
    const slowest = this.#readers.slowest();
    for (const number of this.#segments.retain(clock.now(), { days, bytes }, (n) => n < segmentOf(slowest))) {
      const unread = this.#unread(number, slowest);
      if (!this.#segments.drop(number)) return;
      if (unread > 0) counters.dropped("recorder_expired", unread);
    }
  }

  /** Samples of a segment that a reader who stands at `position` has still to read. */
  #unread(number: number, position: number): number {
    const span = this.#segments.span(number);
    if (span === undefined || number < segmentOf(position)) return 0;
    if (number > segmentOf(position)) return span.samples;
    return Math.round(span.samples * (1 - (position - positionOf(number, 0)) / span.records));
  }
}
