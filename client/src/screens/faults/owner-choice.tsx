/** Whom it befalls: any cells of any lines, or any lines. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePlant } from "../../live/hooks.ts";

interface OwnerChoiceProps {
  at: "cell" | "line";
  chosen: ReadonlySet<string>;
  onChange: (chosen: ReadonlySet<string>) => void;
  disabled: boolean;
}

export function OwnerChoice({ at, chosen, onChange, disabled }: OwnerChoiceProps) {
  const { t } = useTranslation();
  const { lines } = usePlant();
  const [shown, setShown] = useState(lines[0]?.id ?? "");
  const owners = at === "line" ? lines : (lines.find((line) => line.id === shown) ?? lines[0])?.cells;
  const toggle = (id: string): void => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    onChange(next);
  };
  return (
    <fieldset className="owner-choice" disabled={disabled}>
      <legend>{t(at === "line" ? "fault.lines" : "fault.cells")}</legend>
      {at === "cell" && (
        <label>
          {t("screens.line")}
          <select value={shown} onChange={(event) => setShown(event.target.value)}>
            {lines.map(({ id }) => (
              <option key={id}>{id}</option>
            ))}
          </select>
        </label>
      )}
      <div className="owners">
        {(owners ?? []).map(({ id }) => (
          <button key={id} type="button" aria-pressed={chosen.has(id)} onClick={() => toggle(id)}>
            {id}
          </button>
        ))}
      </div>
      <p>
        {chosen.size === 0 ? (
          <span className="muted">{t("fault.choose")}</span>
        ) : (
          <>
            {[...chosen].sort().join(", ")}{" "}
            <button type="button" onClick={() => onChange(new Set())}>
              {t("fault.chooseNone")}
            </button>
          </>
        )}
      </p>
    </fieldset>
  );
}
