/** Trends: any tags over any time, live or past, with the limits, setpoints and alarms of then. */
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type uPlot from "uplot";
import { useInterest, useLive, useObservable, usePlant } from "../../live/hooks.ts";
import { useKeys } from "../../parts/keys.ts";
import { droppedTag } from "../../parts/trend/pens/drag.ts";
import { MOST_PENS, shortPath } from "../../parts/trend/pens/pens.ts";
import { Picker } from "../../parts/trend/pens/picker.tsx";
import { AlarmList } from "./alarm-list.tsx";
import { Toolbar } from "./bar/toolbar.tsx";
import { PenTable } from "./pens/pen-table.tsx";
import { Board } from "./plot/board.tsx";
import "./trends.css";
import { type TrendsView, useTrends } from "./use-trends.ts";

export default function Trends() {
  const { t } = useTranslation();
  const plant = usePlant();
  const view = useTrends();
  const field = useRef<HTMLInputElement>(null);
  const [plot, setPlot] = useState<uPlot>();
  const [hover, setHover] = useState<number>();
  const replay = useObservable(useLive().replay) !== null;
  const { following } = useObservable(view.model.window);
  const full = view.pens.length >= MOST_PENS;
  const watched = [...view.pens.map((pen) => pen.tag), ...(view.setpoint === undefined ? [] : [view.setpoint])];
  useInterest({ tags: watched.map((tag) => tag.path) });
  useKeys({ p: () => field.current?.focus() });
  useTitle(!following && !replay ? t("trends.mode.past") : "");
  return (
    <section
      className="trends-screen"
      aria-label={t("screens.trends")}
      data-past={!following}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        const tag = droppedTag(event.dataTransfer, plant);
        if (tag === undefined) return;
        event.preventDefault();
        view.add(tag);
      }}
    >
      <Toolbar view={view} plot={plot} />
      {view.unknown.length > 0 && (
        <p className="refusal" role="alert">
          {t("trends.unknown", { tags: view.unknown.join(", ") })}
        </p>
      )}
      {view.pens.length > 0 ? <Board view={view} hover={hover} onHover={setHover} onPlot={setPlot} /> : <Empty view={view} />}
      <div className="trends-foot">
        <div className="panel pens">
          <Picker
            label={t("trends.add")}
            hint={t(full ? "trends.full" : "trends.hint")}
            field={field}
            shortcut="p"
            disabled={full}
            onAdd={view.add}
          />
          <PenTable view={view} hover={hover} />
        </div>
        <AlarmList view={view} />
      </div>
    </section>
  );
}

/** Without a pen there is something to begin with. */
function Empty({ view }: { view: TrendsView }) {
  const { t } = useTranslation();
  const plant = usePlant();
  const cell = plant.cells[0];
  const begin = ["TY-100", "EI-201", "FI-303"].flatMap((name) => cell?.tags.get(name) ?? []);
  return (
    <div className="panel trends-empty">
      <p>{t("trends.empty")}</p>
      <button type="button" onClick={() => view.setPens(begin.map((tag, place) => ({ tag, place, hidden: false, own: false })))}>
        {t("trends.begin", { tags: begin.map(shortPath).join(", ") })}
      </button>
    </div>
  );
}

/** The window's title says when one does not see the present. */
function useTitle(mark: string): void {
  useEffect(() => {
    if (mark === "") return;
    const before = document.title;
    document.title = `${mark} · ${before}`;
    return () => {
      document.title = before;
    };
  }, [mark]);
}
