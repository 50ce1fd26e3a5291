/** Level 2 and 3: one electrolyser, to look at and to operate. */
import type { Cell } from "@cellhouse/shared";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useCapabilities, useInterest, usePlant } from "../../live/hooks.ts";
import { Go } from "../../parts/go.tsx";
import { CellAlarms } from "./alarms.tsx";
import { CellTrends } from "./cell-trends.tsx";
import "./cell.css";
import { Faceplates } from "./faceplates.tsx";
import { FaultPanel } from "./fault-panel.tsx";
import { Hands } from "./hands.tsx";
import { Indicators } from "./indicators.tsx";
import { Interlocks } from "./interlocks.tsx";
import { Section } from "./section.tsx";
import { StatusRow } from "./status-row.tsx";

export default function CellScreen() {
  const plant = usePlant();
  const { cell: id = "" } = useParams();
  const { t } = useTranslation();
  const cell = plant.cell(id);
  if (cell === undefined) return <p className="loading">{t("cell.unknown", { id })}</p>;
  return <Known key={cell.id} cell={cell} />;
}

function Known({ cell }: { cell: Cell }) {
  const plant = usePlant();
  const { t } = useTranslation();
  const { canInjectFaults } = useCapabilities();
  useInterest({ cells: [cell.id] });
  const previous = plant.cells[cell.number - 2];
  const next = plant.cells[cell.number];
  return (
    <div className="cell-screen">
      <div className="cell-head">
        <StatusRow cell={cell} />
        <span className="neighbours">
          {previous !== undefined && <Go to={`/cell/${previous.id}`}>‹ {previous.id}</Go>}
          {next !== undefined && <Go to={`/cell/${next.id}`}>{next.id} ›</Go>}
        </span>
      </div>
      <section className="panel section-panel" aria-label={t("cell.section")}>
        <Section cell={cell} />
      </section>
      <Indicators cell={cell} />
      <Faceplates cell={cell} />
      <aside className="cell-side">
        <CellAlarms cell={cell} />
        <Interlocks cell={cell} />
        <Hands cell={cell} />
        {canInjectFaults && <FaultPanel cell={cell} />}
      </aside>
      <CellTrends cell={cell} />
    </div>
  );
}
