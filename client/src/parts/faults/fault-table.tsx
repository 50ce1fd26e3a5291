/** What waits or is at work, how long it still lasts, and the way to stop it. */
import { ALL_TAGS, DISTURBANCES, type DisturbanceArgs } from "@cellhouse/shared";
import { useTranslation } from "react-i18next";
import { useNow } from "../../live/hooks.ts";
import { duration } from "../format.ts";
import { type OrderedFault, stateOf } from "./faults.ts";
import "./faults.css";

interface FaultTableProps {
  faults: readonly OrderedFault[];
  onEnd: (id: string) => void;
}

export function FaultTable({ faults, onEnd }: FaultTableProps) {
  const { t } = useTranslation();
  const now = useNow();
  if (faults.length === 0) return <p className="muted">{t("fault.none")}</p>;
  return (
    <table className="fault-table">
      <thead>
        <tr>
          <th scope="col">{t("fault.where")}</th>
          <th scope="col">{t("fault.kind")}</th>
          <th scope="col">{t("fault.left")}</th>
          <th scope="col" className="by">
            {t("journal.by")}
          </th>
          <td />
        </tr>
      </thead>
      <tbody>
        {faults.map((fault) => (
          <Row key={fault.id} fault={fault} now={now} onEnd={onEnd} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ fault, now, onEnd }: { fault: OrderedFault; now: number; onEnd: (id: string) => void }) {
  const { t } = useTranslation();
  const { state, left } = stateOf(fault, now);
  const name = t(`disturbances.${fault.kind}.name`);
  return (
    <tr>
      <th scope="row">{fault.cell}</th>
      <td>
        {name} <ArgNote fault={fault} />
      </td>
      <td className="figure">{t(`fault.${state}`, { left: duration(left) })}</td>
      <td className="by">{fault.by}</td>
      <td>
        <button type="button" aria-label={t("fault.endOne", { name, cell: fault.cell })} onClick={() => onEnd(fault.id)}>
          {t("fault.end")}
        </button>
      </td>
    </tr>
  );
}

/** `size 40 K/min`. */
function ArgNote({ fault }: { fault: OrderedFault }) {
  const { t } = useTranslation();
  const known: DisturbanceArgs = DISTURBANCES[fault.kind].args;
  const told = Object.entries(fault.args).map(([name, value]) => {
    const arg = known[name];
    const shown = arg !== undefined && "choices" in arg ? (arg.choices[value] ?? value) : `${value} ${arg?.unit ?? ""}`.trim();
    return `${t(`fault.arg.${name}`)} ${shown === ALL_TAGS ? t("fault.allTags") : shown}`;
  });
  return <span className="muted">{told.join(", ")}</span>;
}
