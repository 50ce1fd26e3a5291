/** The ten cells most worth a look, each with its reason in words. */
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEvery, useLive, useObservable } from "../../live/hooks.ts";
import { Badge } from "../../parts/badge.tsx";
import { Go } from "../../parts/go.tsx";
import { type Concern, concernOf } from "./concern.ts";
import { emptyFacts, type Place, readFacts } from "./facts.ts";

const facts = emptyFacts();

export function WorstTen({ places }: { places: readonly Place[] }) {
  const live = useLive();
  const { t } = useTranslation();
  const { worst } = useObservable(live.alarms);
  const [list, setList] = useState<{ place: Place; concern: Concern }[]>([]);
  const rank = useCallback(() => {
    const now = live.now();
    const found = places.flatMap((place) => {
      readFacts(place, live.store, facts);
      const concern = concernOf(place, facts, live.alarms.get().worst.get(place.cell.id), facts.time === 0 ? 0 : now - facts.time);
      return concern === undefined ? [] : [{ place, concern }];
    });
    setList(found.sort((a, b) => b.concern.score - a.concern.score || a.place.cell.number - b.place.cell.number).slice(0, 10));
  }, [live, places]);
  useEvery(2000, rank);
  useEffect(() => live.clock.at(live.clock.now() + 300, rank), [live, rank]);
  return (
    <section className="worst-ten panel" aria-labelledby="worst-title">
      <h2 id="worst-title">{t("hall.worst")}</h2>
      {list.length === 0 && <p className="muted">{t("hall.calm")}</p>}
      <ol>
        {list.map(({ place, concern }) => {
          const alarm = worst.get(place.cell.id);
          return (
            <li key={place.cell.id}>
              <Go to={`/cell/${place.cell.id}`}>
                {alarm === undefined ? <span className="no-badge" /> : <Badge priority={alarm} unacknowledged size={18} />}
                <strong>{place.cell.id}</strong> <span>{t(`concern.${concern.key}`, concern.values)}</span>
              </Go>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
