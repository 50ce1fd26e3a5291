/** A refusal in the person's words: what happened, what is particular here, what to do. */
import type { FaultCode } from "@cellhouse/shared";
import { useTranslation } from "react-i18next";
import { Refusal } from "../live/api.ts";

export function RefusalNote({ error }: { error: unknown }) {
  const { t } = useTranslation();
  if (error === undefined || error === null) return null;
  if (error instanceof Refusal && error.status === 0)
    return (
      <p className="refusal" role="alert">
        <strong>{t("lost.title")}</strong> {t("lost.remedy")}
      </p>
    );
  const code: FaultCode = error instanceof Refusal ? error.code : "E_INTERNAL";
  return <CodeNote code={code} detail={error instanceof Error ? (error instanceof Refusal ? error.detail : error.message) : ""} />;
}

export function CodeNote({ code, detail }: { code: FaultCode; detail: string }) {
  const { t } = useTranslation();
  return (
    <p className="refusal" role="alert">
      <strong>{t(`faults.${code}.message`)}</strong> {detail !== "" && <span>{detail}. </span>}
      <span>{t(`faults.${code}.remedy`)}.</span> <code>{code}</code>
    </p>
  );
}
