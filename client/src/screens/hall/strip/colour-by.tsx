/** Which quantity the tiles are shaded by, with the meaning of the greys; kept in the address. */
import { useTranslation } from "react-i18next";
import { useAddress } from "../../../parts/go.tsx";
import { METRICS, metricOf, TONE_INK } from "../map/tone.ts";

export function ColourBy() {
  const { t } = useTranslation();
  const [params, change] = useAddress();
  const metric = metricOf(params.get("by"));
  return (
    <div className="colour-by">
      <label>
        {t("hall.by.title")}{" "}
        <select value={metric ?? ""} onChange={(event) => change({ by: event.target.value })}>
          <option value="">{t("hall.by.none")}</option>
          {METRICS.map((m) => (
            <option key={m} value={m}>
              {t(`hall.by.${m}`)}
            </option>
          ))}
        </select>
      </label>
      <span className="tones" data-shown={metric !== undefined}>
        {t("hall.by.low")}
        {TONE_INK.map((share, step) => (
          <span key={share} className="tone" data-step={step} />
        ))}
        {t("hall.by.high")}
      </span>
    </div>
  );
}
