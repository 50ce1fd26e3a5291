/** The tag a column or a name stands for, and how its numbers become values. */
import type { Tag } from "@cellhouse/shared";
import { UNITS } from "@cellhouse/shared";
import { useTranslation } from "react-i18next";
import { usePlant } from "../../../live/hooks.ts";
import { shortPath } from "../../../parts/trend/pens/pens.ts";
import { Picker } from "../../../parts/trend/pens/picker.tsx";
import type { TagChoice } from "../choices.ts";

interface TagFieldsProps {
  /** Of the column, or as the file calls the tag. */
  name: string;
  choice: TagChoice;
  /** Columns that may hold its quality; absent: it is told elsewhere. */
  qualities?: readonly string[];
  onChange: (choice: TagChoice) => void;
}

export function TagFields({ name, choice, qualities, onChange }: TagFieldsProps) {
  const { t } = useTranslation();
  const tag = usePlant().tag(choice.tag);
  return (
    <>
      <p className="tag-chosen">{tag === undefined ? t("imports.noTag") : labelOf(tag)}</p>
      <Picker
        label={t("imports.tagOf", { name })}
        hint={t("imports.find")}
        onAdd={(found) => onChange({ ...choice, tag: shortPath(found) })}
      />
      <div className="scale-fields">
        {(["scale", "offset"] as const).map((field) => (
          <label key={field}>
            {t(`imports.${field}`)}
            <input inputMode="decimal" value={choice[field]} onChange={({ target }) => onChange({ ...choice, [field]: target.value })} />
          </label>
        ))}
      </div>
      {qualities !== undefined && (
        <label>
          {t("imports.qualityIn")}
          <select value={choice.quality} onChange={({ target }) => onChange({ ...choice, quality: target.value })}>
            <option value="">{t("imports.noQuality")}</option>
            {qualities.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
      )}
    </>
  );
}

/** `C001:EI-201 [V]` */
function labelOf(tag: Tag): string {
  const { symbol } = UNITS[tag.definition.unit];
  return symbol === "" ? shortPath(tag) : `${shortPath(tag)} [${symbol}]`;
}
