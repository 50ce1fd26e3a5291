/** Mode, phase and what the status word says beyond the normal. */
import { type Cell, Quality, readStatus, STATUS } from "@cellhouse/shared";
import { useTranslation } from "react-i18next";
import { useTagQuality, useTagValue } from "../../live/hooks.ts";
import { interlockName } from "../../parts/plant-words.ts";

const SHOWN = ["bypass", "interlock", "quench", "maintenance", "sensorFault", "commFallback", "localStop", "hopperFill"] as const;

export function StatusRow({ cell }: { cell: Cell }) {
  const { t } = useTranslation();
  const tag = cell.tags.get("YS-901");
  const word = useTagValue(tag);
  const quality = useTagQuality(tag);
  const first = useTagValue(cell.tags.get("YS-903"));
  if (Number.isNaN(word) || quality >= Quality.Stale)
    return (
      <p className="status-row">
        <strong>{t(doubt(word, quality))}</strong> {cell.recipe.name} · {cell.cellClass.name}
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
          {bit === "interlock" && first > 0 ? interlockName(t, first) : t(`bits.${bit}`)}
        </strong>
      ))}
    </p>
  );
}

/** Never told is not the same as told and not to be believed. */
function doubt(word: number, quality: number): string {
  if (quality === Quality.Bad) return "quality.bad";
  return Number.isNaN(word) ? "letter.?" : "quality.stale";
}
