/** Why something is written to the plant, in the person's own words; may stay empty. Enter sends, Esc withdraws, as in the field above. */
import { useTranslation } from "react-i18next";

/** Longest the server takes. */
const LONGEST = 500;

interface Props {
  text: string;
  /** What it is the reason of: names the field for people who do not see the screen. */
  title: string;
  onType: (text: string) => void;
  onSend: () => void;
  onWithdraw: () => void;
}

export function Reason({ text, title, onType, onSend, onWithdraw }: Props) {
  const { t } = useTranslation();
  return (
    <input
      className="reason"
      value={text}
      maxLength={LONGEST}
      placeholder={t("faceplate.reason")}
      aria-label={`${title}: ${t("faceplate.reason")}`}
      onChange={(event) => onType(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter" && !event.repeat) onSend();
        else if (event.key === "Escape") onWithdraw();
        else return;
        event.preventDefault();
      }}
    />
  );
}
