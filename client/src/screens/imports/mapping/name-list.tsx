/** The tags that the names in a file's tag column stand for; one that is a path of ours needs none. */
import { useTranslation } from "react-i18next";
import { usePlant } from "../../../live/hooks.ts";
import { NO_TAG, ownOf } from "../choices.ts";
import { wordsOf } from "../head.ts";
import { AddField } from "./add-field.tsx";
import { Wrong } from "./column-head.tsx";
import type { MapProps } from "./props.ts";
import { TagFields } from "./tag-fields.tsx";

export function NameList(props: MapProps) {
  const { t } = useTranslation();
  const plant = usePlant();
  const { table, choices, onChange } = props;
  const strange = wordsOf(table, choices.long.tag).filter((name) => plant.tag(name) === undefined);
  const names = [...new Set([...strange, ...Object.keys(choices.names)])];
  const put = (name: string, choice = NO_TAG): void => onChange({ ...choices, names: { ...choices.names, [name]: choice } });
  return (
    <fieldset className="name-list">
      <legend>{t("imports.names")}</legend>
      <p className="muted">{t("imports.namesNote")}</p>
      {names.map((name) => (
        <fieldset key={name}>
          <legend>{name}</legend>
          <TagFields name={name} choice={ownOf(choices.names, name) ?? NO_TAG} onChange={(choice) => put(name, choice)} />
          <Wrong at={name} {...props} />
        </fieldset>
      ))}
      <AddField label={t("imports.addName")} onAdd={put} />
    </fieldset>
  );
}
