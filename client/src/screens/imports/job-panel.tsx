/** The import looked at, from its first byte to its last sample: how far it is, what its check has found, what may be done next. */
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { usePlant } from "../../live/hooks.ts";
import { count, dayTime, size } from "../../parts/format.ts";
import { Go } from "../../parts/go.tsx";
import { CodeNote, RefusalNote } from "../../parts/refusal-note.tsx";
import { type ImportJob, isMoving, trendsOf } from "./job.ts";
import { FileField } from "./order-form.tsx";
import { Report } from "./report.tsx";
import type { ImportActs } from "./use-imports.ts";

interface JobProps {
  job: ImportJob;
  /** The file it was begun with, where this page still has it and what was said of it. */
  file: File | undefined;
  acts: ImportActs;
}

export function JobPanel({ job, file, acts }: JobProps) {
  const { t } = useTranslation();
  const zone = usePlant().description.timezone;
  const heading = useRef<HTMLHeadingElement>(null);
  // What had the focus is gone with the state before.
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked anew with each state
  useEffect(() => heading.current?.focus(), [job.id, job.state]);
  return (
    <section className="panel import-job" aria-labelledby="import-job">
      <h2 id="import-job" ref={heading} tabIndex={-1}>
        {t(`imports.states.${job.state}`)}
      </h2>
      <p className="figure muted">{`${dayTime(job.created, zone)}, ${t(`imports.formats.${job.format}`)}, ${size(job.bytes)}`}</p>
      {job.state === "open" && <Sending job={job} file={file} acts={acts} />}
      {isMoving(job) && <Moving job={job} />}
      {job.fault !== undefined && <CodeNote {...job.fault} />}
      {(job.state === "checked" || job.state === "done") && <Report job={job} />}
      {job.state === "checked" && <Entry job={job} onCommit={acts.commit} />}
      <RefusalNote error={acts.error} />
      <Ways job={job} file={file} acts={acts} />
    </section>
  );
}

/** On its way, or waiting for the rest of its bytes. */
function Sending({ job, file, acts: { sending, resume } }: JobProps) {
  const { t } = useTranslation();
  if (sending !== undefined)
    return <Progress at={sending.bytes} of={sending.of} text={t("imports.sent", { bytes: size(sending.bytes), of: size(sending.of) })} />;
  return (
    <>
      <p>{t("imports.rest", { bytes: size(job.bytes) })}</p>
      {file === undefined ? (
        <FileField onFile={resume} />
      ) : (
        <p>
          <button type="button" className="primary" onClick={() => resume(file)}>
            {t("imports.resume")}
          </button>
        </p>
      )}
    </>
  );
}

function Moving({ job: { state, rows, samples, entered } }: { job: ImportJob }) {
  const { t } = useTranslation();
  return state === "checking" ? (
    <Progress text={t("imports.checking", { rows: count(rows) })} />
  ) : (
    <Progress at={entered} of={samples} text={t("imports.entering", { n: count(entered), of: count(samples) })} />
  );
}

/** Without `at`: nobody knows how much is left. */
function Progress({ at, of, text }: { at?: number; of?: number; text: string }) {
  return (
    <p className="progress">
      <progress value={at} max={of} aria-label={text} /> <span role="status">{text}</span>
    </p>
  );
}

function Entry({ job: { samples }, onCommit }: { job: ImportJob; onCommit: () => void }) {
  const { t } = useTranslation();
  if (samples === 0) return <p className="why">{t("imports.nothing")}</p>;
  return (
    <>
      <p>{t("imports.means")}</p>
      <p>
        <button type="button" className="primary" onClick={onCommit}>
          {t("imports.enter", { n: count(samples) })}
        </button>
      </p>
    </>
  );
}

/** Where one may go from here. */
function Ways({ job, file, acts }: JobProps) {
  const { t } = useTranslation();
  const trends = trendsOf(job, usePlant());
  const over = job.state === "done";
  const back = (): void => {
    acts.remove(job.id);
    acts.leave(job.fault);
  };
  return (
    <div className="actions">
      {over && trends !== undefined && (
        <Go to={trends} className="button primary">
          {t("imports.trends")}
        </Go>
      )}
      {file !== undefined && (job.state === "checked" || job.state === "failed") && (
        <button type="button" onClick={back}>
          {t("imports.change")}
        </button>
      )}
      <button type="button" onClick={over ? () => acts.leave() : () => acts.remove(job.id)}>
        {t(over ? "imports.another" : "imports.back")}
      </button>
      {!over && (
        <button type="button" onClick={() => acts.leave()}>
          {t("imports.later")}
        </button>
      )}
    </div>
  );
}
