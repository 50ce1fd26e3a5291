/** Edge, broker, historian, server: filled is up, outline is down; a lost one says its name and since when. */
import { useTranslation } from "react-i18next";
import { useLive, useNow, useObservable, usePlant } from "../../live/hooks.ts";
import { age, near } from "../../parts/format.ts";
import { Go } from "../../parts/go.tsx";
import { summariseLinks } from "./link-summary.ts";

export function LinkDots() {
  const live = useLive();
  const { t } = useTranslation();
  const zone = usePlant().description.timezone;
  const dots = summariseLinks(useObservable(live.links), useObservable(live.lostSince));
  const now = useNow();
  const trouble = dots.flatMap((d) => d.troubled.map((l) => ({ ...l, state: d.state })));
  const first = trouble[0];
  return (
    <Go to="/system" className="links">
      {dots.map((d) => (
        <span key={d.group} className="dot" data-state={d.state} title={t(`links.${d.state}`)}>
          <span aria-hidden="true" className="mark" /> {t(`links.${d.group}`)}
          <span className="visually-hidden">{t(`links.${d.state}`)}</span>
        </span>
      ))}
      {first !== undefined && (
        <span className="trouble" role="status">
          {first.id === "server" ? t("links.server") : first.id} {t(`links.${first.state}`)}{" "}
          {t("links.since", { time: near(first.since, now, zone), age: age(now - first.since) })}
          {trouble.length > 1 && ` +${trouble.length - 1}`}
        </span>
      )}
    </Go>
  );
}
