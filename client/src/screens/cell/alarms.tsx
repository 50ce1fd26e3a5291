/** The alarms of this cell with their guidance, most urgent first. */
import { type Alarm, type Cell, isUnacknowledged } from "@cellhouse/shared";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { byUrgency } from "../../live/alarms.ts";
import { useCapabilities, useLive, useObservable, usePlant } from "../../live/hooks.ts";
import { Badge } from "../../parts/badge.tsx";
import { whyNoAcknowledge } from "../../parts/capability.ts";
import { figure, near } from "../../parts/format.ts";
import { Guidance } from "../../parts/guidance.tsx";
import { RefusalNote } from "../../parts/refusal-note.tsx";

export function CellAlarms({ cell }: { cell: Cell }) {
  const live = useLive();
  const { t } = useTranslation();
  const plant = usePlant();
  const { all } = useObservable(live.alarms);
  const capabilities = useCapabilities();
  const connected = useObservable(live.phase) === "live";
  const [refusal, setRefusal] = useState<unknown>();
  const own = [...all.values()].filter((a) => a.cell === cell.id).sort(byUrgency);
  const why = whyNoAcknowledge(connected, capabilities);
  return (
    <section className="panel cell-alarms" aria-labelledby="cell-alarms-title">
      <h2 id="cell-alarms-title">{t("cell.alarms")}</h2>
      {own.length === 0 && <p className="muted">{t("cell.noAlarms")}</p>}
      <RefusalNote error={refusal} />
      <ul>
        {own.map((alarm) => {
          const open = isUnacknowledged(alarm.state) && alarm.inhibit.length === 0;
          return (
            <li key={alarm.id}>
              <div className="alarm-head">
                <Badge priority={alarm.priority} unacknowledged={open} size={18} />
                <strong>{alarm.type}</strong> <AlarmFigure alarm={alarm} />
                {alarm.raised !== null && <time className="muted">{near(alarm.raised, live.now(), plant.description.timezone)}</time>}
                {open ? (
                  <button
                    type="button"
                    disabled={why !== undefined}
                    title={why === undefined ? undefined : t(`why.${why}`)}
                    onClick={() => {
                      setRefusal(undefined);
                      live.api
                        .send("POST", `alarms/${encodeURIComponent(alarm.id)}/ack`, { occurrence: alarm.occurrence })
                        .catch(setRefusal);
                    }}
                  >
                    {t("alarm.ack")}
                  </button>
                ) : (
                  <span className="muted">{t(`states.${alarm.inhibit[0] ?? alarm.state}`)}</span>
                )}
              </div>
              <Guidance alarm={alarm} />
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** A word's number says nothing to a person. */
function AlarmFigure({ alarm }: { alarm: Alarm }) {
  const definition = usePlant().tag(alarm.tag)?.definition;
  return definition?.kind === "word" ? null : <span className="figure">{figure(alarm.value, definition?.decimals ?? 1)}</span>;
}
