/** Alarms raised in the span seen, of what the pens belong to; each leads to itself, and back leads here. */
import { useTranslation } from "react-i18next";
import { useLive, useObservable, usePlant } from "../../live/hooks.ts";
import { Badge } from "../../parts/badge.tsx";
import { dayTime, figure } from "../../parts/format.ts";
import { Go } from "../../parts/go.tsx";
import type { Mark } from "../../parts/trend/marks.ts";
import type { TrendsView } from "./use-trends.ts";

const MOST = 40;

/** Where an alarm is told of: the list while it stands, else the journal around it. */
export function alarmAddress({ alarm = "", time }: Pick<Mark, "alarm" | "time">, stands: boolean, now: number): string {
  if (stands) return `/alarms?alarm=${encodeURIComponent(alarm)}`;
  const age = now - time;
  const span = age < 3_500_000 ? "h1" : age < 8 * 3_600_000 ? "h8" : age < 86_400_000 ? "h24" : "d7";
  return `/alarms?tab=journal&kind=alarm&journal=${span}&cell=${encodeURIComponent(alarm.split(":")[0] ?? "")}`;
}

export function AlarmList({ view }: { view: TrendsView }) {
  const { t } = useTranslation();
  const live = useLive();
  const zone = usePlant().description.timezone;
  const { from, to } = useObservable(view.model.window);
  const marks = useObservable(view.model.marks.marks);
  const { all } = useObservable(live.alarms);
  const seen = marks.filter((mark) => mark.alarm !== undefined && mark.time >= from && mark.time <= to).reverse();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="panel trend-alarms" aria-labelledby="trend-alarms-title" tabIndex={0}>
      <h2 id="trend-alarms-title">{t("trends.alarms", { n: seen.length })}</h2>
      {seen.length === 0 && <p className="muted">{t("trends.noAlarms")}</p>}
      <ul>
        {seen.slice(0, MOST).map((mark) => (
          <li key={`${mark.alarm}${mark.time}`}>
            <Badge priority={mark.priority ?? 4} size={16} />
            <Go to={alarmAddress(mark, all.has(mark.alarm ?? ""), live.now())}>{mark.alarm?.replace(":", " ")}</Go>
            {mark.limit !== undefined && <span className="muted figure">{t("trends.limitThen", { limit: figure(mark.limit, 1) })}</span>}
            <time className="muted figure">{dayTime(mark.time, zone).slice(5)}</time>
          </li>
        ))}
      </ul>
    </section>
  );
}
