/** What is seen as a file: ordered from the server, watched while it is made, fetched with its checksum. */
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLive, usePlant } from "../../../live/hooks.ts";
import { Dialog } from "../../../parts/dialog.tsx";
import { dayTime } from "../../../parts/format.ts";
import { RefusalNote } from "../../../parts/refusal-note.tsx";
import type { TrendsView } from "../use-trends.ts";
import { FORMATS, RESOLUTIONS, useExport } from "./use-export.ts";

export function ExportDialog({ view, onClose }: { view: TrendsView; onClose: () => void }) {
  const { t } = useTranslation();
  const live = useLive();
  const zone = usePlant().description.timezone;
  const [{ from, to }] = useState(() => {
    const window = view.model.window.get();
    return { from: Math.floor(window.from), to: Math.ceil(Math.min(window.to, live.now())) };
  });
  const [format, setFormat] = useState<(typeof FORMATS)[number]>("csv");
  const [resolution, setResolution] = useState<(typeof RESOLUTIONS)[number]>("raw");
  const { job, error, order, drop } = useExport();
  const tags = view.pens.filter((pen) => !pen.hidden).map((pen) => pen.tag.path);
  const begin = (event: FormEvent): void => {
    event.preventDefault();
    order({ tags, from, to, format, resolution });
  };
  const busy = job?.state === "waiting" || job?.state === "running";
  return (
    <Dialog title={t("trends.export")} onClose={onClose}>
      <form onSubmit={begin}>
        <p className="figure">{t("trends.exported", { n: tags.length, from: dayTime(from, zone), to: dayTime(to, zone) })}</p>
        <label>
          {t("trends.format")}
          <select value={format} onChange={(event) => setFormat(event.target.value as typeof format)}>
            {FORMATS.map((name) => (
              <option key={name} value={name}>
                {t(`trends.formats.${name}`)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("trends.made")}
          <select value={resolution} onChange={(event) => setResolution(event.target.value as typeof resolution)}>
            {RESOLUTIONS.map((name) => (
              <option key={name} value={name}>
                {t(`trend.source.${name}`)}
              </option>
            ))}
          </select>
        </label>
        <RefusalNote error={error} />
        {job !== undefined && (
          <p className="figure" role="status">
            {t(`trends.job.${job.state}`, { share: Math.round(job.progress * 100), rows: job.rows })}
            {job.fault !== undefined && ` ${t(`faults.${job.fault.code}.message`)} ${job.fault.detail}`}
            {job.sha256 !== undefined && <code className="checksum">SHA-256 {job.sha256}</code>}
          </p>
        )}
        <div className="actions">
          {job?.state === "done" ? (
            <a className="button primary" href={`/api/v1/exports/${job.id}/file`} download>
              {t("trends.fetch")}
            </a>
          ) : (
            <button type="submit" className="primary" disabled={busy || tags.length === 0}>
              {t("trends.order")}
            </button>
          )}
          <button
            type="button"
            onClick={() => {
              if (busy) drop();
              onClose();
            }}
          >
            {t(busy ? "shell.cancel" : "shell.close")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
