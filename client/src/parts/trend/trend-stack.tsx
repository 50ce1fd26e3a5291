/** Several plots on one time axis; the wheel and dragging lead into the past, which is announced. */
import type { Tag } from "@cellhouse/shared";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEvery, useLive, useObservable, usePlant, useSize } from "../../live/hooks.ts";
import { dayTime } from "../format.ts";
import { RefusalNote } from "../refusal-note.tsx";
import { useGestures, useTimeKeys } from "./gestures.ts";
import type { TrendModel } from "./model.ts";
import { AXIS_WIDTH } from "./plot.ts";
import { Row, type RowSpec } from "./row.tsx";
import "./trend.css";
import { follow } from "./window.ts";

const SPANS = [
  ["m10", 600_000],
  ["h2", 7_200_000],
  ["h24", 86_400_000],
] as const;

const RESOLUTIONS = ["raw", "10s", "1m", "1h"] as const;

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
  const window = useObservable(model.window);
  const { busy, error } = useObservable(model.past);
  const frame = useRef<HTMLDivElement>(null);
  const { width } = useSize(frame);
  const [cursor, setCursor] = useState<number>();
  const span = window.to - window.from;
  // Beside the past stand no present values: those of the cursor, or of the right edge.
  const shown = cursor ?? (window.following ? undefined : window.to);
  const plotWidth = Math.max(200, width - 178);
  const inner = plotWidth - AXIS_WIDTH - 8;
  useEffect(() => model.resize(inner), [model, inner]);
  useEvery(1000, () => model.tick());
  useGestures(frame, { model, area: () => ({ left: width - 8 - inner, width: inner }) });
  const onKey = useTimeKeys(model);
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
          {busy ? t("trend.loading") : <Provenance model={model} rows={rows} />} {children}
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

/** Whoever looks at the past is told so, and how to come back; `brief` where the time is told beside. */
export function PastNote({ model, brief = false }: { model: TrendModel; brief?: boolean }) {
  const live = useLive();
  const { t } = useTranslation();
  const zone = usePlant().description.timezone;
  const window = useObservable(model.window);
  return (
    <span className="past-note" {...(brief ? {} : { role: "status" })}>
      {window.following ? (
        <span className="muted">{t("trend.hint")}</span>
      ) : (
        <>
          {!brief && <strong>{t("trend.past", { from: dayTime(window.from, zone), to: dayTime(window.to, zone) })}</strong>}{" "}
          <button type="button" className="primary" onClick={() => model.show(follow(window.to - window.from, live.now()))}>
            {t("trend.back")}
          </button>
        </>
      )}
    </span>
  );
}

/** What the coarsest of the lines was made of. */
function Provenance({ model, rows }: { model: TrendModel; rows: readonly TrendRow[] }) {
  const { t } = useTranslation();
  const sources = rows.flatMap((row) => row.tags).map((tag) => model.line(tag).source);
  const coarsest = RESOLUTIONS.findLast((source) => sources.includes(source));
  return coarsest === undefined ? null : t(`trend.source.${coarsest}`);
}
