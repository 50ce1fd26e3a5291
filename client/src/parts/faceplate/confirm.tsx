/** The second step of a command by button: the question, Send, Withdraw, and the reason. Send has the focus; Esc and Tab lead away. */
import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Reason } from "./reason.tsx";

const focus = (button: HTMLButtonElement | null): void => button?.focus();

interface Props {
  question: string;
  /** What the reason is of. */
  title: string;
  onSend: (reason: string) => void;
  onWithdraw: () => void;
}

export function Confirm({ question, title, onSend, onWithdraw }: Props) {
  const { t } = useTranslation();
  const [reason, explain] = useState("");
  const send = (): void => onSend(reason);
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    onWithdraw();
  };
  return (
    <div className="preview" role="status">
      <p>{question}</p>
      <span className="actions">
        <button type="button" className="primary" ref={focus} onClick={send} onKeyDown={onKey}>
          {t("faceplate.send")}
        </button>
        <button type="button" onClick={onWithdraw}>
          {t("faceplate.withdraw")}
        </button>
      </span>
      <Reason text={reason} title={title} onType={explain} onSend={send} onWithdraw={onWithdraw} />
    </div>
  );
}
