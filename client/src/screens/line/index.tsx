/** Level 2: one line. Its rectifier above, its cells below as analog indicators, sortable by how far they are off. */
import type { Line } from "@cellhouse/shared";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useInterest, usePlant } from "../../live/hooks.ts";
import { Value } from "../../parts/value.tsx";
import { CellTable } from "./cell-table.tsx";
import "./line.css";

export default function LineScreen() {
  const plant = usePlant();
  const { line: id = "" } = useParams();
  const { t } = useTranslation();
  const line = plant.line(id);
  if (line === undefined) return <p className="loading">{t("line.unknown", { id })}</p>;
  return <Known key={line.id} line={line} />;
}

function Known({ line }: { line: Line }) {
  const { t } = useTranslation();
  useInterest({ cells: [line.id], hall: true });
  const figures = [
    [t("line.current"), "II-001"],
    [t("line.voltage"), "EI-002"],
    [t("line.power"), "JI-003"],
  ] as const;
  return (
    <div className="line-screen">
      <dl className="panel line-head">
        {figures.map(([name, tag]) => (
          <div key={tag}>
            <dt>
              {name} <code>{tag}</code>
            </dt>
            <dd>
              <Value tag={line.tags.get(tag)} big />
            </dd>
          </div>
        ))}
        <div>
          <dt>{t("line.supply")}</dt>
          <dd>{t(`line.${line.description.supply.kind}`)}</dd>
        </div>
        <div>
          <dt>{t("line.cells")}</dt>
          <dd>{line.cells.length}</dd>
        </div>
      </dl>
      <CellTable line={line} />
    </div>
  );
}
