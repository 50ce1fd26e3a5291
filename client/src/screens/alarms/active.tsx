/** The active alarms: filter, table, guidance beside the chosen row, and the keys to act on it. */
import type { Alarm } from "@cellhouse/shared";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLive, useObservable, usePlant } from "../../live/hooks.ts";
import { useAddress } from "../../parts/go.tsx";
import { useKeys } from "../../parts/keys.ts";
import { RefusalNote } from "../../parts/refusal-note.tsx";
import { Detail } from "./detail.tsx";
import { AckDialog, ShelveDialog } from "./dialogs.tsx";
import { EVERYTHING, type Filter, filterAlarms, readFilter } from "./filter.ts";
import { FilterBar } from "./filter-bar.tsx";
import { AlarmTable } from "./table.tsx";
import { useActs } from "./use-acts.ts";

export function Active() {
  const plant = usePlant();
  const { t } = useTranslation();
  const [params, address] = useAddress();
  const { all } = useObservable(useLive().alarms);
  const filter = readFilter(params);
  const key = JSON.stringify(filter);
  const rows = useMemo(() => filterAlarms(all.values(), JSON.parse(key) as Filter, plant), [all, key, plant]);
  const pinned = params.get("alarm") ?? "";
  const chosen: Alarm | undefined = all.get(pinned) ?? rows[0];
  const choice = chosen?.id ?? "";
  // The choice stays with the alarm seen, whatever arrives above it: nobody acts on what he did not look at.
  useEffect(() => {
    if (choice !== "" && choice !== pinned) address({ alarm: choice });
  }, [choice, pinned, address]);
  return (
    <div className="active-alarms">
      <FilterBar
        filter={filter}
        shown={rows.length}
        all={all.size}
        onChange={(f) => address({ ...f })}
        onClear={() => address({ ...EVERYTHING })}
      />
      <Chosen rows={rows} alarm={chosen} onChoose={(alarm) => address({ alarm: alarm.id })} />
      <p className="visually-hidden" aria-live="polite">
        {t("alarm.shown", { shown: rows.length, all: all.size })}
      </p>
    </div>
  );
}

interface ChosenProps {
  rows: readonly Alarm[];
  alarm: Alarm | undefined;
  onChoose: (alarm: Alarm) => void;
}

function Chosen({ rows, alarm, onChoose }: ChosenProps) {
  const acts = useActs(alarm);
  const [dialog, setDialog] = useState<"ack" | "shelve">();
  const close = (): void => setDialog(undefined);
  const acknowledge = (comment?: string): void => {
    acts.acknowledge(comment);
    const at = rows.findIndex((row) => row.id === alarm?.id);
    const after = rows[at + 1] ?? rows[at - 1];
    if (after !== undefined && acts.why === undefined) onChoose(after);
  };
  const can = alarm !== undefined && acts.why === undefined;
  useKeys({
    a: () => acknowledge(),
    c: () => can && setDialog("ack"),
    s: () => can && alarm.priority !== 1 && setDialog("shelve"),
    g: acts.goto,
    t: acts.trend,
  });
  return (
    <>
      <RefusalNote error={acts.refusal} />
      <AlarmTable rows={rows} chosen={alarm?.id} onChoose={onChoose} onOpen={acts.goto} />
      <Detail alarm={alarm} acts={{ ...acts, acknowledge }} onComment={() => setDialog("ack")} onShelve={() => setDialog("shelve")} />
      {dialog === "ack" && alarm !== undefined && <AckDialog alarm={alarm} onClose={close} onAck={acknowledge} />}
      {dialog === "shelve" && alarm !== undefined && <ShelveDialog alarm={alarm} onClose={close} onShelve={acts.shelve} />}
    </>
  );
}
