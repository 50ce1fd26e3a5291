/** One pen's columns for a span: stretches of the past and what was heard since, joined without a seam. Pure. */
import { Quality } from "@cellhouse/shared";
import type { Heard } from "./heard.ts";
import { after, type Resolution, type Stretch } from "./stretch.ts";

/** Beside the four qualities: from here on nothing is known, or nothing has been fetched yet. */
export const NOTHING = 4;
export const UNFETCHED = 5;

/** Each point holds until the next. */
export interface Curve {
  length: number;
  /** Rising, epoch ms. */
  t: Float64Array;
  v: Float64Array;
  low: Float64Array;
  high: Float64Array;
  /** A quality, `NOTHING` or `UNFETCHED`. */
  q: Uint8Array;
  late: Uint8Array;
  /** The coarsest the line is made of; undefined while there is nothing. */
  source: Resolution | undefined;
  /** Of the widest bucket, ms; 0: all of it is samples. */
  width: number;
}

/** A part of a stretch, or a part of time of which none is there yet. */
export interface Piece {
  from: number;
  to: number;
  stretch: Stretch | undefined;
}

export interface CurveOptions {
  pieces: readonly Piece[];
  heard: Heard | undefined;
  /** No point lies behind it. */
  end: number;
  /** A setpoint or a state has no mean: what it was last is drawn. */
  stepped: boolean;
}

/** A tag silent for so long after a gap in which its cell was lost has only what it said before: that may be believed with a question mark, ms. */
const QUIET_MS = 10_000;

const ORDER: readonly Resolution[] = ["raw", "10s", "1m", "1h"];

export function joinCurve({ pieces, heard, end, stepped }: CurveOptions): Curve {
  const most = pieces.reduce((n, { stretch }) => n + (stretch === undefined ? 1 : stretch.t.length + 2 * stretch.gaps.length + 3), 0);
  const line = emptyCurve(most + (heard?.length ?? 0) + 1);
  const reach = { last: Number.NEGATIVE_INFINITY, covered: Number.NEGATIVE_INFINITY };
  for (const piece of pieces) {
    if (piece.stretch === undefined) put(line, piece.from, Number.NaN, UNFETCHED);
    else addPiece(line, piece as Piece & { stretch: Stretch }, stepped, reach);
  }
  if (heard !== undefined) addHeard(line, heard, reach, end);
  while (line.length > 0 && (line.t[line.length - 1] as number) > end) line.length--;
  return line;
}

function emptyCurve(room = 0): Curve {
  const column = (): Float64Array => new Float64Array(room);
  const [t, v, low, high] = [column(), column(), column(), column()];
  return { length: 0, t, v, low, high, q: new Uint8Array(room), late: new Uint8Array(room), source: undefined, width: 0 };
}

function put(line: Curve, time: number, value: number, quality: number): void {
  const n = line.length++;
  line.t[n] = time;
  line.v[n] = line.low[n] = line.high[n] = value;
  line.q[n] = quality;
}

/** What a curve said last, before it was lost. */
function lastKnown({ v, q, length }: Curve): number | undefined {
  let i = length - 1;
  while (i >= 0 && (q[i] as number) >= NOTHING) i--;
  return i < 0 || Number.isNaN(v[i]) ? undefined : v[i];
}

interface Reach {
  /** Time of the last sample or bucket. */
  last: number;
  /** What was heard up to here, the past has. */
  covered: number;
}

function addPiece(line: Curve, { stretch, from, to }: Piece & { stretch: Stretch }, stepped: boolean, reach: Reach): void {
  const { t, width, gaps } = stretch;
  const value = stepped ? stretch.last : stretch.mean;
  let gap = gaps.findIndex(([, until]) => until > from);
  if (gap < 0) gap = gaps.length;
  const open = (before: number): void => {
    for (; gap < gaps.length; gap++) {
      const [lost, found] = gaps[gap] as readonly [number, number];
      if (lost >= before) return;
      const stood = lastKnown(line);
      put(line, Math.max(from, lost), Number.NaN, NOTHING);
      if (stood !== undefined && found + QUIET_MS < before) put(line, found, stood, Quality.Uncertain);
    }
  };
  // Times are whole milliseconds; less than a half is lost in those of today.
  const first = after(t, from - 0.5);
  const unknown = line.length === 0 || line.q[line.length - 1] === UNFETCHED;
  if (unknown && !Number.isNaN(stretch.before) && from === stretch.from && (t[first] ?? to) > from)
    put(line, from, stretch.before, Quality.Good);
  for (let i = first; i < t.length && (t[i] as number) < to; i++) {
    open(t[i] as number);
    const n = line.length++;
    line.t[n] = t[i] as number;
    line.v[n] = value[i] as number;
    line.low[n] = stretch.low[i] as number;
    line.high[n] = stretch.high[i] as number;
    line.q[n] = stretch.q[i] as number;
    line.late[n] = stretch.late[i] as number;
    reach.last = t[i] as number;
  }
  open(to);
  reach.covered = width === 0 ? reach.last : Math.min(to, reach.last + width);
  line.width = Math.max(line.width, width);
  if (line.source === undefined || ORDER.indexOf(stretch.source) > ORDER.indexOf(line.source)) line.source = stretch.source;
}

/** A gap that the past saw at its end was only the silence before the next word. */
function addHeard(line: Curve, heard: Heard, reach: Reach, end: number): void {
  for (let i = after(heard.t, reach.covered, heard.length); i < heard.length; i++) {
    const time = heard.t[i] as number;
    if (time > end) break;
    while (line.length > 0 && (line.t[line.length - 1] as number) >= time && (line.q[line.length - 1] as number) >= NOTHING) line.length--;
    if (line.length > 0 && (line.t[line.length - 1] as number) >= time) continue;
    put(line, time, heard.v[i] as number, heard.q[i] as number);
    line.source ??= "raw";
  }
}

/** Position of the point that holds at a time; -1 before the first. */
export function indexAt(line: Curve, time: number): number {
  return after(line.t, time, line.length) - 1;
}

/** The value that held at a time; undefined where none is known. */
export function valueAt(line: Curve, time: number): number | undefined {
  const i = indexAt(line, time);
  return i < 0 || Number.isNaN(line.v[i]) ? undefined : line.v[i];
}

/** Between two times, each value as long as it held; a span without a number counts for nothing. */
export function between(line: Curve, from: number, to: number): { min: number; max: number; mean: number } | undefined {
  let [min, max, sum, known] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (let i = Math.max(0, indexAt(line, from)); i < line.length && (line.t[i] as number) < to; i++) {
    const v = line.v[i] as number;
    const until = Math.min(to, i + 1 < line.length ? (line.t[i + 1] as number) : to);
    const held = until - Math.max(from, line.t[i] as number);
    if (Number.isNaN(v) || held <= 0) continue;
    min = Math.min(min, line.low[i] as number);
    max = Math.max(max, line.high[i] as number);
    sum += v * held;
    known += held;
  }
  return known === 0 ? undefined : { min, max, mean: sum / known };
}
