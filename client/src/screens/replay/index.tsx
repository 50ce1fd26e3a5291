/** Choose a span of the recording; the replay then lives in every screen until it is left. */
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { useLive, useObservable, usePlant } from "../../live/hooks.ts";
import { fromField, toField } from "../../parts/format.ts";
import { Go } from "../../parts/go.tsx";
import { RefusalNote } from "../../parts/refusal-note.tsx";
import "./replay.css";

const LAST = [5, 15, 60] as const;

export default function Replay() {
  const live = useLive();
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const replay = useObservable(live.replay);
  const role = useObservable(live.session)?.role;
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const allowed = role === "operator" || role === "engineer" || role === "qa";
  const start = async (from: number, to: number): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      const { id } = await live.api.send<{ id: string }>("POST", "replays", { from: Math.round(from), to: Math.round(to), speed: 1 });
      await live.api.send("PATCH", `replays/${id}`, { playing: true });
      void navigate(`/hall?replay=${encodeURIComponent(id)}`);
    } catch (refusal) {
      setError(refusal);
    } finally {
      setBusy(false);
    }
  };
  if (replay !== null)
    return (
      <div className="replay-screen panel">
        <p>{t("replay.running")}</p>
        <p>
          <Go to="/hall" className="open">
            {t("replay.open")}
          </Go>
        </p>
      </div>
    );
  return (
    <div className="replay-screen panel">
      <h2>{t("replay.choose")}</h2>
      <p className="muted">{t("replay.note")}</p>
      {params.has("gone") && <p role="status">{t("replay.gone")}</p>}
      {!allowed && <p className="why">{t("why.role")}</p>}
      <div className="actions">
        {LAST.map((minutes) => (
          <button
            key={minutes}
            type="button"
            disabled={busy || !allowed}
            onClick={() => void start(live.now() - minutes * 60_000, live.now())}
          >
            {t("replay.last", { minutes })}
          </button>
        ))}
      </div>
      <SpanForm disabled={busy || !allowed} onStart={(from, to) => void start(from, to)} />
      <RefusalNote error={error} />
    </div>
  );
}

function SpanForm({ disabled, onStart }: { disabled: boolean; onStart: (from: number, to: number) => void }) {
  const live = useLive();
  const { t } = useTranslation();
  const zone = usePlant().description.timezone;
  const [wrong, setWrong] = useState(false);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const from = fromField(String(form.get("from")), zone);
    const to = fromField(String(form.get("to")), zone);
    const fits = from < to && to <= live.now();
    setWrong(!fits);
    if (fits) onStart(from, to);
  };
  return (
    <form className="span-form" onSubmit={submit}>
      <label>
        {t("replay.from")} ({zone})
        <input type="datetime-local" name="from" step="1" required defaultValue={toField(live.now() - 1_800_000, zone)} />
      </label>
      <label>
        {t("replay.to")} ({zone})
        <input type="datetime-local" name="to" step="1" required defaultValue={toField(live.now() - 60_000, zone)} />
      </label>
      <button type="submit" className="primary" disabled={disabled}>
        {t("replay.start")}
      </button>
      {wrong && <p role="alert">{t("replay.wrongSpan")}</p>}
    </form>
  );
}
