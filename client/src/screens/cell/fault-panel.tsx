/** For engineers at a simulator: make something go wrong in this cell or its line. */
import { type Cell, DISTURBANCES, type DisturbanceKind } from "@cellhouse/shared";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FaultForm } from "../../parts/faults/fault-form.tsx";
import { FaultTable } from "../../parts/faults/fault-table.tsx";
import { useFaults } from "../../parts/faults/faults.ts";
import { Go } from "../../parts/go.tsx";
import { RefusalNote } from "../../parts/refusal-note.tsx";

export function FaultPanel({ cell }: { cell: Cell }) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<DisturbanceKind>("feeder_jam");
  const { faults, done, error, inject, end } = useFaults(true);
  const owner = DISTURBANCES[kind].at === "line" ? cell.line.id : cell.id;
  return (
    <details className="panel fault-panel">
      <summary>{t("fault.title")}</summary>
      <FaultForm kind={kind} onKind={setKind} onOrder={(order) => void inject([owner], order)} />
      {done !== undefined && done > 0 && <p role="status">{t("fault.done", { n: done })}</p>}
      <RefusalNote error={error} />
      <FaultTable faults={faults.filter(({ cell: id }) => id === cell.id || id === cell.line.id)} onEnd={(id) => void end(id)} />
      <p>
        <Go to="/faults">{t("fault.all")}</Go>
      </p>
    </details>
  );
}
