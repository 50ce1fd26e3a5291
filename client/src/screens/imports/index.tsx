/** Import: samples from a file are mapped, checked, seen, and enter history when an engineer says so. */
import { useTranslation } from "react-i18next";
import { useCapabilities, useLive, useObservable } from "../../live/hooks.ts";
import { whyNoImport } from "../../parts/capability.ts";
import "./imports.css";
import { JobPanel } from "./job-panel.tsx";
import { OrderForm } from "./order-form.tsx";
import { OwnImports } from "./own-imports.tsx";
import { useFile } from "./use-file.ts";
import { useImports } from "./use-imports.ts";

export default function Imports() {
  const { t } = useTranslation();
  const why = whyNoImport(useObservable(useLive().session)?.role, useCapabilities());
  if (why !== undefined) return <p className="panel">{t(why === "role" ? "imports.engineersOnly" : "why.replay")}</p>;
  return <Desk />;
}

function Desk() {
  const { t } = useTranslation();
  const acts = useImports();
  const desk = useFile();
  const { job } = acts;
  const file = acts.file === desk.chosen?.file ? acts.file : undefined;
  return (
    <section
      className="imports-screen"
      aria-label={t("screens.import")}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        const [file] = event.dataTransfer.files;
        if (file !== undefined && job === undefined) desk.take(file);
      }}
    >
      {job === undefined ? <OrderForm desk={desk} acts={acts} /> : <JobPanel job={job} file={file} acts={acts} />}
      <OwnImports acts={acts} />
    </section>
  );
}
