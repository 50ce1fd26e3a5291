/** What a setpoint would do, or why it cannot be sent. */
import { type Tag, UNITS } from "@cellhouse/shared";
import { useTranslation } from "react-i18next";
import { duration, figure, signed } from "../format.ts";
import type { Clamp, Staged } from "./command.ts";

interface Props {
  staged: Staged;
  /** The setpoint when it was looked at. */
  from: number;
  clamp: Clamp;
  tag: Tag;
}

export function Preview({ staged, from, clamp, tag }: Props) {
  const { t } = useTranslation();
  const { decimals, unit } = tag.definition;
  if (!staged.ok)
    return (
      <p className="preview refused" role="alert">
        {t(`faceplate.${staged.why}`, { low: figure(clamp.low, decimals), high: figure(clamp.high, decimals) })}
      </p>
    );
  const words = {
    from: figure(from, decimals),
    to: figure(staged.value, decimals),
    delta: signed(staged.delta, decimals),
    unit: UNITS[unit].symbol,
  };
  return (
    <p className="preview" role="status">
      <strong>{t("faceplate.preview", words)}</strong>{" "}
      {staged.seconds < 1 ? t("faceplate.atOnce") : t("faceplate.takes", { time: duration(staged.seconds * 1000) })}.{" "}
      {t("faceplate.confirm")}
    </p>
  );
}
