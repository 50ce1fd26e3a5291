/** On every screen: counts per priority, the newest unacknowledged alarm of the highest priority, links, clock, person. */
import type { Priority } from "@cellhouse/shared";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useCapabilities, useConnection, useLive, useNow, useObservable, usePlant } from "../live/hooks.ts";
import { Badge } from "../parts/badge.tsx";
import { whyNoAcknowledge } from "../parts/capability.ts";
import { clockTime, figure, near, zoneOffset } from "../parts/format.ts";
import { Go } from "../parts/go.tsx";
import { homeOf } from "../parts/plant-words.ts";
import { RefusalNote } from "../parts/refusal-note.tsx";
import { LinkDots } from "./links/link-dots.tsx";
import { Preferences } from "./preferences.tsx";
import { leave } from "./start.ts";

const PRIORITIES: readonly Priority[] = [1, 2, 3, 4];

export function Banner({ onSearch, onKeys }: { onSearch: () => void; onKeys: () => void }) {
  const plant = usePlant();
  const { t } = useTranslation();
  return (
    <header className="banner">
      <Go to="/hall" className="brand">
        <strong>Cellhouse</strong>{" "}
        <span>
          {plant.site} {plant.area}
        </span>
      </Go>
      <AlarmCounts />
      <TopAlarm />
      <LinkDots />
      <ClockFace zone={plant.description.timezone} />
      <span className="tools">
        <button type="button" onClick={onSearch} aria-keyshortcuts="/">
          {t("shell.search")}
        </button>
        <button type="button" onClick={onKeys} aria-label={t("keys.title")} aria-keyshortcuts="?">
          ?
        </button>
        <Preferences />
        <Person />
      </span>
    </header>
  );
}

function AlarmCounts() {
  const { t } = useTranslation();
  const { counts } = useObservable(useLive().alarms);
  return (
    <Go to="/alarms" className="counts">
      {PRIORITIES.map((p) => {
        const { active, unacknowledged } = counts[p];
        const words = t("banner.count", { priority: p, active, unacknowledged });
        return (
          <span key={p} className="count" data-none={active === 0} title={words}>
            <Badge priority={p} unacknowledged={unacknowledged > 0} size={20} />
            <span aria-hidden="true">{active}</span>
            <span className="visually-hidden">{words}</span>
          </span>
        );
      })}
    </Go>
  );
}

function TopAlarm() {
  const live = useLive();
  const { t } = useTranslation();
  const plant = usePlant();
  const { top } = useObservable(live.alarms);
  const capabilities = useCapabilities();
  const phase = useObservable(live.phase);
  const [refusal, setRefusal] = useState<unknown>();
  if (top === undefined) return <p className="top-alarm none">{t("banner.none")}</p>;
  const why = whyNoAcknowledge(phase === "live", capabilities);
  const acknowledge = (): void => {
    setRefusal(undefined);
    live.api.send("POST", `alarms/${encodeURIComponent(top.id)}/ack`, { occurrence: top.occurrence }).catch(setRefusal);
  };
  const decimals = plant.tag(top.tag)?.definition.decimals ?? 1;
  return (
    <div className="top-alarm">
      <Badge priority={top.priority} unacknowledged size={20} />
      <Go to={homeOf(plant, top.cell)} className="what">
        <strong>
          {plant.cell(top.cell)?.line.id} {top.cell} {top.type}
        </strong>{" "}
        <span className="figure">{figure(top.value, decimals)}</span>{" "}
        {top.raised !== null && <time>{near(top.raised, live.now(), plant.description.timezone)}</time>}{" "}
        <span className="cause">{top.cause}</span>
      </Go>
      <button type="button" onClick={acknowledge} disabled={why !== undefined} title={why === undefined ? undefined : t(`why.${why}`)}>
        {t("alarm.ack")}
      </button>
      <RefusalNote error={refusal} />
    </div>
  );
}

function ClockFace({ zone }: { zone: string }) {
  const now = useNow();
  const replay = useObservable(useLive().replay) !== null;
  return (
    <time className="clock" data-replay={replay}>
      {clockTime(now, zone)} <span>{zoneOffset(now, zone)}</span>
    </time>
  );
}

function Person() {
  const live = useLive();
  const connection = useConnection();
  const { t } = useTranslation();
  const session = useObservable(live.session);
  return (
    <details className="person">
      <summary>{session?.name ?? ""}</summary>
      <div>
        <p>
          {session?.name} · {t(`roles.${session?.role ?? "viewer"}`)}
        </p>
        <Preferences />
        <button type="button" onClick={() => void leave(live, connection)}>
          {t("shell.signOut")}
        </button>
      </div>
    </details>
  );
}
