/** How time is cut into files: by the hour as it comes, and by fours of that where it saves opening many. */
import type { Resolution } from "../../contracts.ts";

const HOUR = 3_600_000;
/** A window holds so many of the level below: a question opens at most three files of each level it does not need whole. */
const FOLD = 4;

/** The highest level of each: an hour of samples, and rollups of 16 hours, 11 days and 43 days, about what a wide screen shows of them. */
const LEVELS: Readonly<Record<Resolution, number>> = { raw: 1, "10s": 3, "1m": 5, "1h": 6 };

/** The highest level of a resolution; level 0 holds samples as they arrived, by the hour. */
export function levels(resolution: Resolution): number {
  return LEVELS[resolution];
}

/** Width of the windows of a level, ms. */
export function widthOf(level: number): number {
  return HOUR * FOLD ** Math.max(0, level - 1);
}

/** Start of the window of a level in which a time lies. */
export function windowOf(time: number, level: number): number {
  const width = widthOf(level);
  return Math.floor(time / width) * width;
}
