/** For engineers at a simulated hall: make something go wrong, in as many cells as wished, and see what is going wrong. */
import { DISTURBANCES, type DisturbanceEntry, type DisturbanceKind } from "@cellhouse/shared";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useCapabilities } from "../../live/hooks.ts";
import { FaultForm } from "../../parts/faults/fault-form.tsx";
import { FaultTable } from "../../parts/faults/fault-table.tsx";
import { type FaultOrder, useFaults } from "../../parts/faults/faults.ts";
import { RefusalNote } from "../../parts/refusal-note.tsx";
import { FaultHistory } from "./history.tsx";
import { OwnerChoice } from "./owner-choice.tsx";
import "./faults.css";

export default function Faults() {
  const { t } = useTranslation();
  const { canInjectFaults: allowed, canSeek } = useCapabilities();
  const { faults, done, error, inject, end } = useFaults(allowed);
  return (
    <div className="faults-screen">
      <section className="panel" aria-labelledby="fault-order">
        <h2 id="fault-order">{t("fault.title")}</h2>
        {!allowed && <p className="why">{t(canSeek ? "why.replay" : "fault.engineersOnly")}</p>}
        <Order disabled={!allowed} onOrder={(cells, order) => void inject(cells, order)} />
        {done !== undefined && done > 0 && <p role="status">{t("fault.done", { n: done })}</p>}
        <RefusalNote error={error} />
      </section>
      <section className="panel" aria-labelledby="fault-running">
        <h2 id="fault-running">{t("fault.atWork")}</h2>
        {allowed ? <FaultTable faults={faults} onEnd={(id) => void end(id)} /> : <p className="muted">{t("fault.engineersOnly")}</p>}
      </section>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className="panel" aria-labelledby="fault-history" tabIndex={0}>
        <h2 id="fault-history">{t("fault.history")}</h2>
        <FaultHistory />
      </section>
    </div>
  );
}

interface OrderProps {
  disabled: boolean;
  onOrder: (cells: readonly string[], order: FaultOrder) => void;
}

function Order({ disabled, onOrder }: OrderProps) {
  const [kind, setKind] = useState<DisturbanceKind>("feeder_jam");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const { at }: DisturbanceEntry = DISTURBANCES[kind];
  const turn = (next: DisturbanceKind): void => {
    if (DISTURBANCES[next].at !== at) setChosen(new Set());
    setKind(next);
  };
  return (
    <FaultForm kind={kind} onKind={turn} onOrder={(order) => onOrder([...chosen], order)} disabled={disabled} ready={chosen.size > 0}>
      <OwnerChoice at={at} chosen={chosen} onChange={setChosen} disabled={disabled} />
    </FaultForm>
  );
}
