/** The plot of the Trends screen with its cursors, limits and what lies under the pointer. */
import { UNITS } from "@cellhouse/shared";
import { useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import type uPlot from "uplot";
import { useEvery, useLive, useObservable, usePlant, useSize } from "../../../live/hooks.ts";
import { figure } from "../../../parts/format.ts";
import { useGo } from "../../../parts/go.tsx";
import { useKeys } from "../../../parts/keys.ts";
import { useGestures, useTimeKeys } from "../../../parts/trend/gestures.ts";
import { lookOf, muted, REFERENCE } from "../../../parts/trend/looks.ts";
import type { Mark } from "../../../parts/trend/marks.ts";
import { AXIS_WIDTH, type Scale } from "../../../parts/trend/plot.ts";
import { type PlotLevels, type PlotPen, PlotView } from "../../../parts/trend/plot-view.tsx";
import { alarmAddress } from "../alarm-list.tsx";
import type { CursorName, TrendsView } from "../use-trends.ts";
import { CursorHandle } from "./cursor-handle.tsx";
import { levelsOf } from "./levels.ts";
import { scaleOf, scalesOf } from "./scales.ts";
import { useRevisions } from "./use-revisions.ts";

interface Props {
  view: TrendsView;
  hover: number | undefined;
  onHover: (time: number | undefined) => void;
  onPlot: (plot: uPlot | undefined) => void;
}

/** So near to a mark counts as on it, and so far from the top it still is its head, px. */
const NEAR = 9;
const HEAD = 40;

export function Board({ view, hover, onHover, onPlot }: Props) {
  const { model, cursors, setCursor } = view;
  const live = useLive();
  const { t } = useTranslation();
  const go = useGo();
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const { width, height } = useSize(frame);
  const axes = width > 1100 ? 4 : width > 600 ? 2 : 1;
  const { pens, scales, levels } = useDrawn(view, axes);
  const shown = scales.filter((scale) => scale.shown);
  const left = shown.filter((scale) => scale.side === "left").length * AXIS_WIDTH;
  const inner = Math.max(100, width - shown.length * AXIS_WIDTH - 8);
  useEffect(() => model.resize(inner), [model, inner]);
  useEvery(1000, () => model.tick());
  const placeCursor = (time: number): void => setCursor(nextCursor(cursors, time), time);
  useGestures(frame, {
    model,
    area: () => ({ left, width: inner }),
    onTap: (time, event) => {
      const top = event.clientY - (frame.current?.getBoundingClientRect().top ?? 0);
      const mark = top < HEAD ? markNear(model.marks.marks.get(), time, (NEAR / inner) * spanOf(view)) : undefined;
      if (mark?.alarm === undefined) placeCursor(time);
      else go(alarmAddress(mark, live.alarms.get().all.has(mark.alarm), live.now()));
    },
  });
  const onKey = useTimeKeys(model);
  const marks = useCursorMarks(cursors);
  const { following } = useObservable(model.window);
  const middle = (): number => hover ?? (model.window.get().from + model.window.get().to) / 2;
  useKeys({ "1": () => setCursor("a", middle()), "2": () => setCursor("b", middle()) });
  return (
    <div className="panel board" data-past={!following} style={{ flexBasis: leastHeight(scales) }}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: one stop for the plot; arrows move through time */}
      <div className="board-frame" ref={frame} role="application" tabIndex={0} aria-label={t("trends.region")} onKeyDown={onKey}>
        {width > 0 && height > 0 && scales.length > 0 && (
          <PlotView
            model={model}
            pens={pens}
            scales={scales}
            width={width}
            height={height}
            times={height > 160}
            sync="trends"
            {...(levels === undefined ? {} : { levels })}
            cursors={marks}
            onCursor={onHover}
            onPlot={(next) => {
              plot.current = next;
              onPlot(next);
            }}
          />
        )}
        {(["a", "b"] as const).map((name) => (
          <CursorHandle key={name} name={name} view={view} left={left} width={inner} />
        ))}
      </div>
      <p className="visually-hidden" role="status">
        {view.chosen === undefined ? "" : tellExtent(view)}
      </p>
    </div>
  );
}

/** Each lane needs room for a number; what is left of the window it gets anyway. */
const leastHeight = (scales: readonly Scale[]): number => Math.max(280, 70 + scales.filter(({ lane }) => lane !== undefined).length * 44);

const spanOf = ({ model }: TrendsView): number => model.window.get().to - model.window.get().from;

/** The one not there yet, else the nearer one. */
function nextCursor({ a, b }: TrendsView["cursors"], time: number): CursorName {
  if (a === undefined) return "a";
  if (b === undefined) return "b";
  return Math.abs(a - time) <= Math.abs(b - time) ? "a" : "b";
}

function markNear(marks: readonly Mark[], time: number, reach: number): Mark | undefined {
  const near = marks.filter((mark) => mark.alarm !== undefined && Math.abs(mark.time - time) <= reach);
  return near.sort((a, b) => Math.abs(a.time - time) - Math.abs(b.time - time))[0];
}

function useCursorMarks({ a, b }: TrendsView["cursors"]) {
  return useMemo(
    () => [...(a === undefined ? [] : [{ name: "A", time: a }]), ...(b === undefined ? [] : [{ name: "B", time: b }])],
    [a, b],
  );
}

/** Pens as they are drawn: the comparison behind, the setpoint beside the chosen one, the chosen one on top. */
function useDrawn(view: TrendsView, axes: number) {
  const { pens, chosen, setpoint, behind, layout } = view;
  const plant = usePlant();
  const revisions = useRevisions();
  return useMemo(() => {
    const shown = pens.filter((pen) => !pen.hidden).sort((x, y) => Number(x === chosen) - Number(y === chosen));
    const drawn = shown.map(
      (pen): PlotPen => ({ tag: pen.tag, scale: scaleOf(pen, pens), look: lookOf(pen.place), number: String(pen.place + 1), behind: 0 }),
    );
    const before = behind === 0 ? [] : drawn.map(({ number: _, ...pen }): PlotPen => ({ ...pen, look: muted(pen.look), behind }));
    const target = setpoint === undefined || chosen === undefined || pens.some((pen) => pen.tag === setpoint) ? [] : [setpoint];
    const beside = target.map(
      (tag): PlotPen => ({ tag, scale: scaleOf(chosen as (typeof pens)[number], pens), look: REFERENCE, behind: 0 }),
    );
    const levels: PlotLevels | undefined =
      chosen === undefined || chosen.hidden ? undefined : { scale: scaleOf(chosen, pens), levels: levelsOf(chosen.tag, revisions, plant) };
    return { pens: [...before, ...beside, ...drawn], scales: scalesOf(pens, chosen, { axes, layout }), levels };
  }, [pens, chosen, setpoint, behind, layout, axes, plant, revisions]);
}

/** Said to those who do not see the plot: what the chosen pen did in the span. */
function tellExtent({ model, chosen }: TrendsView): string {
  if (chosen === undefined) return "";
  const { definition, owner } = chosen.tag;
  const line = model.line(chosen.tag);
  const known = line.v.subarray(0, line.length).filter((v) => !Number.isNaN(v));
  if (known.length === 0) return "";
  const [low, high] = [known.reduce((a, b) => Math.min(a, b)), known.reduce((a, b) => Math.max(a, b))];
  return `${owner} ${definition.name} ${figure(low, definition.decimals)} – ${figure(high, definition.decimals)} ${UNITS[definition.unit].symbol}`;
}
