/** One plot: pens on their scales over the model's window, with limits, marks and cursors. */
import { Quality, type Tag } from "@cellhouse/shared";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useLive, usePlant } from "../../live/hooks.ts";
import { type Curve, indexAt, NOTHING } from "../../live/past/curve.ts";
import type { Look } from "./looks.ts";
import type { TrendModel } from "./model.ts";
import {
  type Frame,
  type Level,
  type PenCurve,
  paintCursor,
  paintEnd,
  paintLane,
  paintLate,
  paintLevel,
  paintLine,
  paintMarks,
  troubles,
} from "./paint.ts";
import { paintAxes } from "./paint-axes.ts";
import { frameData, plotOptions, readInk, type Scale } from "./plot.ts";

export interface PlotPen {
  tag: Tag;
  /** Key of its scale. */
  scale: string;
  look: Look;
  /** Shown at the line's end and before words about its quality; absent for a reference. */
  number?: string;
  /** Drawn so much later than it was, ms. */
  behind: number;
}

export interface PlotLevels {
  scale: string;
  levels: readonly Level[];
}

interface Props {
  model: TrendModel;
  pens: readonly PlotPen[];
  scales: readonly Scale[];
  width: number;
  height: number;
  times: boolean;
  sync: string;
  levels?: PlotLevels;
  cursors?: readonly { name: string; time: number }[];
  onCursor: (time: number | undefined) => void;
  /** Told the plot that is there, for a picture of it and for what lies under the pointer. */
  onPlot?: (plot: uPlot | undefined) => void;
}

export function PlotView(props: Props) {
  const { model, scales, width, height, times, sync } = props;
  const zone = usePlant().description.timezone;
  const live = useLive();
  const { t } = useTranslation();
  const host = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  const latest = useRef(props);
  latest.current = props;
  const words = useRef<string[]>([]);
  words.current = ["", t("quality.uncertain"), t("quality.stale"), t("quality.bad"), t("quality.none")];
  const shape = JSON.stringify(scales);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a theme is read from the document, not passed
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const own = JSON.parse(shape) as Scale[];
    const ink = readInk(element);
    const end = (): number => Math.min(model.window.get().to, live.now());
    const options = plotOptions({
      width,
      height,
      scales: own,
      times,
      sync,
      zone,
      ink,
      window: () => model.window.get(),
      extent: (scale) => extentOf(latest.current, scale, end()),
      paint: (plot) => paint(plot, latest.current, { ink, end: end(), words: words.current, scales: own }),
      onCursor: (time) => latest.current.onCursor(time),
    });
    const plot = new uPlot(options, frameData(model.window.get(), own.length), element);
    latest.current.onPlot?.(plot);
    const off = model.onDraw(() => plot.setData(frameData(model.window.get(), own.length)));
    return () => {
      off();
      latest.current.onPlot?.(undefined);
      plot.destroy();
    };
  }, [model, live, shape, width, height, times, sync, zone, theme]);
  // What is painted but is no column: a change of it is drawn at once.
  const { pens, levels, cursors } = props;
  // biome-ignore lint/correctness/useExhaustiveDependencies: they are read through `latest` when it draws
  useEffect(() => model.draw(), [model, pens, levels, cursors]);
  return <div ref={host} className="plot" />;
}

const strokeOf = (model: TrendModel, { tag, look, behind }: PlotPen): PenCurve => ({ line: model.line(tag, behind), look, behind });

function extentOf({ model, pens }: Props, scale: string, end: number): readonly [number, number] | undefined {
  const { from } = model.window.get();
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const pen of pens) {
    if (pen.scale !== scale) continue;
    const line = model.line(pen.tag, pen.behind);
    for (let i = Math.max(0, indexAt(line, from - pen.behind)); i < line.length && (line.t[i] as number) <= end - pen.behind; i++) {
      if ((line.low[i] as number) < low) low = line.low[i] as number;
      if ((line.high[i] as number) > high) high = line.high[i] as number;
    }
  }
  return low <= high ? [low, high] : undefined;
}

interface Painting {
  ink: Frame["ink"];
  end: number;
  words: readonly string[];
  scales: readonly Scale[];
}

function paint(plot: uPlot, { model, pens, levels, cursors = [] }: Props, { ink, end, words, scales }: Painting): void {
  const { left, top, width, height } = plot.bbox;
  const { from, to } = model.window.get();
  const frameOf = (scale: string): Frame => ({
    ctx: plot.ctx,
    x: (time) => plot.valToPos(time, "x", true),
    y: (value) => plot.valToPos(value, scale, true),
    ...{ left, top, width, height, from, to, end, ink },
    ratio: devicePixelRatio,
  });
  const first = frameOf(scales[0]?.key ?? "x");
  const { ctx } = plot;
  paintAxes(first, plot, scales);
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  const taken: number[] = [];
  const free = (y: number): boolean => taken.every((other) => Math.abs(other - y) > 13 * devicePixelRatio) && taken.push(y) > 0;
  if (levels !== undefined) for (const level of levels.levels) paintLevel(frameOf(levels.scale), level, free);
  for (const pen of pens) paintLine(frameOf(pen.scale), strokeOf(model, pen));
  for (const pen of pens) if (pen.behind === 0) paintLate(frameOf(pen.scale), strokeOf(model, pen));
  const rows = new Map<string, number>();
  for (const pen of pens) {
    if (pen.number === undefined || pen.behind !== 0) continue;
    const spans = troubles(model.line(pen.tag), from, end);
    const { lane } = scales.find((scale) => scale.key === pen.scale) ?? {};
    const foot = lane === undefined ? "" : pen.scale;
    const row = rows.get(foot) ?? 0;
    rows.set(foot, row + (spans.length > 0 ? 1 : 0));
    const part = lane === undefined ? first : { ...first, height: (height / lane.of) * (lane.index + 1) };
    paintLane(part, { pen: pen.number, spans, row }, words);
  }
  paintMarks(first, model.marks.marks.get());
  for (const { name, time } of cursors) paintCursor(first, time, name);
  for (const pen of pens)
    if (pen.number !== undefined && pen.number !== "" && pen.behind === 0) paintEnd(frameOf(pen.scale), strokeOf(model, pen), pen.number);
  ctx.restore();
}

/** The quality of what a line says at a time; `NOTHING` where it says nothing. */
export function qualityAt(line: Curve, time: number): number {
  const i = indexAt(line, time);
  return i < 0 ? NOTHING : Number.isNaN(line.v[i]) ? Math.max(line.q[i] as number, Quality.Bad) : (line.q[i] as number);
}

/** Changes when the document's theme does, so that plots take the new ink. */
function useTheme(): string {
  const [theme, setTheme] = useState(document.documentElement.dataset.theme ?? "");
  useEffect(() => {
    const observer = new MutationObserver(() => setTheme(document.documentElement.dataset.theme ?? ""));
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    return () => observer.disconnect();
  }, []);
  return theme;
}
