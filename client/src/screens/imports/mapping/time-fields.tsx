/** How the times of a file are written, and in which zone. */
import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { MapProps } from "./props.ts";

const FIXED = ["iso", "epoch-ms", "epoch-s"] as const;
const USUAL_PATTERN = "dd.MM.yyyy HH:mm:ss";

export function TimeFields({ choices, onChange }: Pick<MapProps, "choices" | "onChange">) {
  const { t } = useTranslation();
  const zones = useId();
  const { time } = choices;
  const change = (part: Partial<typeof time>): void => onChange({ ...choices, time: { ...time, ...part } });
  const fixed = FIXED.find((one) => one === time.format);
  return (
    <>
      <label>
        {t("imports.stamp")}
        <select
          value={fixed ?? "pattern"}
          onChange={({ target: { value } }) => change({ format: value === "pattern" ? USUAL_PATTERN : value })}
        >
          {[...FIXED, "pattern"].map((one) => (
            <option key={one} value={one}>
              {t(`imports.stamps.${one}`)}
            </option>
          ))}
        </select>
      </label>
      {fixed === undefined && (
        <label>
          {t("imports.pattern")}
          <input value={time.format} maxLength={40} onChange={({ target }) => change({ format: target.value })} />
        </label>
      )}
      {!time.format.startsWith("epoch") && (
        <label>
          {t("imports.zone")}
          <input list={zones} value={time.zone} maxLength={60} onChange={({ target }) => change({ zone: target.value })} />
          <datalist id={zones}>
            {Intl.supportedValuesOf("timeZone").map((zone) => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
        </label>
      )}
    </>
  );
}
