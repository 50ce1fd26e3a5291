/** A span by its two ends, in the plant's time. */
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLive, usePlant } from "../../../live/hooks.ts";
import { Dialog } from "../../../parts/dialog.tsx";
import { fromField, toField } from "../../../parts/format.ts";
import type { TrendModel } from "../../../parts/trend/model.ts";
import { between } from "../../../parts/trend/window.ts";

export function SpanDialog({ model, onClose }: { model: TrendModel; onClose: () => void }) {
  const { t } = useTranslation();
  const live = useLive();
  const zone = usePlant().description.timezone;
  const [{ from, to }] = useState(() => model.window.get());
  const [ends, setEnds] = useState({ from: toField(from, zone), to: toField(to, zone) });
  const [wrong, setWrong] = useState(false);
  const show = (event: FormEvent): void => {
    event.preventDefault();
    const span = between(fromField(ends.from, zone), fromField(ends.to, zone), live.now());
    setWrong(span === undefined);
    if (span === undefined) return;
    model.show(span);
    onClose();
  };
  return (
    <Dialog title={t("trends.span")} onClose={onClose}>
      <form onSubmit={show}>
        {(["from", "to"] as const).map((name) => (
          <label key={name}>
            {t(`replay.${name}`)}
            <input
              type="datetime-local"
              step={1}
              value={ends[name]}
              onChange={(event) => setEnds({ ...ends, [name]: event.target.value })}
            />
          </label>
        ))}
        {wrong && (
          <p className="refusal" role="alert">
            {t("trends.wrongSpan")}
          </p>
        )}
        <div className="actions">
          <button type="submit" className="primary">
            {t("trends.show")}
          </button>
          <button type="button" onClick={onClose}>
            {t("shell.cancel")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
