/** Certificates of the servers we connect to: who they are, until when they hold, which link waits for them. Admins decide. */
import type { Certificate } from "@cellhouse/shared";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLive, useObservable, usePlant } from "../../live/hooks.ts";
import { day } from "../../parts/format.ts";
import { RefusalNote } from "../../parts/refusal-note.tsx";

const POLL_MS = 5000;
/** What needs a decision first. */
const ORDER = { rejected: 0, trusted: 1, own: 2 } as const;

export function Certificates() {
  const { t } = useTranslation();
  const live = useLive();
  const role = useObservable(live.session)?.role;
  const mayRead = role === "engineer" || role === "admin";
  const [failure, setFailure] = useState<unknown>();
  const { data, error, refetch } = useQuery({
    queryKey: ["certificates"],
    queryFn: () => live.api.get<{ certificates: Certificate[] }>("certificates"),
    refetchInterval: POLL_MS,
    enabled: mayRead,
  });
  const decide = (thumbprint: string, decision: "trust" | "reject"): void => {
    setFailure(undefined);
    live.api.send("POST", `certificates/${thumbprint}/${decision}`).then(() => void refetch(), setFailure);
  };
  if (!mayRead) return <p className="muted">{t("system.certificatesFor")}</p>;
  const sorted = [...(data?.certificates ?? [])].sort((a, b) => ORDER[a.state] - ORDER[b.state]);
  return (
    <>
      <RefusalNote error={failure ?? error} />
      {data !== undefined && sorted.length === 0 && <p className="muted">{t("system.noCertificates")}</p>}
      <ul className="certificates">
        {sorted.map((one) => (
          <CertificateRow key={one.thumbprint} certificate={one} decides={role === "admin"} onDecide={decide} />
        ))}
      </ul>
      {role !== "admin" && <p className="muted">{t("system.adminsDecide")}</p>}
    </>
  );
}

interface CertificateRowProps {
  certificate: Certificate;
  decides: boolean;
  onDecide: (thumbprint: string, decision: "trust" | "reject") => void;
}

function CertificateRow({ certificate: c, decides, onDecide }: CertificateRowProps) {
  const { t } = useTranslation();
  const zone = usePlant().description.timezone;
  const [sure, setSure] = useState(false);
  const decision = c.state === "trusted" ? "reject" : "trust";
  return (
    <li data-state={c.state}>
      <strong>{t(`system.certificate.${c.state}`)}</strong> <span>{c.subject}</span>
      <p className="muted">
        {t("system.issuer", { issuer: c.issuer })}; <span className="figure">{`${day(c.from, zone)} – ${day(c.to, zone)}`}</span>
        {c.links.length > 0 && `; ${c.links.join(", ")}`}
      </p>
      <code>{c.thumbprint}</code>
      {decides && c.state !== "own" && (
        <p className="buttons">
          {sure ? (
            <>
              <button type="button" className="primary" onClick={() => onDecide(c.thumbprint, decision)}>
                {t(`system.${decision}Sure`)}
              </button>{" "}
              <button type="button" onClick={() => setSure(false)}>
                {t("shell.cancel")}
              </button>
            </>
          ) : (
            <button type="button" onClick={() => setSure(true)}>
              {t(`system.${decision}`)}
            </button>
          )}
        </p>
      )}
    </li>
  );
}
