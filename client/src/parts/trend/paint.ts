/** Draws columns on the plot's canvas: every value holds until the next, what is not known is not drawn, quality is seen. */
import { Quality } from "@cellhouse/shared";
import { type Curve, indexAt, NOTHING, UNFETCHED } from "../../live/past/curve.ts";
import { SHAPES } from "../badge.tsx";
import type { Look } from "./looks.ts";
import type { Mark } from "./marks.ts";
import type { Ink } from "./plot.ts";

/** Where times and values lie on the canvas, device pixels. */
export interface Frame {
  ctx: CanvasRenderingContext2D;
  x: (time: number) => number;
  y: (value: number) => number;
  left: number;
  top: number;
  width: number;
  height: number;
  /** Device pixels in a CSS pixel. */
  ratio: number;
  /** Times seen; `end` is the last that has been. */
  from: number;
  to: number;
  end: number;
  ink: Ink;
}

export interface PenCurve {
  line: Curve;
  look: Look;
  /** Drawn so much later than its times, ms. */
  behind: number;
}

/** Envelope as a band, mean or value as a stepped line; dotted where it is stale, absent where it is Bad or nothing is known. */
export function paintLine(frame: Frame, { line, look, behind }: PenCurve): void {
  const { ctx, ratio } = frame;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = frame.ink.pens[look.ink] as string;
  if (line.width > 0) paintBand(frame, line, { behind, strength: look.strength });
  ctx.globalAlpha = look.strength;
  ctx.lineWidth = look.width * ratio;
  ctx.lineJoin = "round";
  const dash = isDense(frame, line) ? [] : look.dash.map((d) => d * ratio);
  for (const stale of [false, true]) {
    ctx.setLineDash(stale ? [1.5 * ratio, 4 * ratio] : dash);
    ctx.beginPath();
    trace(frame, line, { behind, stale });
    ctx.stroke();
  }
  ctx.restore();
}

/** Where points stand closer than dashes, these are only noise, and dear. */
function isDense({ width, ratio }: Frame, line: Curve): boolean {
  return line.length > width / ratio / 4;
}

function drawn(line: Curve, i: number, stale: boolean): boolean {
  const q = line.q[i] as number;
  return q < NOTHING && !Number.isNaN(line.v[i]) && (q === Quality.Stale) === stale;
}

function trace({ ctx, x, y, from, end }: Frame, line: Curve, { behind, stale }: { behind: number; stale: boolean }): void {
  let down = false;
  for (let i = Math.max(0, indexAt(line, from - behind)); i < line.length; i++) {
    const time = (line.t[i] as number) + behind;
    if (time > end) break;
    if (!drawn(line, i, stale)) {
      down = false;
      continue;
    }
    const [at, level] = [x(Math.max(from, time)), y(line.v[i] as number)];
    if (down) ctx.lineTo(at, level);
    else ctx.moveTo(at, level);
    const next = i + 1 < line.length ? Math.min(end, (line.t[i + 1] as number) + behind) : end;
    const until = x(next);
    if (until - at >= 0.5 || !down) ctx.lineTo(until, level);
    down = true;
  }
}

function paintBand({ ctx, x, y, from, end }: Frame, line: Curve, { behind, strength }: { behind: number; strength: number }): void {
  ctx.globalAlpha = 0.28 * strength;
  ctx.beginPath();
  for (let i = Math.max(0, indexAt(line, from - behind)); i < line.length; i++) {
    const time = (line.t[i] as number) + behind;
    if (time > end) break;
    const [low, high] = [line.low[i] as number, line.high[i] as number];
    if (!(high > low)) continue;
    const next = Math.min(end, i + 1 < line.length ? (line.t[i + 1] as number) + behind : end, time + line.width);
    // Whole pixels: what is filled without soft edges costs a fraction.
    const [at, roof] = [Math.round(x(Math.max(from, time))), Math.round(y(high))];
    ctx.rect(at, roof, Math.max(1, Math.round(x(next)) - at), Math.max(1, Math.round(y(low)) - roof));
  }
  ctx.fill();
}

/** The pen's number where its line ends, so that nobody has to look up an ink. */
export function paintEnd(frame: Frame, { line, behind, look }: PenCurve, text: string): void {
  const i = indexAt(line, frame.end - behind);
  if (i < 0 || Number.isNaN(line.v[i]) || (line.q[i] as number) >= NOTHING) return;
  const { ctx, ratio, ink } = frame;
  const size = 13 * ratio;
  const left = Math.min(frame.x(frame.end), frame.left + frame.width) - size;
  const top = Math.max(frame.top, Math.min(frame.top + frame.height - size, frame.y(line.v[i] as number) - size - 2 * ratio));
  ctx.save();
  ctx.fillStyle = ink.pens[look.ink] as string;
  ctx.fillRect(left, top, size, size);
  ctx.fillStyle = ink.ground;
  ctx.font = `600 ${11 * ratio}px "Inter Variable", sans-serif`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText(text, left + size / 2, top + size / 2 + ratio / 2);
  ctx.restore();
}

/** Samples that came long after their time: a hollow triangle, one in so many pixels at most. */
export function paintLate(frame: Frame, { line, behind, look }: PenCurve): void {
  const { ctx, x, y, ratio, from, end, ink } = frame;
  ctx.save();
  ctx.strokeStyle = ink.pens[look.ink] as string;
  ctx.fillStyle = ink.ground;
  ctx.lineWidth = ratio;
  let before = Number.NEGATIVE_INFINITY;
  for (let i = Math.max(0, indexAt(line, from - behind)); i < line.length; i++) {
    const time = (line.t[i] as number) + behind;
    if (line.late[i] !== 1 || Number.isNaN(line.v[i]) || time > end) continue;
    const [at, level] = [x(time), y(line.v[i] as number)];
    if (at - before < 9 * ratio) continue;
    before = at;
    ctx.beginPath();
    ctx.moveTo(at - 4 * ratio, level - 4 * ratio);
    ctx.lineTo(at + 4 * ratio, level - 4 * ratio);
    ctx.lineTo(at, level + 4 * ratio);
    ctx.closePath();
    ctx.fill();
    ctx.stroke();
  }
  ctx.restore();
}

/** What is wrong with a pen's values, as spans; `NOTHING` where there are none. */
export function troubles(line: Curve, from: number, end: number): { from: number; to: number; q: number }[] {
  const found: { from: number; to: number; q: number }[] = [];
  for (let i = Math.max(0, indexAt(line, from)); i < line.length; i++) {
    const q = line.q[i] as number;
    const start = Math.max(from, line.t[i] as number);
    const to = Math.min(end, i + 1 < line.length ? (line.t[i + 1] as number) : end);
    if (q === Quality.Good || q === UNFETCHED || to <= start) continue;
    const last = found.at(-1);
    if (last !== undefined && last.q === q && last.to >= start) last.to = to;
    else found.push({ from: start, to, q });
  }
  return found;
}

const LANE = 12;

/** One lane at the foot of a frame for a pen in trouble: Bad hatched, Stale dotted, Uncertain with `?`, nothing at all empty; where there is room, in words. */
export function paintLane(
  frame: Frame,
  lane: { pen: string; spans: ReturnType<typeof troubles>; row: number },
  words: readonly string[],
): void {
  const { ctx, ratio, ink } = frame;
  const height = (LANE - 2) * ratio;
  const top = frame.top + frame.height - (lane.row + 1) * LANE * ratio;
  ctx.save();
  ctx.font = `600 ${10 * ratio}px "Inter Variable", "Noto Sans CJK SC", sans-serif`;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  for (const { from, to, q } of lane.spans) {
    const left = frame.x(from);
    const width = Math.max(2 * ratio, frame.x(to) - left);
    ctx.fillStyle = ink.ground;
    ctx.fillRect(left, top, width, height);
    if (q === Quality.Bad) hatch(frame, { left, top, width, height });
    // That there was nothing is the least of all troubles: a hall begins some day.
    ctx.strokeStyle = q === NOTHING ? ink.faint : ink.text;
    ctx.lineWidth = ratio;
    ctx.setLineDash(q === Quality.Stale ? [1.5 * ratio, 3 * ratio] : q === Quality.Uncertain ? [6 * ratio, 2 * ratio] : []);
    ctx.strokeRect(left + ratio / 2, top + ratio / 2, width - ratio, height - ratio);
    const text = `${lane.pen} ${words[q] ?? ""}`;
    const wide = ctx.measureText(text).width + 6 * ratio;
    if (wide > width) continue;
    ctx.fillStyle = ink.ground;
    ctx.fillRect(left + 2 * ratio, top + ratio, wide, height - 2 * ratio);
    ctx.fillStyle = q === NOTHING ? ink.muted : ink.text;
    ctx.fillText(text, left + 4 * ratio, top + height / 2 + ratio / 2);
  }
  ctx.restore();
}

function hatch({ ctx, ratio, ink }: Frame, box: { left: number; top: number; width: number; height: number }): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.left, box.top, box.width, box.height);
  ctx.clip();
  ctx.strokeStyle = ink.text;
  ctx.lineWidth = ratio;
  ctx.beginPath();
  for (let at = box.left - box.height; at < box.left + box.width; at += 5 * ratio) {
    ctx.moveTo(at, box.top + box.height);
    ctx.lineTo(at + box.height, box.top);
  }
  ctx.stroke();
  ctx.restore();
}

/** A limit over time: each of its values holds from its time on; `undefined`: there was none. */
export interface Level {
  text: string;
  steps: readonly { time: number; value: number | undefined }[];
}

/** `free` says whether there is room for words at a height, and takes it. */
export function paintLevel(frame: Frame, { text, steps }: Level, free: (y: number) => boolean): void {
  const { ctx, ratio, ink, from, end, top, height } = frame;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = ink.muted;
  ctx.lineWidth = ratio;
  ctx.font = `${11 * ratio}px "Inter Variable", sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "alphabetic";
  ctx.setLineDash([2 * ratio, 3 * ratio]);
  ctx.beginPath();
  for (const [i, { time, value }] of steps.entries()) {
    const [start, stop] = [Math.max(from, time), Math.min(end, steps[i + 1]?.time ?? end)];
    if (value === undefined || stop <= start) continue;
    const level = frame.y(value);
    if (level <= top || level >= top + height) continue;
    ctx.moveTo(frame.x(start), level);
    ctx.lineTo(frame.x(stop), level);
    if (i === steps.length - 1 && text !== "" && free(level)) ctx.fillText(text, frame.left + 4 * ratio, level - 3 * ratio);
  }
  ctx.stroke();
  ctx.restore();
}

/** Alarms by shape and colour with a line through the whole plot, commands as a small bar of our own ink with a faint one. */
export function paintMarks({ ctx, x, ratio, from, to, top, height, ink }: Frame, marks: readonly Mark[]): void {
  ctx.save();
  for (const mark of marks) {
    if (mark.time < from || mark.time > to) continue;
    const at = x(mark.time);
    ctx.fillStyle = mark.priority === undefined ? ink.act : ink.priority[mark.priority];
    ctx.globalAlpha = mark.priority === undefined ? 0.4 : 1;
    ctx.fillRect(at, top, ratio, height);
    ctx.globalAlpha = 1;
    if (mark.priority === undefined) {
      ctx.fillRect(at - 3 * ratio, top, 7 * ratio, 3 * ratio);
      continue;
    }
    ctx.save();
    ctx.translate(at - 5 * ratio, top);
    ctx.scale(0.65 * ratio, 0.65 * ratio);
    ctx.fill(new Path2D(SHAPES[mark.priority]));
    ctx.restore();
  }
  ctx.restore();
}

/** A moment chosen by the person. */
export function paintCursor({ ctx, x, ratio, top, height, ink, from, to }: Frame, time: number, name: string): void {
  if (time < from || time > to) return;
  const at = Math.round(x(time));
  ctx.save();
  ctx.fillStyle = ink.act;
  ctx.fillRect(at, top, Math.max(1, Math.round(1.5 * ratio)), height);
  ctx.font = `600 ${11 * ratio}px "Inter Variable", sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "alphabetic";
  ctx.fillText(name, at + 4 * ratio, top + height - 6 * ratio);
  ctx.restore();
}
