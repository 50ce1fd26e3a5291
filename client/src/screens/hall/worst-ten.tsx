/** The ten cells most worth a look, each with its reason in words. */
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEvery, useLive, useObservable } from "../../live/hooks.ts";
import { Badge } from "../../parts/badge.tsx";
import { Go } from "../../parts/go.tsx";
import { concernOf, type Entry, shortList } from "./concern.ts";
import { emptyFacts, type Place, readFacts } from "./facts.ts";

const facts = emptyFacts();

export function WorstTen({ places }: { places: readonly Place[] }) {
  const live = useLive();
  const { t } = useTranslation();
  const { worst, first } = useObservable(live.alarms);
  const epoch = useObservable(live.epoch);
  const [list, setList] = useState<readonly Entry[]>([]);
  const rank = useCallback(() => {
    const now = live.now();
    const alarms = live.alarms.get().first;
    const found = places.flatMap((place) => {
      readFacts(place, live.store, facts);
      const concern = concernOf(place, facts, alarms.get(place.cell.id), facts.time === 0 ? 0 : now - facts.time);
      return concern === undefined ? [] : [{ place, concern }];
    });
    setList(shortList(found));
  }, [live, places]);
  useEvery(2000, rank);
  // biome-ignore lint/correctness/useExhaustiveDependencies: in another epoch nothing of the list is true any more
  useEffect(() => live.clock.at(live.clock.now() + 300, rank), [live, rank, epoch]);
  return (
    <section className="worst-ten panel" aria-labelledby="worst-title">
      <h2 id="worst-title">{t("hall.worst")}</h2>
      {list.length === 0 && <p className="muted">{t("hall.calm")}</p>}
      <ol>
        {list.map(({ owner, cells, concern }) => {
          const alarm = cells === 1 ? worst.get(owner) : undefined;
          const named = cells === 1 && concern.key !== "alarm" ? first.get(owner) : undefined;
          return (
            <li key={owner}>
              <Go to={cells === 1 ? `/cell/${owner}` : `/line/${owner}`}>
                {alarm === undefined ? <span className="no-badge" /> : <Badge priority={alarm} unacknowledged size={18} />}
                <strong>{owner}</strong>{" "}
                <span>
                  {cells > 1 && `${t("hall.cells", { cells })}: `}
                  {t(`concern.${concern.key}`, concern.values)}
                  {named !== undefined && <code className="named">{named.type}</code>}
                </span>
              </Go>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
