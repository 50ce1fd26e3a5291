/** One plot of the stack: the options that make uPlot speak our language. */
import type { Priority } from "@cellhouse/shared";
import uPlot from "uplot";
import { SHAPES } from "../badge.tsx";
import { clockTime, day, figure } from "../format.ts";
import type { Mark } from "./marks.ts";
import type { Span } from "./window.ts";

export interface Ink {
  text: string;
  muted: string;
  faint: string;
  band: string;
  second: string;
  act: string;
  font: string;
  priority: Record<Priority, string>;
}

export function readInk(element: Element): Ink {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    text: token("text"),
    muted: token("muted"),
    faint: token("faint"),
    band: token("band"),
    second: token("fill"),
    act: token("act"),
    font: `12px "Inter Variable", sans-serif`,
    priority: { 1: token("p1"), 2: token("p2"), 3: token("p3"), 4: token("p4") },
  };
}

export interface PlotSpec {
  width: number;
  height: number;
  /** Series beyond the first are references, drawn dashed. */
  series: number;
  decimals: number;
  /** Least height of the y axis, in the tag's unit: noise must not fill the screen. */
  leastSpan: number;
  band: { low: number | undefined; high: number | undefined };
  /** Only the last of a stack shows the times. */
  last: boolean;
  sync: string;
  zone: string;
  ink: Ink;
  window: () => Span;
  marks: () => readonly Mark[];
  onCursor: (time: number | undefined) => void;
}

export const AXIS_WIDTH = 56;

/** A setpoint holds until the next one. */
const steps = uPlot.paths.stepped?.({ align: 1 });
const stepped = steps === undefined ? {} : { paths: steps };

export function plotOptions(spec: PlotSpec): uPlot.Options {
  const { ink } = spec;
  const grid = { stroke: ink.faint, width: 1 };
  return {
    width: spec.width,
    height: spec.height,
    ms: 1,
    legend: { show: false },
    padding: [6, 8, spec.last ? 0 : 4, 0],
    tzDate: (ms) => uPlot.tzDate(new Date(ms), spec.zone),
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false }, sync: { key: spec.sync, setSeries: false } },
    scales: {
      x: { time: true, range: () => [spec.window().from, spec.window().to] },
      y: { range: (_plot, low, high) => spread(low, high, spec.leastSpan) },
    },
    series: [
      {},
      ...Array.from({ length: spec.series }, (_, i) => ({
        stroke: i === 0 ? ink.text : ink.second,
        width: 1.25,
        ...(i === 0 ? {} : { dash: [4, 3], ...stepped }),
        points: { show: false },
      })),
    ],
    axes: [
      {
        show: spec.last,
        stroke: ink.muted,
        grid,
        ticks: grid,
        font: ink.font,
        size: 34,
        values: (_plot, splits, _axis, _space, step) => times(splits, step, spec.zone),
      },
      {
        stroke: ink.muted,
        grid,
        ticks: grid,
        font: ink.font,
        size: AXIS_WIDTH,
        space: 26,
        values: (_plot, splits) => splits.map((v) => figure(v, decimalsOf(splits, spec.decimals))),
      },
    ],
    hooks: {
      drawClear: [(plot) => drawBand(plot, spec)],
      draw: [(plot) => drawMarks(plot, spec)],
      setCursor: [
        (plot) => spec.onCursor(plot.cursor.left === undefined || plot.cursor.left < 0 ? undefined : plot.posToVal(plot.cursor.left, "x")),
      ],
    },
  };
}

/** At least `least` high, a little air above and below. */
function spread(low: number | null, high: number | null, least: number): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0, least];
  const air = Math.max((high - low) * 0.08, (least - (high - low)) / 2);
  return [low - air, high + air];
}

function decimalsOf(splits: readonly number[], most: number): number {
  const step = Math.abs((splits[1] ?? 1) - (splits[0] ?? 0));
  return step >= 1 ? 0 : Math.min(Math.max(most, 1), Math.ceil(-Math.log10(step || 1)));
}

/** The day is written where it begins, and at the left edge. */
function times(splits: readonly number[], step: number, zone: string): string[] {
  let before = "";
  return splits.map((t) => {
    const date = day(t, zone);
    const time = step >= 60_000 ? clockTime(t, zone).slice(0, 5) : clockTime(t, zone);
    const text = date === before ? time : `${time}\n${date.slice(5)}`;
    before = date;
    return text;
  });
}

/** Between the innermost limits a value is normal. */
function drawBand(plot: uPlot, { band, ink }: PlotSpec): void {
  const { ctx, bbox } = plot;
  const y = (v: number): number => Math.max(bbox.top, Math.min(bbox.top + bbox.height, plot.valToPos(v, "y", true)));
  ctx.save();
  ctx.strokeStyle = ink.muted;
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const edge of [band.low, band.high]) {
    if (edge === undefined || edge <= (plot.scales.y?.min ?? 0) || edge >= (plot.scales.y?.max ?? 0)) continue;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y(edge));
    ctx.lineTo(bbox.left + bbox.width, y(edge));
    ctx.stroke();
  }
  ctx.restore();
}

/** Alarms by shape and colour, commands as a small bar of our own ink; a line through all plots. */
function drawMarks(plot: uPlot, { marks, window, ink }: PlotSpec): void {
  const { ctx, bbox } = plot;
  const { from, to } = window();
  const scale = devicePixelRatio;
  ctx.save();
  for (const mark of marks()) {
    if (mark.time < from || mark.time > to) continue;
    const x = plot.valToPos(mark.time, "x", true);
    ctx.fillStyle = mark.priority === undefined ? ink.act : ink.priority[mark.priority];
    ctx.fillRect(x, bbox.top, scale, bbox.height);
    if (mark.priority === undefined) {
      ctx.fillRect(x - 3 * scale, bbox.top, 7 * scale, 3 * scale);
      continue;
    }
    ctx.save();
    ctx.translate(x - 5 * scale, bbox.top);
    ctx.scale(0.65 * scale, 0.65 * scale);
    ctx.fill(new Path2D(SHAPES[mark.priority]));
    ctx.restore();
  }
  ctx.restore();
}
