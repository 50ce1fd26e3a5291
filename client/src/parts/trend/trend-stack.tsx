/** Several plots on one time axis; the wheel and dragging lead into the past, which is announced. */
import type { Tag } from "@cellhouse/shared";
import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEvery, useLive, useObservable, usePlant, useSize } from "../../live/hooks.ts";
import { dayTime } from "../format.ts";
import { RefusalNote } from "../refusal-note.tsx";
import type { TrendModel } from "./model.ts";
import { AXIS_WIDTH } from "./plot.ts";
import { Row, type RowSpec } from "./row.tsx";
import "./trend.css";
import { follow, pan, zoom } from "./window.ts";

const SPANS = [
  ["m10", 600_000],
  ["h2", 7_200_000],
  ["h24", 86_400_000],
] as const;

export interface TrendRow extends RowSpec {
  tags: readonly Tag[];
}

export function TrendStack({
  model,
  rows,
  label,
  children,
}: {
  model: TrendModel;
  rows: readonly TrendRow[];
  label: string;
  children?: ReactNode;
}) {
  const live = useLive();
  const { t } = useTranslation();
  const { window, loading, error, source } = useObservable(model.state);
  const frame = useRef<HTMLDivElement>(null);
  const { width } = useSize(frame);
  const [cursor, setCursor] = useState<number>();
  const span = window.to - window.from;
  // Beside the past stand no present values: those of the cursor, or of the right edge.
  const shown = cursor ?? (window.following ? undefined : window.to);
  const plotWidth = Math.max(200, width - 178);
  useEffect(() => model.resize(plotWidth - AXIS_WIDTH), [model, plotWidth]);
  useEvery(1000, () => model.tick());
  useGestures(frame, model, plotWidth - AXIS_WIDTH - 8);
  const onKey = (event: KeyboardEvent): void => {
    const now = live.now();
    const steps: Record<string, () => void> = {
      ArrowLeft: () => model.show(pan(window, -span / 10, now)),
      ArrowRight: () => model.show(pan(window, span / 10, now)),
      "+": () => model.show(zoom(window, 0.7, (window.from + window.to) / 2, now)),
      "-": () => model.show(zoom(window, 1 / 0.7, (window.from + window.to) / 2, now)),
      Home: () => model.show(follow(span, now)),
    };
    const step = steps[event.key];
    if (step === undefined) return;
    step();
    event.preventDefault();
  };
  return (
    <section className="trends panel" data-past={!window.following}>
      <header>
        <h2>{t("cell.trends")}</h2>
        <span className="actions">
          {SPANS.map(([name, ms]) => (
            <button
              key={name}
              type="button"
              aria-pressed={window.following && Math.abs(span - ms) < 1000}
              onClick={() => model.show(follow(ms, live.now()))}
            >
              {t(`trend.${name}`)}
            </button>
          ))}
        </span>
        <PastNote model={model} />
        <span className="muted source">
          {loading ? t("trend.loading") : source} {children}
        </span>
        <RefusalNote error={error} />
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: one stop for the whole stack; arrows move through time */}
      <div className="stack" ref={frame} role="application" tabIndex={0} aria-label={label} onKeyDown={onKey}>
        {width > 0 &&
          rows.map((row, i) => (
            <Row
              key={row.tags[0]?.path}
              model={model}
              row={row}
              width={plotWidth}
              last={i === rows.length - 1}
              cursor={shown}
              onCursor={setCursor}
            />
          ))}
      </div>
    </section>
  );
}

/** Whoever looks at the past is told so, and how to come back. */
function PastNote({ model }: { model: TrendModel }) {
  const live = useLive();
  const { t } = useTranslation();
  const zone = usePlant().description.timezone;
  const { window } = useObservable(model.state);
  return (
    <span className="past-note" role="status">
      {window.following ? (
        <span className="muted">{t("trend.hint")}</span>
      ) : (
        <>
          <strong>{t("trend.past", { from: dayTime(window.from, zone), to: dayTime(window.to, zone) })}</strong>{" "}
          <button type="button" className="primary" onClick={() => model.show(follow(window.to - window.from, live.now()))}>
            {t("trend.back")}
          </button>
        </>
      )}
    </span>
  );
}

/** Dragging pans, the wheel zooms around the pointer (with shift: pans). */
function useGestures(frame: React.RefObject<HTMLDivElement | null>, model: TrendModel, width: number): void {
  const live = useLive();
  const perPixel = useCallback(() => {
    const { window } = model.state.get();
    return (window.to - window.from) / Math.max(1, width);
  }, [model, width]);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    let grabbed: number | undefined;
    const down = (event: PointerEvent): void => {
      if (event.button !== 0) return;
      grabbed = event.clientX;
    };
    const move = (event: PointerEvent): void => {
      if (grabbed === undefined || Math.abs(event.clientX - grabbed) < 3) return;
      model.show(pan(model.state.get().window, (grabbed - event.clientX) * perPixel(), live.now()));
      grabbed = event.clientX;
    };
    const up = (): void => {
      grabbed = undefined;
    };
    const wheel = (event: WheelEvent): void => {
      if (!(event.target instanceof Element) || event.target.closest(".plot") === null) return;
      event.preventDefault();
      const { window } = model.state.get();
      const right = element.getBoundingClientRect().right - 8;
      const around = window.to - (right - event.clientX) * perPixel();
      const next = event.shiftKey
        ? pan(window, (event.deltaY + event.deltaX) * perPixel(), live.now())
        : zoom(window, event.deltaY > 0 ? 1.25 : 0.8, around, live.now());
      model.show(next);
    };
    element.addEventListener("pointerdown", down);
    element.addEventListener("wheel", wheel, { passive: false });
    document.addEventListener("pointermove", move);
    document.addEventListener("pointerup", up);
    return () => {
      element.removeEventListener("pointerdown", down);
      element.removeEventListener("wheel", wheel);
      document.removeEventListener("pointermove", move);
      document.removeEventListener("pointerup", up);
    };
  }, [frame, model, perPixel, live]);
}
