/** `/`: type, arrows choose, Enter goes. */
import { type KeyboardEvent, useCallback, useDeferredValue, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLive, usePlant } from "../../live/hooks.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { useGo } from "../../parts/go.tsx";
import { tagWords } from "../../parts/plant-words.ts";
import { SCREENS } from "../../screens/index.ts";
import { find } from "./find.ts";

export function Search({ onClose }: { onClose: () => void }) {
  const live = useLive();
  const plant = usePlant();
  const { t } = useTranslation();
  const go = useGo();
  const id = useId();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const wanted = useDeferredValue(text);
  const search = useCallback(
    (what: string) => {
      const screens = SCREENS.filter((s) => s.nav).map((s) => ({ text: t(s.title), path: s.path }));
      return find(what, { plant, alarms: [...live.alarms.get().all.values()], screens, words: (tag) => tagWords(t, tag) });
    },
    [plant, live, t],
  );
  const hits = useMemo(() => search(wanted), [search, wanted]);
  const open = (path: string | undefined): void => {
    if (path === undefined) return;
    onClose();
    go(path);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") setChosen(Math.min(hits.length - 1, chosen + 1));
    else if (event.key === "ArrowUp") setChosen(Math.max(0, chosen - 1));
    // The list lags behind fast typing; Enter means what was typed.
    else if (event.key === "Enter") open((wanted === text ? hits : search(text))[chosen]?.path);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={t("search.title")} onClose={onClose}>
      <input
        type="search"
        className="search-field"
        role="combobox"
        aria-expanded={hits.length > 0}
        aria-controls={id}
        aria-activedescendant={hits.length > 0 ? `${id}-${chosen}` : undefined}
        aria-label={t("search.title")}
        placeholder={t("search.hint")}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setChosen(0);
        }}
        onKeyDown={onKey}
      />
      {wanted.trim() !== "" && hits.length === 0 && <p role="status">{t("search.nothing")}</p>}
      <div className="hits" id={id} role="listbox" aria-label={t("search.title")}>
        {hits.map((hit, i) => (
          <button
            key={`${hit.kind}${hit.text}`}
            id={`${id}-${i}`}
            type="button"
            role="option"
            aria-selected={i === chosen}
            tabIndex={-1}
            onClick={() => open(hit.path)}
          >
            <span className="kind">{t(`search.${hit.kind}`)}</span> <strong>{hit.text}</strong> <span className="note">{hit.note}</span>
          </button>
        ))}
      </div>
    </Dialog>
  );
}
