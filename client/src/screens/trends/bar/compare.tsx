/** What the span is compared with: a day, a week, or any time before, drawn muted behind it. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useObservable, usePlant } from "../../../live/hooks.ts";
import { dayTime, fromField, toField } from "../../../parts/format.ts";
import type { TrendsView } from "../use-trends.ts";

const BEHIND = { day: 86_400_000, week: 604_800_000 } as const;

export function Compare({ view }: { view: TrendsView }) {
  const { t } = useTranslation();
  const zone = usePlant().description.timezone;
  const { to } = useObservable(view.model.window);
  const [choosing, setChoosing] = useState(false);
  const { behind } = view;
  const name = behind === 0 ? "none" : (Object.entries(BEHIND).find(([, ms]) => ms === behind)?.[0] ?? "chosen");
  const choose = (next: string): void => {
    setChoosing(next === "chosen");
    if (next !== "chosen") view.compare(BEHIND[next as keyof typeof BEHIND] ?? 0);
  };
  return (
    <span className="compare">
      <label>
        {t("trends.compare")}{" "}
        <select value={choosing ? "chosen" : name} onChange={(event) => choose(event.target.value)}>
          {(["none", "day", "week", "chosen"] as const).map((option) => (
            <option key={option} value={option}>
              {t(`trends.behind.${option}`)}
            </option>
          ))}
        </select>
      </label>
      {(choosing || name === "chosen") && (
        <input
          type="datetime-local"
          step={1}
          aria-label={t("trends.behindEnd")}
          defaultValue={toField(to - (behind || BEHIND.day), zone)}
          onChange={(event) => {
            const time = fromField(event.target.value, zone);
            if (time < to) view.compare(to - time);
          }}
        />
      )}
      {behind > 0 && <span className="muted figure">{t("trends.behindTo", { time: dayTime(to - behind, zone).slice(5) })}</span>}
    </span>
  );
}
