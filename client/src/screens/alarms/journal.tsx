/** The journal: what happened in a span, the newest first. */
import type { JournalEvent } from "@cellhouse/shared";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { query } from "../../live/api.ts";
import { useLive, useObservable, usePlant } from "../../live/hooks.ts";
import { dayTime } from "../../parts/format.ts";
import { RefusalNote } from "../../parts/refusal-note.tsx";
import { tellEvent } from "./tell-event.ts";

const SPANS = { h1: 3_600_000, h8: 8 * 3_600_000, h24: 24 * 3_600_000, d7: 7 * 24 * 3_600_000 } as const;
const KINDS = ["alarm", "command", "link", "session", "fault", "config", "system"] as const;
const SHOWN = 500;
const MOST = 5000;

export function Journal() {
  const live = useLive();
  const { t } = useTranslation();
  const zone = usePlant().description.timezone;
  const epoch = useObservable(live.epoch);
  const [span, setSpan] = useState<keyof typeof SPANS>("h1");
  const [kind, setKind] = useState("");
  const [cell, setCell] = useState("");
  const { data, error } = useQuery({
    queryKey: ["journal", span, kind, cell, epoch],
    queryFn: () =>
      readAll(live, {
        from: Math.floor(live.now() - SPANS[span]),
        to: Math.ceil(live.now()),
        kind,
        cell: /^[CL]\d{2,3}$/i.test(cell) ? cell.toUpperCase() : "",
      }),
    refetchInterval: 5000,
  });
  const events = data ?? [];
  return (
    <div className="journal">
      <search className="filter-bar">
        <label>
          {t("journal.hours")}{" "}
          <select value={span} onChange={(event) => setSpan(event.target.value as keyof typeof SPANS)}>
            {Object.keys(SPANS).map((name) => (
              <option key={name} value={name}>
                {t(`journal.${name}`)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("journal.kind")}{" "}
          <select value={kind} onChange={(event) => setKind(event.target.value)}>
            <option value="">{t("alarm.all")}</option>
            {KINDS.map((k) => (
              <option key={k} value={k}>
                {t(`journal.${k}`)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("alarm.cell")} <input type="search" value={cell} placeholder="C042" onChange={(event) => setCell(event.target.value)} />
        </label>
        <span className="muted figure">{t("alarm.shown", { shown: Math.min(SHOWN, events.length), all: events.length })}</span>
      </search>
      <RefusalNote error={error} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className="panel journal-table" aria-label={t("alarm.journal")} tabIndex={0}>
        {events.length === 0 && <p className="muted">{t("journal.empty")}</p>}
        <table>
          <thead>
            <tr>
              <th scope="col">{t("journal.time")}</th>
              <th scope="col">{t("journal.kind")}</th>
              <th scope="col">{t("journal.what")}</th>
              <th scope="col">{t("journal.by")}</th>
            </tr>
          </thead>
          <tbody>
            {events.slice(0, SHOWN).map((event) => {
              const { what, by } = tellEvent(event);
              return (
                <tr key={event.seq}>
                  <td className="figure">{dayTime(event.time, zone)}</td>
                  <td>{t(`journal.${event.kind}`)}</td>
                  <td>{what}</td>
                  <td>{by}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
    </div>
  );
}

/** All pages of a span up to `MOST` lines, the newest first. */
async function readAll(
  live: ReturnType<typeof useLive>,
  filter: { from: number; to: number; kind: string; cell: string },
): Promise<JournalEvent[]> {
  const events: JournalEvent[] = [];
  let after: string | undefined;
  do {
    const page = await live.api.get<{ events: JournalEvent[]; next?: string }>(`journal${query({ ...filter, after, limit: 1000 })}`);
    events.push(...page.events);
    after = page.next;
  } while (after !== undefined && events.length < MOST);
  return events.sort((a, b) => b.time - a.time || b.seq - a.seq);
}
