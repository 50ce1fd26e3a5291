/** A text that the head of the file does not show. */
import { useState } from "react";
import { useTranslation } from "react-i18next";

export function AddField({ label, onAdd }: { label: string; onAdd: (text: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const add = (): void => {
    if (text.trim() !== "") onAdd(text.trim());
    setText("");
  };
  return (
    <p className="add-field">
      <label>
        {label}
        <input
          value={text}
          onChange={({ target }) => setText(target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            add();
          }}
        />
      </label>{" "}
      <button type="button" onClick={add}>
        {t("imports.add")}
      </button>
    </p>
  );
}
