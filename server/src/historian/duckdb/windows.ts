/** How time is cut into files: by the hour as it comes, and into larger windows where that saves opening many. */
import type { Resolution } from "../../contracts.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Widths of the windows of each level from 1 on, ms. Level 0 holds samples as they arrived, by the hour. */
const WINDOWS: Readonly<Record<Resolution, readonly number[]>> = {
  raw: [HOUR],
  "10s": [HOUR, DAY],
  "1m": [HOUR, DAY, 30 * DAY],
  "1h": [HOUR, DAY, 30 * DAY],
};

/** The highest level of a resolution. */
export function levels(resolution: Resolution): number {
  return WINDOWS[resolution].length;
}

/** Width of the windows of a level, ms. */
export function widthOf(resolution: Resolution, level: number): number {
  return WINDOWS[resolution][Math.max(0, level - 1)] as number;
}

/** Start of the window of a level in which a time lies. */
export function windowOf(time: number, resolution: Resolution, level: number): number {
  const width = widthOf(resolution, level);
  return Math.floor(time / width) * width;
}
