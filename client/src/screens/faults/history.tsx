/** What was ordered and ended in the last day, the newest first, from the journal. */
import type { JournalEvent } from "@cellhouse/shared";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { query } from "../../live/api.ts";
import { useLive, useObservable, usePlant } from "../../live/hooks.ts";
import { dayTime } from "../../parts/format.ts";
import { RefusalNote } from "../../parts/refusal-note.tsx";

const SPAN_MS = 24 * 3_600_000;
const MOST = 100;
const POLL_MS = 5000;

export function FaultHistory() {
  const { t, i18n } = useTranslation();
  const live = useLive();
  const epoch = useObservable(live.epoch);
  const zone = usePlant().description.timezone;
  const { data, error } = useQuery({
    queryKey: ["fault-history", epoch],
    queryFn: () => {
      const to = Math.ceil(live.now());
      return live.api.get<{ events: JournalEvent[] }>(
        `journal${query({ from: to - SPAN_MS, to, kind: "fault", order: "desc", limit: MOST })}`,
      );
    },
    refetchInterval: POLL_MS,
  });
  if (error !== null) return <RefusalNote error={error} />;
  if (data?.events.length === 0) return <p className="muted">{t("journal.empty")}</p>;
  const named = (kind: unknown): string => (i18n.exists(`disturbances.${kind}.name`) ? t(`disturbances.${kind}.name`) : String(kind));
  return (
    <table className="fault-table">
      <tbody>
        {data?.events.map((event) => (
          <tr key={event.seq}>
            <td className="figure">{dayTime(event.time, zone)}</td>
            <th scope="row">{String(event.cell)}</th>
            <td>
              {t(event.op === "stop" ? "fault.ended" : "fault.begun", { name: named(event.fault) })}{" "}
              {event.outcome !== "ok" && <code>{String(event.outcome)}</code>}
            </td>
            <td className="by">{String(event.actor ?? "")}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
