/** The chosen alarm: guidance and what can be done, with the reason where it cannot. */
import { type Alarm, isUnacknowledged } from "@cellhouse/shared";
import { useTranslation } from "react-i18next";
import { useLive, usePlant } from "../../live/hooks.ts";
import { Badge } from "../../parts/badge.tsx";
import { near } from "../../parts/format.ts";
import { Guidance } from "../../parts/guidance.tsx";
import type { Acts } from "./use-acts.ts";

interface Props {
  alarm: Alarm | undefined;
  acts: Acts;
  onComment: () => void;
  onShelve: () => void;
}

export function Detail({ alarm, acts, onComment, onShelve }: Props) {
  const { t } = useTranslation();
  const { why } = acts;
  if (alarm === undefined) return <aside className="alarm-detail panel muted">{t("alarm.choose")}</aside>;
  const open = isUnacknowledged(alarm.state) && alarm.inhibit.length === 0;
  const shelved = alarm.inhibit.includes("SHELVED");
  return (
    <aside className="alarm-detail panel" aria-label={t("alarm.guidance")}>
      <h2>
        <Badge priority={alarm.priority} unacknowledged={open} size={20} /> {alarm.cell} {alarm.type}
      </h2>
      <p>{[alarm.state, ...alarm.inhibit].map((s) => t(`states.${s}`)).join(", ")}</p>
      <AckLine alarm={alarm} />
      <Guidance alarm={alarm} />
      <div className="actions">
        <Act text={t("alarm.ack")} shortcut="a" disabled={why !== undefined || !open} onClick={() => acts.acknowledge()} />
        <Act text={t("alarm.ackComment")} shortcut="c" disabled={why !== undefined || !open} onClick={onComment} />
        {shelved ? (
          <Act text={t("alarm.unshelve")} disabled={why !== undefined} onClick={acts.unshelve} />
        ) : (
          <Act text={t("alarm.shelve")} shortcut="s" disabled={why !== undefined || alarm.priority === 1} onClick={onShelve} />
        )}
        {alarm.state === "LATCH_ACK" && <Act text={t("alarm.reset")} disabled={why !== undefined} onClick={acts.reset} />}
        <Act text={t("alarm.goto")} shortcut="g" onClick={acts.goto} />
        <Act text={t("alarm.trend")} shortcut="t" disabled={alarm.raised === null} onClick={acts.trend} />
      </div>
      {why !== undefined && <p className="why">{t(`why.${why}`)}</p>}
      {alarm.priority === 1 && why === undefined && <p className="why">{t("alarm.notShelvable")}</p>}
    </aside>
  );
}

function Act({ text, shortcut, disabled = false, onClick }: { text: string; shortcut?: string; disabled?: boolean; onClick: () => void }) {
  return (
    <button
      type="button"
      disabled={disabled}
      onClick={onClick}
      {...(shortcut === undefined ? {} : { "aria-keyshortcuts": shortcut, "data-key": shortcut })}
    >
      {text}
    </button>
  );
}

function AckLine({ alarm }: { alarm: Alarm }) {
  const live = useLive();
  const { t } = useTranslation();
  const zone = usePlant().description.timezone;
  if (alarm.ackBy === undefined) return null;
  return (
    <p className="muted">
      {t("alarm.ackBy", { by: alarm.ackBy })} {alarm.ackAt !== undefined && near(alarm.ackAt, live.now(), zone)}
    </p>
  );
}
