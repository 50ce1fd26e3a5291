/** The architecture alive: each stage with its rate, each link with its state. */
import { useTranslation } from "react-i18next";
import { useLive, useObservable } from "../../live/hooks.ts";
import { Certificates } from "./certificates.tsx";
import { LinkTable } from "./link-table.tsx";
import { Pipeline } from "./pipeline.tsx";
import { RawTap } from "./raw-tap.tsx";
import { Storage } from "./storage.tsx";
import "./system.css";

export default function System() {
  const { t } = useTranslation();
  const live = useLive();
  const links = useObservable(live.links);
  const replay = useObservable(live.replay) !== null;
  return (
    <div className="system-screen">
      {replay && (
        <p className="panel" role="note">
          {t("system.asOfNow")}
        </p>
      )}
      <section className="panel" aria-labelledby="pipe-title">
        <h2 id="pipe-title">{t("system.pipeline")}</h2>
        <Pipeline links={links} />
      </section>
      <div className="panel">
        <h2>{t("system.links")}</h2>
        <LinkTable links={links} />
      </div>
      <section className="panel" aria-labelledby="storage-title">
        <h2 id="storage-title">{t("storage.title")}</h2>
        <Storage />
      </section>
      <section className="panel" aria-labelledby="certificates-title">
        <h2 id="certificates-title">{t("system.certificates")}</h2>
        <Certificates />
      </section>
      <div className="panel">
        <h2>{t("system.tap")}</h2>
        <RawTap />
      </div>
    </div>
  );
}
