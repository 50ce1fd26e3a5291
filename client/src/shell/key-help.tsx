/** All keys on one page. */
import { useTranslation } from "react-i18next";
import { Dialog } from "../parts/dialog.tsx";

const KEYS: readonly [string, string][] = [
  ["/", "search"],
  ["?", "help"],
  ["Esc", "back"],
  ["← ↑ ↓ →", "move"],
  ["Enter", "open"],
  ["a", "ack"],
  ["c", "comment"],
  ["s", "shelve"],
  ["g", "goto"],
  ["t", "trend"],
  ["p", "pen"],
  ["1 2", "cursors"],
  ["+ −", "zoom"],
];

export function KeyHelp({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("keys.title")} onClose={onClose}>
      <dl className="keys">
        {KEYS.map(([key, name]) => (
          <div key={name}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(`keys.${name}`)}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={onClose}>
        {t("shell.close")}
      </button>
    </Dialog>
  );
}
