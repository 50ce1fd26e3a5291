/** The hall in figures: number, aim where there is one, and how many cells stand behind it. */
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEvery, useInterest, useLive } from "../../../live/hooks.ts";
import { figure } from "../../../parts/format.ts";
import { Spark } from "../../../parts/trend/spark.tsx";
import type { Place } from "../facts.ts";
import { ColourBy } from "./colour-by.tsx";
import { type Figures, figuresOf } from "./figures.ts";
import { usePowerPast } from "./use-past.ts";

/** Tags the server takes in one request. */
const MOST_TAGS = 5000;

export function Strip({ places }: { places: readonly Place[] }) {
  const live = useLive();
  useInterest({ tags: places.slice(0, MOST_TAGS).map((place) => `${place.cell.path}:XQ-209`) });
  const past = usePowerPast();
  const { t } = useTranslation();
  const [f, setFigures] = useState<Figures>(() => figuresOf(places, live.store));
  const read = (): void => setFigures(figuresOf(places, live.store));
  useEvery(1000, read);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the first values are there
  useEffect(() => live.clock.at(live.clock.now() + 300, read), [live, places]);
  const silent = f.unknown === f.total;
  const sum = ({ value, cells }: { value: number; cells: number }): number => (cells === 0 ? Number.NaN : value);
  const partial = (cells: number): string => (cells < f.total ? t("hall.partial", { cells, total: f.total }) : "");
  return (
    <div className="strip panel">
      <dl>
        <Item
          name={t("hall.power")}
          value={figure(sum(f.power), 2)}
          unit="MW"
          aim={f.powerAim}
          actual={f.power.value}
          note={partial(f.power.cells)}
          past={past}
        />
        <Item
          name={t("hall.feed")}
          value={figure(sum(f.feed), 0)}
          unit="kg/h"
          aim={f.feedAim}
          actual={f.feed.value}
          note={partial(f.feed.cells)}
        />
        <Item name={t("hall.running")} value={String(f.running)} unit={`/ ${f.total}`} />
        <Item name={t("hall.standby")} value={String(f.standby)} />
        <Item name={t("hall.out")} value={String(f.out)} />
        <Item name={t("hall.unknown")} value={String(f.unknown)} />
        <Item name={t("hall.inBand")} value={silent ? figure(Number.NaN, 0) : String(f.inBand)} unit={`/ ${f.running}`} />
        <Item name={t("hall.effects")} value={silent ? figure(Number.NaN, 0) : String(f.anodeEffects)} />
        <Item
          name={t("hall.effectToday")}
          value={figure(f.effectToday.known === 0 ? Number.NaN : f.effectToday.value, 0)}
          unit={f.effectToday.known === 0 ? "" : t("hall.effectCells", { cells: f.effectToday.cells })}
          note={partial(f.effectToday.known)}
        />
      </dl>
      <ColourBy />
    </div>
  );
}

interface ItemProps {
  name: string;
  value: string;
  unit?: string;
  aim?: number;
  actual?: number;
  note?: string;
  /** The last eight hours, if there is a record of it. */
  past?: readonly (number | null)[];
}

function Item({ name, value, unit = "", aim, actual = 0, note = "", past }: ItemProps) {
  const { t } = useTranslation();
  const known = aim !== undefined && aim > 0;
  return (
    <div className="item">
      <dt>{name}</dt>
      <dd>
        <span className="big figure">{value}</span> <span className="unit">{unit}</span>
        {known && (
          <span className="aim" title={t("hall.aim", { value: figure(aim, 1) })}>
            <span className="aim-fill" style={{ width: `${Math.min(100, (actual / aim / 1.25) * 100)}%` }} />
            <span className="aim-mark" />
          </span>
        )}
        {past !== undefined && <Spark values={past} label={t("hall.past", { name })} />}
        <span className="partial">{note}</span>
      </dd>
    </div>
  );
}
