/** The server is gone: the page greys, says so, and keeps counting the age of what it shows. Or it has more to say than the page shows. */
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useEvery, useLive, useNow, useObservable, usePlant } from "../live/hooks.ts";
import { clockTime, duration } from "../parts/format.ts";

export function LostNote() {
  const live = useLive();
  const since = useObservable(live.lostSince);
  const lost = since !== undefined;
  useEffect(() => {
    document.documentElement.dataset.lost = String(lost);
  }, [lost]);
  return since === undefined ? null : <Note since={since} />;
}

/** Values are left out on their way to this page. */
export function ThinnedNote() {
  const { t } = useTranslation();
  const live = useLive();
  const thinned = useObservable(live.thinned);
  useEvery(1000, () => live.lookThinned());
  return thinned ? (
    <p className="lost-note thinned" role="status">
      {t("lost.thinned")}
    </p>
  ) : null;
}

function Note({ since }: { since: number }) {
  const { t } = useTranslation();
  const live = useLive();
  const zone = usePlant().description.timezone;
  useNow();
  return (
    <p className="lost-note" role="alert">
      <strong>{t("lost.title")}</strong> {t("lost.since", { time: clockTime(since, zone) })}{" "}
      <span className="figure">{duration(live.clock.now() - since)}</span>. {t("lost.remedy")}
    </p>
  );
}
