/** What people do to a cell by hand: feeder, quench, tap, anode change, interlock reset, bypass. */
import type { Cell } from "@cellhouse/shared";
import { useTranslation } from "react-i18next";
import { whyNoCommand } from "../../parts/capability.ts";
import { HANDS } from "../../parts/faceplate/hand.ts";
import { HandRow } from "../../parts/faceplate/hand-row.tsx";
import { useSituation } from "./situation.ts";

export function Hands({ cell }: { cell: Cell }) {
  const { t } = useTranslation();
  const situation = useSituation(cell);
  const why = whyNoCommand(situation);
  if (!HANDS.some(({ name }) => cell.tags.has(name))) return null;
  return (
    <section className="panel hands" aria-labelledby="hands-title">
      <h2 id="hands-title">{t("hand.title")}</h2>
      {why !== undefined && <p className="why">{t(`why.${why}`)}</p>}
      {HANDS.map((hand) => (
        <HandRow key={hand.name} cell={cell} hand={hand} situation={situation} />
      ))}
    </section>
  );
}
