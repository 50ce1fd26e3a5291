/** What an alarm means and what to do, with the time that is left. */
import type { Alarm } from "@cellhouse/shared";
import { useTranslation } from "react-i18next";
import { useNow } from "../live/hooks.ts";

export function Guidance({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation();
  const now = useNow(5000);
  const left = alarm.raised === null ? undefined : Math.round(alarm.timeToRespond - (now - alarm.raised) / 60_000);
  return (
    <dl className="guidance">
      <dt>{t("alarm.response")}</dt>
      <dd>
        <strong>{alarm.response}</strong>{" "}
        {left !== undefined && <span className="figure">({t(left >= 0 ? "alarm.left" : "alarm.over", { minutes: Math.abs(left) })})</span>}
      </dd>
      <dt>{t("alarm.cause")}</dt>
      <dd>{alarm.cause}</dd>
      <dt>{t("alarm.consequence")}</dt>
      <dd>{alarm.consequence}</dd>
    </dl>
  );
}
