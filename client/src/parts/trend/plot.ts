/** The options that make uPlot speak our language: it keeps axes, grid and pointer; the lines are painted from our own columns. */
import type { Priority } from "@cellhouse/shared";
import uPlot from "uplot";
import { clockTime, day, figure } from "../format.ts";
import { PEN_INKS } from "./looks.ts";
import type { Span } from "./window.ts";

export interface Ink {
  text: string;
  muted: string;
  faint: string;
  ground: string;
  act: string;
  font: string;
  pens: readonly string[];
  priority: Record<Priority, string>;
}

export function readInk(element: Element): Ink {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    text: token("text"),
    muted: token("muted"),
    faint: token("faint"),
    ground: token("panel"),
    act: token("act"),
    font: `12px "Inter Variable", sans-serif`,
    pens: Array.from({ length: PEN_INKS }, (_, i) => token(`pen${i + 1}`)),
    priority: { 1: token("p1"), 2: token("p2"), 3: token("p3"), 4: token("p4") },
  };
}

/** One y axis, for all pens of a unit or for one of its own. */
export interface Scale {
  key: string;
  /** Written above it; empty where the row says it already. */
  title: string;
  decimals: number;
  /** Least height, in the tag's unit: noise must not fill the screen. */
  leastSpan: number;
  side: "left" | "right";
  /** Too many axes leave no room for the plot: others keep their scale without one. */
  shown: boolean;
  /** Its part of the plot's height, from the top; absent where all scales share the whole. */
  lane?: { index: number; of: number };
}

export interface PlotSpec {
  width: number;
  height: number;
  scales: readonly Scale[];
  /** Only the last of a stack shows the times. */
  times: boolean;
  sync: string;
  zone: string;
  ink: Ink;
  window: () => Span;
  /** Lowest and highest value in sight of a scale's pens. */
  extent: (scale: string) => readonly [low: number, high: number] | undefined;
  paint: (plot: uPlot) => void;
  onCursor: (time: number | undefined) => void;
}

export const AXIS_WIDTH = 56;
/** Room for time and date below each other, px. */
export const TIME_AXIS = 46;

export function plotOptions(spec: PlotSpec): uPlot.Options {
  const { ink, scales } = spec;
  const titled = scales.some(({ title, shown, lane }) => shown && title !== "" && lane === undefined);
  return {
    width: spec.width,
    height: spec.height,
    ms: 1,
    legend: { show: false },
    padding: [titled ? 22 : 6, 8, spec.times ? 0 : 4, 0],
    tzDate: (ms) => uPlot.tzDate(new Date(ms), spec.zone),
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false }, sync: { key: spec.sync, setSeries: false } },
    scales: {
      x: { time: true, range: () => [spec.window().from, spec.window().to] },
      ...Object.fromEntries(
        scales.map((scale) => [scale.key, { range: () => inLane(spread(spec.extent(scale.key), scale.leastSpan), scale) }]),
      ),
    },
    series: [{}, ...scales.map(({ key }) => ({ scale: key, points: { show: false } }))],
    axes: [timeAxis(spec), ...scales.map((scale, i) => valueAxis(scale, ink, i === 0))],
    hooks: {
      draw: [spec.paint],
      setCursor: [
        (plot) => spec.onCursor(plot.cursor.left === undefined || plot.cursor.left < 0 ? undefined : plot.posToVal(plot.cursor.left, "x")),
      ],
    },
  };
}

/** uPlot needs columns to know its scales; these hold only the window. */
export function frameData({ from, to }: Span, scales: number): uPlot.AlignedData {
  return [[from, to], ...Array.from({ length: scales }, () => [null, null])] as uPlot.AlignedData;
}

function timeAxis({ ink, times: show, zone }: PlotSpec): uPlot.Axis {
  const grid = { stroke: ink.faint, width: 1 };
  return {
    show,
    stroke: ink.muted,
    grid,
    ticks: grid,
    font: ink.font,
    size: TIME_AXIS,
    space: 80,
    values: (_plot, splits, _axis, _space, step) => times(splits, step, zone),
  };
}

/** Only the first axis has lines through the plot: two grids are none. The axis of lanes is painted; this keeps its room. */
function valueAxis({ key, side, shown, decimals, lane }: Scale, ink: Ink, first: boolean): uPlot.Axis {
  const grid = { stroke: ink.faint, width: 1 };
  if (lane !== undefined)
    return {
      scale: key,
      show: shown,
      size: AXIS_WIDTH,
      grid: { show: false },
      ticks: { show: false },
      values: (_plot, splits) => splits.map(() => ""),
    };
  return {
    scale: key,
    side: side === "left" ? 3 : 1,
    show: shown,
    stroke: ink.muted,
    grid: { ...grid, show: first },
    ticks: grid,
    font: ink.font,
    size: AXIS_WIDTH,
    // In a row 70 px high there must be more than one number, in a tall plot not a ladder of them.
    space: (_plot, _axis, _min, _max, length) => Math.max(26, length / 12),
    values: (_plot, splits) => splits.map((v) => figure(v, decimalsOf(splits, decimals))),
  };
}

/** At least `least` high, a little air above and below. */
function spread(extent: readonly [number, number] | undefined, least: number): [number, number] {
  if (extent === undefined) return [0, least];
  const [low, high] = extent;
  const air = Math.max((high - low) * 0.08, (least - (high - low)) / 2);
  return [low - air, high + air];
}

/** The range of a scale whose lines keep to their lane. */
function inLane([low, high]: [number, number], { lane }: Scale): [number, number] {
  if (lane === undefined) return [low, high];
  const own = high - low;
  return [low - (lane.of - 1 - lane.index) * own, high + lane.index * own];
}

export function decimalsOf(splits: readonly number[], most: number): number {
  const step = Math.abs((splits[1] ?? 1) - (splits[0] ?? 0));
  return step >= 1 ? 0 : Math.min(Math.max(most, 1), Math.ceil(-Math.log10(step || 1)));
}

/** The day is written where it begins, and at the left edge; alone where there is nothing shorter. */
function times(splits: readonly number[], step: number, zone: string): string[] {
  let before = "";
  return splits.map((t) => {
    const date = day(t, zone);
    const time = step >= 60_000 ? clockTime(t, zone).slice(0, 5) : clockTime(t, zone);
    const text = step >= 86_400_000 ? yearOnce(date, before) : date === before ? time : `${time}\n${date.slice(5)}`;
    before = date;
    return text;
  });
}

const yearOnce = (date: string, before: string): string =>
  date.slice(0, 4) === before.slice(0, 4) ? date.slice(5) : `${date.slice(5)}\n${date.slice(0, 4)}`;
