/** What the file's own words for quality mean. */
import { QUALITY_NAMES, type QualityName } from "@cellhouse/shared";
import { useTranslation } from "react-i18next";
import { isKnownWord, ownOf, qualityColumns } from "../choices.ts";
import { wordsOf } from "../head.ts";
import { AddField } from "./add-field.tsx";
import type { MapProps } from "./props.ts";

export function WordList({ table, choices, onChange }: MapProps) {
  const { t } = useTranslation();
  const seen = qualityColumns(choices).flatMap((name) => wordsOf(table, name));
  const words = [...new Set([...seen.filter((word) => !isKnownWord(word)), ...Object.keys(choices.words)])];
  const mean = (word: string, meaning: string): void => {
    const { [word]: _, ...others } = choices.words;
    onChange({ ...choices, words: meaning === "" ? others : { ...others, [word]: meaning as QualityName } });
  };
  return (
    <fieldset className="word-list">
      <legend>{t("imports.words")}</legend>
      <p className="muted">{t("imports.wordsNote")}</p>
      {words.map((word) => (
        <label key={word}>
          {t("imports.word", { word })}
          <select value={ownOf(choices.words, word) ?? ""} onChange={({ target }) => mean(word, target.value)}>
            <option value="">{t("imports.noMeaning")}</option>
            {QUALITY_NAMES.map((name) => (
              <option key={name} value={name}>
                {t(`quality.${name}`)}
              </option>
            ))}
          </select>
        </label>
      ))}
      <AddField label={t("imports.addWord")} onAdd={(word) => mean(word, "good")} />
    </fieldset>
  );
}
