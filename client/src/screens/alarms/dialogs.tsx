/** Acknowledge with a comment; shelve for some minutes with a reason. */
import type { Alarm } from "@cellhouse/shared";
import type { FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "../../parts/dialog.tsx";

export function AckDialog({ alarm, onClose, onAck }: { alarm: Alarm; onClose: () => void; onAck: (comment: string) => void }) {
  const { t } = useTranslation();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onAck(String(new FormData(event.currentTarget).get("comment") ?? ""));
    onClose();
  };
  return (
    <Dialog title={`${t("alarm.ackComment")}: ${alarm.id}`} onClose={onClose}>
      <form onSubmit={submit}>
        <label>
          {t("alarm.comment")}
          <textarea name="comment" rows={3} maxLength={500} required />
        </label>
        <Buttons text={t("alarm.ack")} onClose={onClose} />
      </form>
    </Dialog>
  );
}

interface ShelveProps {
  alarm: Alarm;
  onClose: () => void;
  onShelve: (minutes: number, reason: string) => void;
}

export function ShelveDialog({ alarm, onClose, onShelve }: ShelveProps) {
  const { t } = useTranslation();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    onShelve(Number(form.get("minutes")), String(form.get("reason") ?? ""));
    onClose();
  };
  return (
    <Dialog title={`${t("alarm.shelve")}: ${alarm.id}`} onClose={onClose}>
      <form onSubmit={submit}>
        <label>
          {t("alarm.minutes")}
          <input name="minutes" type="number" min="1" max="480" defaultValue="30" required />
        </label>
        <label>
          {t("alarm.reason")}
          <textarea name="reason" rows={2} maxLength={500} required />
        </label>
        <Buttons text={t("alarm.shelve")} onClose={onClose} />
      </form>
    </Dialog>
  );
}

function Buttons({ text, onClose }: { text: string; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <span className="actions">
      <button type="submit" className="primary">
        {text}
      </button>
      <button type="button" onClick={onClose}>
        {t("shell.cancel")}
      </button>
    </span>
  );
}
