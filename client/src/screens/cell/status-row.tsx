/** Mode, phase and what the status word says beyond the normal. */
import { type Cell, readStatus, STATUS } from "@cellhouse/shared";
import { useTranslation } from "react-i18next";
import { useTagQuality, useTagValue } from "../../live/hooks.ts";

const SHOWN = ["bypass", "interlock", "quench", "maintenance", "sensorFault", "commFallback", "localStop", "hopperFill"] as const;

export function StatusRow({ cell }: { cell: Cell }) {
  const { t } = useTranslation();
  const tag = cell.tags.get("YS-901");
  const word = useTagValue(tag);
  const quality = useTagQuality(tag);
  if (Number.isNaN(word) || quality >= 2)
    return (
      <p className="status-row">
        <strong>{t(Number.isNaN(word) ? "quality.bad" : quality === 3 ? "quality.bad" : "quality.stale")}</strong> {cell.recipe.name} ·{" "}
        {cell.cellClass.name}
      </p>
    );
  const { mode, phase } = readStatus(word);
  return (
    <p className="status-row">
      <strong>{mode}</strong> <span>{t(`phases.${phase}`)}</span>{" "}
      <span className="muted">
        {cell.recipe.name} · {cell.cellClass.name}
      </span>
      {SHOWN.filter((bit) => (word & STATUS[bit]) !== 0).map((bit) => (
        <strong key={bit} className="bit">
          {t(`bits.${bit}`)}
        </strong>
      ))}
    </p>
  );
}
