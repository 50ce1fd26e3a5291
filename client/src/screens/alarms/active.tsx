/** The active alarms: filter, table, guidance beside the chosen row, and the keys of section "Alarms". */
import type { Alarm } from "@cellhouse/shared";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useCapabilities, useLive, useObservable, usePlant } from "../../live/hooks.ts";
import { whyNoAcknowledge } from "../../parts/capability.ts";
import { useGo } from "../../parts/go.tsx";
import { useKeys } from "../../parts/keys.ts";
import { homeOf } from "../../parts/plant-words.ts";
import { RefusalNote } from "../../parts/refusal-note.tsx";
import { Detail } from "./detail.tsx";
import { AckDialog, ShelveDialog } from "./dialogs.tsx";
import { EVERYTHING, type Filter, filterAlarms, readFilter } from "./filter.ts";
import { FilterBar } from "./filter-bar.tsx";
import { AlarmTable } from "./table.tsx";

export function Active() {
  const live = useLive();
  const plant = usePlant();
  const { t } = useTranslation();
  const go = useGo();
  const [params, setParams] = useSearchParams();
  const filter = readFilter(params);
  const { all } = useObservable(live.alarms);
  const capabilities = useCapabilities();
  const connected = useObservable(live.phase) === "live";
  const [dialog, setDialog] = useState<"ack" | "shelve">();
  const [refusal, setRefusal] = useState<unknown>();
  const key = JSON.stringify(filter);
  const rows = useMemo(() => filterAlarms(all.values(), JSON.parse(key) as Filter, plant), [all, key, plant]);
  const chosen: Alarm | undefined = all.get(params.get("alarm") ?? "") ?? rows[0];
  const why = whyNoAcknowledge(connected, capabilities);

  const address = (changes: Record<string, string>): void =>
    setParams(
      (now) => {
        const next = new URLSearchParams(now);
        for (const [name, value] of Object.entries(changes)) value === "" ? next.delete(name) : next.set(name, value);
        return next;
      },
      { replace: true },
    );
  const pinned = params.get("alarm") ?? "";
  const first = chosen?.id ?? "";
  // biome-ignore lint/correctness/useExhaustiveDependencies: the choice stays with the alarm seen, whatever arrives above it
  useEffect(() => {
    if (first !== "" && first !== pinned) address({ alarm: first });
  }, [first, pinned]);
  const act = (what: "ack" | "shelve" | "unshelve" | "reset", body: object): void => {
    if (chosen === undefined || why !== undefined) return;
    setRefusal(undefined);
    live.api.send("POST", `alarms/${encodeURIComponent(chosen.id)}/${what}`, body).catch(setRefusal);
  };
  const acknowledge = (comment?: string): void => {
    if (chosen === undefined) return;
    const after = rows[rows.indexOf(chosen) + 1] ?? rows[rows.indexOf(chosen) - 1];
    act("ack", { occurrence: chosen.occurrence, ...(comment === undefined || comment === "" ? {} : { comment }) });
    if (after !== undefined) address({ alarm: after.id });
  };
  const goto = (): void => {
    if (chosen !== undefined) go(homeOf(plant, chosen.cell));
  };
  const trend = (): void => {
    if (chosen?.raised !== null && chosen !== undefined) go(`/cell/${chosen.cell}?at=${Math.round(chosen.raised)}&span=1800000`);
  };
  const canAct = chosen !== undefined && why === undefined;
  useKeys({
    a: () => acknowledge(),
    c: () => canAct && setDialog("ack"),
    s: () => canAct && chosen.priority !== 1 && setDialog("shelve"),
    g: goto,
    t: trend,
  });
  return (
    <div className="active-alarms">
      <FilterBar
        filter={filter}
        shown={rows.length}
        all={all.size}
        onChange={(f) => address({ ...f })}
        onClear={() => address({ ...EVERYTHING })}
      />
      <RefusalNote error={refusal} />
      <AlarmTable rows={rows} chosen={chosen?.id} onChoose={(alarm) => address({ alarm: alarm.id })} onOpen={goto} />
      <Detail
        alarm={chosen}
        why={why}
        onAck={() => acknowledge()}
        onComment={() => setDialog("ack")}
        onShelve={() => setDialog("shelve")}
        onUnshelve={() => act("unshelve", {})}
        onReset={() => act("reset", {})}
        onGoto={goto}
        onTrend={trend}
      />
      {dialog === "ack" && chosen !== undefined && <AckDialog alarm={chosen} onClose={() => setDialog(undefined)} onAck={acknowledge} />}
      {dialog === "shelve" && chosen !== undefined && (
        <ShelveDialog
          alarm={chosen}
          onClose={() => setDialog(undefined)}
          onShelve={(minutes, reason) => act("shelve", { minutes, reason })}
        />
      )}
      <p className="visually-hidden" aria-live="polite">
        {t("alarm.shown", { shown: rows.length, all: all.size })}
      </p>
    </div>
  );
}
