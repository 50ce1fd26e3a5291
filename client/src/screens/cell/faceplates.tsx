/** The faceplates of a cell: mode, feed, current, temperature. */
import type { Cell } from "@cellhouse/shared";
import { useTranslation } from "react-i18next";
import { LastWrite } from "../../parts/faceplate/last-write.tsx";
import { ModeButtons } from "../../parts/faceplate/mode-buttons.tsx";
import { Setpoint } from "../../parts/faceplate/setpoint.tsx";
import { Value } from "../../parts/value.tsx";
import { useSituation } from "./situation.ts";

export function Faceplates({ cell }: { cell: Cell }) {
  const { t } = useTranslation();
  const situation = useSituation(cell);
  return (
    <section className="panel faceplates" aria-labelledby="control-title">
      <h2 id="control-title">{t("cell.control")}</h2>
      <ModeButtons cell={cell} situation={situation} />
      <Setpoint cell={cell} title={t("cell.feeder")} sp="FIC-303.SP" spw="FIC-303.SPW" pv="FI-303" situation={situation}>
        <span className="pair">
          <span className="name">{t("faceplate.interval")}</span> <Value tag={cell.tags.get("KY-304")} digits={3} />
        </span>
        <span className="pair">
          <span className="name">{t("faceplate.shot")}</span> <Value tag={cell.tags.get("FIC-303.SHOT")} digits={3} />
        </span>
      </Setpoint>
      <Setpoint cell={cell} title={t("cell.current")} sp="IIC-202.SP" spw="IIC-202.SPW" pv="II-202" op="IIC-202.OP" situation={situation} />
      <Setpoint cell={cell} title={t("cell.temperature")} sp="TIC-101.SP" spw="TIC-101.SPW" pv="TY-100" situation={situation} />
      <LastWrite cell={cell} />
    </section>
  );
}
