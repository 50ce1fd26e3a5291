/** What is kept on the disk, how far its readers are behind, how long there is room, and when it was last backed up and checked. */
import type { StorageState } from "@cellhouse/shared";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useLive, useNow, usePlant } from "../../live/hooks.ts";
import { age, count, dayTime, figure, size } from "../../parts/format.ts";
import { RefusalNote } from "../../parts/refusal-note.tsx";
import "./storage.css";

const POLL_MS = 10_000;

export function Storage() {
  const { t } = useTranslation();
  const live = useLive();
  const { data, error } = useQuery({
    queryKey: ["storage"],
    queryFn: () => live.api.get<StorageState>("storage"),
    refetchInterval: POLL_MS,
  });
  if (data === undefined) return error === null ? <p className="muted">{t("storage.asking")}</p> : <RefusalNote error={error} />;
  return (
    <>
      <RefusalNote error={error} />
      <dl className="storage-facts">
        <Disk disk={data.disk} />
        <Recorder recorder={data.recorder} />
        <Readers readers={data.readers} />
        <Engine storage={data} />
        <Fact name={t("storage.ledger")} value={size(data.ledger)} />
        <Fact name={t("storage.exchange")} value={size(data.exchange)} />
        <Backup storage={data} />
        <Check storage={data} />
      </dl>
      {data.resolutions.length > 0 && <ResolutionTable resolutions={data.resolutions} />}
      {data.check !== undefined && <Findings findings={data.check.findings} />}
    </>
  );
}

function Engine({ storage: { engine, away, resolutions } }: { storage: StorageState }) {
  const { t } = useTranslation();
  const { bytes = 0, rows = 0 } = resolutions.find(({ resolution }) => resolution === "raw") ?? {};
  const notes = [
    away !== undefined && `${t("storage.away")}: ${away}`,
    rows > 0 && bytes > 0 && t("storage.perValue", { n: figure(bytes / rows, 1) }),
  ];
  return <Fact name={t("storage.engine")} value={engine} bad={away !== undefined} notes={notes} />;
}

interface FactProps {
  name: string;
  value: string;
  bad?: boolean;
  /** One line each; those that are not known are left out. */
  notes?: readonly (string | false)[];
  children?: ReactNode;
}

function Fact({ name, value, bad = false, notes = [], children }: FactProps) {
  return (
    <div data-bad={bad || undefined}>
      <dt>{name}</dt>
      <dd className="big figure">{value}</dd>
      {notes
        .filter((note) => note !== false)
        .map((note) => (
          <dd key={note} className="muted">
            {note}
          </dd>
        ))}
      {children}
    </div>
  );
}

/** Room for less than this asks for someone to act. */
const FEW_DAYS = 14;

function Disk({ disk: { free, size: all, perDay, daysLeft } }: Pick<StorageState, "disk">) {
  const { t } = useTranslation();
  const notes = [
    t("storage.ofDisk", { size: size(all) }),
    daysLeft !== undefined && t("storage.daysLeft", { n: count(Math.floor(daysLeft)), perDay: size(perDay ?? 0) }),
  ];
  return <Fact name={t("storage.free")} value={size(free)} bad={daysLeft !== undefined && daysLeft < FEW_DAYS} notes={notes} />;
}

function Recorder({ recorder: { bytes, oldest, rate, days, most } }: Pick<StorageState, "recorder">) {
  const { t } = useTranslation();
  const zone = usePlant().description.timezone;
  const notes = [
    oldest !== undefined && t("storage.since", { time: dayTime(oldest, zone) }),
    t("storage.keeps", { days: figure(days, 0), most: size(most) }),
    t("storage.rate", { n: figure(rate, 0) }),
  ];
  return <Fact name={t("storage.record")} value={size(bytes)} notes={notes} />;
}

/** Behind by more than this a trend no longer shows the present. */
const LATE_S = 60;

function Readers({ readers }: Pick<StorageState, "readers">) {
  const { t } = useTranslation();
  return readers.map(({ name, samples, seconds, toKeep }) => (
    <Fact
      key={name}
      name={t("storage.behind", { name })}
      value={age(seconds * 1000)}
      bad={seconds > LATE_S}
      notes={[t("storage.samples", { n: count(samples) }), t("storage.toKeep", { n: count(toKeep) })]}
    />
  ));
}

function Backup({ storage: { backup } }: { storage: StorageState }) {
  const { t } = useTranslation();
  const zone = usePlant().description.timezone;
  const now = useNow(60_000);
  if (backup === undefined) return <Never name={t("storage.backup")} command="npm run backup -- --to …" />;
  const notes = [dayTime(backup.time, zone), `${t("storage.files", { n: count(backup.files) })}, ${size(backup.bytes)}`];
  return <Fact name={t("storage.backup")} value={t("storage.ago", { age: age(now - backup.time) })} notes={notes} />;
}

function Check({ storage: { check } }: { storage: StorageState }) {
  const { t } = useTranslation();
  const zone = usePlant().description.timezone;
  const now = useNow(60_000);
  if (check === undefined) return <Never name={t("storage.check")} command="npm run backup -- check" />;
  const wrong = check.findings.length;
  const notes = [
    `${dayTime(check.time, zone)} (${t("storage.ago", { age: age(now - check.time) })})`,
    t("storage.files", { n: count(check.files) }),
  ];
  const value = wrong === 0 ? t("storage.intact") : t("storage.findings", { n: wrong });
  return <Fact name={t("storage.check")} value={value} bad={wrong > 0} notes={notes} />;
}

/** What has not been done yet, and what does it. */
function Never({ name, command }: { name: string; command: string }) {
  const { t } = useTranslation();
  return (
    <Fact name={name} value={t("storage.never")}>
      <dd>
        <code>{command}</code>
      </dd>
    </Fact>
  );
}

function ResolutionTable({ resolutions }: Pick<StorageState, "resolutions">) {
  const { t } = useTranslation();
  const zone = usePlant().description.timezone;
  const time = (ms: number | undefined): string => (ms === undefined ? "" : dayTime(ms, zone));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="storage-table" aria-label={t("storage.history")} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("storage.resolution")}</th>
            <th scope="col">{t("storage.rows")}</th>
            <th scope="col">{t("storage.size")}</th>
            <th scope="col">{t("storage.perRow")}</th>
            <th scope="col">{t("storage.oldest")}</th>
            <th scope="col">{t("storage.newest")}</th>
          </tr>
        </thead>
        <tbody>
          {resolutions.map(({ resolution, rows, bytes, oldest, newest }) => (
            <tr key={resolution}>
              <th scope="row">{resolution === "raw" ? t("storage.raw") : resolution}</th>
              <td>{count(rows)}</td>
              <td>{bytes === 0 ? "" : size(bytes)}</td>
              <td>{rows === 0 || bytes === 0 ? "" : `${figure(bytes / rows, 1)} B`}</td>
              <td>{time(oldest)}</td>
              <td>{time(newest)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Findings({ findings }: Pick<NonNullable<StorageState["check"]>, "findings">) {
  return (
    <ul className="findings">
      {findings.map(({ file, reason, remedy }) => (
        <li key={`${file} ${reason}`}>
          <strong>{file}</strong> {reason}. {remedy}.
        </li>
      ))}
    </ul>
  );
}
