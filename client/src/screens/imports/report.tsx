/** What the check of a file has found. */
import { useTranslation } from "react-i18next";
import { usePlant } from "../../live/hooks.ts";
import { count, dayTime } from "../../parts/format.ts";
import type { ImportJob } from "./job.ts";

export function Report({ job }: { job: ImportJob }) {
  const { t } = useTranslation();
  const zone = usePlant().description.timezone;
  const word = useReason();
  const { from, to, rejected, rejects } = job;
  return (
    <>
      <dl className="report">
        <dt>{t("imports.rows")}</dt>
        <dd className="figure">{count(job.rows)}</dd>
        <dt>{t("imports.samples")}</dt>
        <dd className="figure">{count(job.samples)}</dd>
        {from !== undefined && to !== undefined && (
          <>
            <dt>{t("imports.span")}</dt>
            <dd className="figure">{`${dayTime(from, zone)} – ${dayTime(to, zone)} (${zone})`}</dd>
          </>
        )}
        <dt>{t("imports.rejected")}</dt>
        <dd>
          {Object.entries(rejected).map(([reason, n]) => (
            <span key={reason} className="reject-count">
              {word(reason)}: <span className="figure">{count(n)}</span>
            </span>
          ))}
          {Object.keys(rejected).length === 0 && t("imports.noneRejected")}
        </dd>
      </dl>
      {rejects.length > 0 && <Rejects rejects={rejects} />}
    </>
  );
}

function Rejects({ rejects }: Pick<ImportJob, "rejects">) {
  const { t } = useTranslation();
  const word = useReason();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="rejects" aria-label={t("imports.firstRejects")} tabIndex={0}>
      <table>
        <caption>{t("imports.firstRejects")}</caption>
        <thead>
          <tr>
            {(["row", "column", "reason", "text"] as const).map((name) => (
              <th key={name} scope="col">
                {t(`imports.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rejects.map(({ row, column, reason, text }) => (
            <tr key={`${row}/${column}/${reason}`}>
              <td className="figure">{count(row)}</td>
              <td>{column}</td>
              <td>{word(reason)}</td>
              <td className="figure">{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Our words for why something is no sample; what the reader of the file alone knows stays as it says it. */
function useReason(): (reason: string) => string {
  const { t, i18n } = useTranslation();
  return (reason) => (i18n.exists(`imports.reasons.${reason}`) ? t(`imports.reasons.${reason}`) : reason);
}
