/** The tiles time is cut into: each zoom has its own grid, so that what is moved or zoomed over is asked for once. Pure. */

/** One zoom: `step` 0 has tiles of a minute, each further one of twice as much. */
export interface Grid {
  step: number;
  /** Length of a tile, ms. */
  length: number;
  /** Buckets in a tile; 0: every sample. */
  points: number;
}

const SHORTEST = 60_000;
/** Up to here a tile holds few enough samples to show them all (at 1 Hz one thousand). */
const RAW_STEPS = 4;
const MOST_STEPS = 24;

/** The zoom in which a span fills one to two tiles, with at least a bucket per pixel. */
export function gridOf(span: number, pixels: number): Grid {
  const step = Math.max(0, Math.min(MOST_STEPS, Math.ceil(Math.log2(span / SHORTEST)) - 1));
  const points = pixels <= 500 ? 500 : pixels <= 1000 ? 1000 : 2000;
  return { step, length: SHORTEST * 2 ** step, points: step <= RAW_STEPS ? 0 : points };
}

export const gridKey = ({ step, points }: Grid): string => `${step}.${points}`;

/** The numbers of the tiles that a span touches, in order of time. */
export function tilesOf({ length }: Grid, from: number, to: number): number[] {
  const first = Math.floor(from / length);
  const count = Math.max(1, Math.ceil(to / length) - first);
  return Array.from({ length: count }, (_, i) => first + i);
}
