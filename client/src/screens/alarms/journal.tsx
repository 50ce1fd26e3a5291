/** The journal: what happened in a span, the newest first, older on demand. */
import type { JournalEvent } from "@cellhouse/shared";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { usePlant } from "../../live/hooks.ts";
import { dayTime } from "../../parts/format.ts";
import { RefusalNote } from "../../parts/refusal-note.tsx";
import { tellEvent } from "./tell-event.ts";
import { type JournalFilter, KINDS, SPANS, useJournal } from "./use-journal.ts";

export function Journal() {
  const { t } = useTranslation();
  const [params] = useSearchParams();
  const [filter, setFilter] = useState(() => asked(params));
  const { events, more, reachable, busy, older, error } = useJournal(filter);
  return (
    <div className="journal">
      <Filter filter={filter} onChange={setFilter}>
        {events !== undefined && t(more ? "journal.newest" : "journal.all", { shown: events.length })}
      </Filter>
      <RefusalNote error={error} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className="panel journal-table" aria-label={t("alarm.journal")} tabIndex={0}>
        {events?.length === 0 && <p className="muted">{t("journal.empty")}</p>}
        <Lines events={events ?? []} />
        {more && (
          <p className="older">
            {reachable ? (
              <button type="button" disabled={busy} onClick={older}>
                {t("journal.older")}
              </button>
            ) : (
              t("journal.most")
            )}
          </p>
        )}
      </section>
    </div>
  );
}

/** What a link to the journal asks for: `journal` its span, `kind` and `cell`. */
function asked(params: URLSearchParams): JournalFilter {
  const span = Object.keys(SPANS).find((name) => name === params.get("journal")) as keyof typeof SPANS | undefined;
  const kind = KINDS.find((name) => name === params.get("kind"));
  return { span: span ?? "h1", kind: kind ?? "", cell: params.get("cell") ?? "" };
}

interface FilterProps {
  filter: JournalFilter;
  onChange: (filter: JournalFilter) => void;
  children: ReactNode;
}

function Filter({ filter, onChange, children }: FilterProps) {
  const { t } = useTranslation();
  return (
    <search className="filter-bar">
      <label>
        {t("journal.hours")}{" "}
        <select value={filter.span} onChange={(event) => onChange({ ...filter, span: event.target.value as keyof typeof SPANS })}>
          {Object.keys(SPANS).map((name) => (
            <option key={name} value={name}>
              {t(`journal.${name}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("journal.kind")}{" "}
        <select value={filter.kind} onChange={(event) => onChange({ ...filter, kind: event.target.value })}>
          <option value="">{t("alarm.all")}</option>
          {KINDS.map((k) => (
            <option key={k} value={k}>
              {t(`journal.${k}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("alarm.cell")}{" "}
        <input
          type="search"
          value={filter.cell}
          placeholder="C042"
          onChange={(event) => onChange({ ...filter, cell: event.target.value })}
        />
      </label>
      <span className="muted figure">{children}</span>
    </search>
  );
}

function Lines({ events }: { events: readonly JournalEvent[] }) {
  const { t } = useTranslation();
  const zone = usePlant().description.timezone;
  return (
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
        {events.map((event) => {
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
  );
}
