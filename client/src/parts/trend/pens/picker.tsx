/** A tag by its words: type, arrows choose, Enter takes it. */
import type { Tag } from "@cellhouse/shared";
import { type KeyboardEvent, type RefObject, useDeferredValue, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePlant } from "../../../live/hooks.ts";
import { tagWords } from "../../plant-words.ts";
import { findTags } from "./find-tags.ts";

interface Props {
  label: string;
  /** What stands in the empty field. */
  hint: string;
  field?: RefObject<HTMLInputElement | null>;
  /** The key that leads to the field. */
  shortcut?: string;
  disabled?: boolean;
  onAdd: (tag: Tag) => void;
}

export function Picker({ label, hint, field, shortcut, disabled = false, onAdd }: Props) {
  const plant = usePlant();
  const { t } = useTranslation();
  const id = useId();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const wanted = useDeferredValue(text);
  const search = (what: string): Tag[] => findTags(what, plant, (name) => tagWords(t, name));
  // biome-ignore lint/correctness/useExhaustiveDependencies: searched anew when the words or the plant change
  const hits = useMemo(() => search(wanted), [wanted, plant]);
  const add = (tag: Tag | undefined): void => {
    if (tag === undefined) return;
    onAdd(tag);
    setText("");
    setChosen(0);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") setChosen(Math.min(hits.length - 1, chosen + 1));
    else if (event.key === "ArrowUp") setChosen(Math.max(0, chosen - 1));
    // The list lags behind fast typing; Enter means what was typed.
    else if (event.key === "Enter") add((wanted === text ? hits : search(text))[chosen]);
    else if (event.key === "Escape" && text !== "") setText("");
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const open = text.trim() !== "";
  return (
    <search className="picker">
      <input
        ref={field}
        type="search"
        role="combobox"
        aria-expanded={open && hits.length > 0}
        aria-controls={id}
        aria-activedescendant={open && hits.length > 0 ? `${id}-${chosen}` : undefined}
        aria-label={label}
        aria-keyshortcuts={shortcut}
        placeholder={hint}
        disabled={disabled}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setChosen(0);
        }}
        onKeyDown={onKey}
        onBlur={() => setText("")}
      />
      <div className="hits" id={id} role="listbox" aria-label={label} hidden={!open}>
        {hits.map((tag, i) => (
          <button
            key={tag.path}
            id={`${id}-${i}`}
            type="button"
            role="option"
            aria-selected={i === chosen}
            tabIndex={-1}
            // Before the field loses the focus, and with it the list.
            onPointerDown={(event) => {
              event.preventDefault();
              add(tag);
            }}
          >
            <span className="kind">{tag.owner}</span> <strong>{tag.definition.name}</strong>{" "}
            <span className="note">{tagWords(t, tag.definition.name)}</span>
          </button>
        ))}
      </div>
      {open && wanted === text && hits.length === 0 && (
        <p className="nothing" role="status">
          {t("search.nothing")}
        </p>
      )}
    </search>
  );
}
