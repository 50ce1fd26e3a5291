/** Sent -> accepted -> read back (what reads nothing back: done), or the reason why not. */
import { type Tag, UNITS } from "@cellhouse/shared";
import { useTranslation } from "react-i18next";
import { meaning } from "../plant-words.ts";
import { CodeNote, RefusalNote } from "../refusal-note.tsx";
import { endOf } from "./command.ts";
import type { Sending } from "./use-command.ts";

export function CommandNote({ sending: { busy, command, error }, tag }: { sending: Sending; tag: Tag | undefined }) {
  const { t } = useTranslation();
  if (error !== undefined) return <RefusalNote error={error} />;
  if (!busy && command === undefined) return null;
  const state = command?.state;
  const step = state === undefined ? 0 : state === "pending" ? 1 : 2;
  const end = state === undefined || state === "pending" ? "verified" : state;
  if (command?.code !== undefined) return <CodeNote code={command.code} detail={command.reason ?? ""} />;
  return (
    <div role="status">
      <ol className="steps">
        <li data-done={true}>{t("command.sent")}</li>
        <li data-done={step >= 1}>{t("command.accepted")}</li>
        <li data-done={step >= 2}>
          {t(endOf(tag, end))}{" "}
          {command?.readBack !== undefined &&
            `${meaning(tag, command.readBack)} ${tag === undefined ? "" : UNITS[tag.definition.unit].symbol}`}
        </li>
      </ol>
    </div>
  );
}
