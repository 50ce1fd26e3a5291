/** What uPlot's own axes do not say: units and pens above them, and the axes of lanes, one scale above the other. */
import type uPlot from "uplot";
import { figure } from "../format.ts";
import type { Frame } from "./paint.ts";
import { AXIS_WIDTH, decimalsOf, type Scale } from "./plot.ts";

/** Between two numbers of an axis, CSS pixels at least. */
const SPACE = 26;

export function paintAxes(frame: Frame, plot: uPlot, scales: readonly Scale[]): void {
  const { ctx, ratio, ink } = frame;
  ctx.save();
  ctx.fillStyle = ink.text;
  ctx.font = `600 ${11 * ratio}px "Inter Variable", sans-serif`;
  if (scales.some((scale) => scale.lane !== undefined)) for (const scale of scales) paintLaneAxis(frame, plot, scale);
  else paintTitles(frame, scales);
  ctx.restore();
}

function paintTitles({ ctx, ratio, left, width }: Frame, scales: readonly Scale[]): void {
  const at = { left: left / ratio, right: (left + width) / ratio };
  for (const { title, side } of scales.filter((scale) => scale.shown)) {
    ctx.textAlign = side === "left" ? "right" : "left";
    ctx.fillText(title, (side === "left" ? at.left - 6 : at.right + 6) * ratio, 12 * ratio);
    if (side === "left") at.left -= AXIS_WIDTH;
    else at.right += AXIS_WIDTH;
  }
}

function paintLaneAxis({ ctx, ratio, ink, left, top, width, height }: Frame, plot: uPlot, { key, lane, title, decimals }: Scale): void {
  const { min, max } = plot.scales[key] ?? {};
  if (lane === undefined || min === undefined || max === undefined) return;
  const tall = height / lane.of;
  const roof = top + lane.index * tall;
  const own = (max - min) / lane.of;
  const low = min + (lane.of - 1 - lane.index) * own;
  const step = niceStep(own / Math.max(1, Math.floor(tall / ratio / SPACE)));
  const first = Math.ceil((low + own * 0.04) / step) * step;
  const splits = Array.from({ length: 1 + Math.max(0, Math.floor((low + own * 0.96 - first) / step)) }, (_, i) => first + i * step);
  for (const value of splits) {
    const y = Math.round(plot.valToPos(value, key, true));
    // The lane's title stands there.
    if (y < roof + 20 * ratio) continue;
    ctx.fillStyle = ink.faint;
    ctx.fillRect(left, y, width, ratio);
    ctx.fillStyle = ink.muted;
    ctx.font = `${12 * ratio}px "Inter Variable", sans-serif`;
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    ctx.fillText(figure(value, decimalsOf(splits, decimals)), left - 8 * ratio, y);
  }
  ctx.fillStyle = ink.muted;
  if (lane.index > 0) ctx.fillRect(0, Math.round(roof), left + width, ratio);
  ctx.fillStyle = ink.text;
  ctx.font = `600 ${11 * ratio}px "Inter Variable", sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "top";
  ctx.fillText(title, 2 * ratio, roof + 4 * ratio);
}

/** The next step of 1, 2 or 5 times a power of ten. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((m) => m * power >= least) ?? 10) * power;
}
