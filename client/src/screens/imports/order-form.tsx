/** Which file, and what it says where; sent when nothing is missing. */
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Refusal } from "../../live/api.ts";
import { size } from "../../parts/format.ts";
import { RefusalNote } from "../../parts/refusal-note.tsx";
import { mappingOf, placeOf, problemsOf } from "./choices.ts";
import { MappingForm } from "./mapping/mapping-form.tsx";
import type { FileChoice, FileDesk } from "./use-file.ts";
import type { ImportActs } from "./use-imports.ts";

export function OrderForm({ desk, acts: { begin, error } }: { desk: FileDesk; acts: ImportActs }) {
  const { t } = useTranslation();
  const [tried, setTried] = useState(false);
  const { chosen, wrong } = desk;
  const problems = chosen === undefined || chosen.own ? [] : problemsOf(chosen.choices);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (chosen === undefined || problems.length > 0) return;
    const { file, kind, own, choices } = chosen;
    begin(file, { format: kind, ...(!own && { mapping: mappingOf(choices, kind) }) });
  };
  const foreign = chosen !== undefined && !chosen.own;
  const place = foreign && error instanceof Refusal ? placeOf(error.detail, chosen.choices) : undefined;
  return (
    <form className="panel import-order" onSubmit={submit} noValidate>
      <h2>{t("imports.choose")}</h2>
      <FileField onFile={desk.take} />
      {wrong !== undefined && (
        <p className="refusal" role="alert">
          {t(`imports.wrong.${wrong}`)}
        </p>
      )}
      {chosen !== undefined && <Maker chosen={chosen} onChange={(own) => desk.change({ own })} />}
      {foreign && (
        <MappingForm
          desk={desk}
          chosen={chosen}
          problems={tried ? problems : []}
          refused={place === undefined ? undefined : { at: place, error }}
        />
      )}
      {place === undefined && <RefusalNote error={error} />}
      {chosen !== undefined && (
        <p>
          <button type="submit" className="primary">
            {t("imports.send")}
          </button>
        </p>
      )}
    </form>
  );
}

/** Any file; a page that is dropped upon takes it as well. */
export function FileField({ onFile }: { onFile: (file: File) => void }) {
  const { t } = useTranslation();
  return (
    <label className="file-field">
      {t("imports.file")}
      <input
        type="file"
        accept=".csv,.tsv,.txt,.parquet"
        onChange={({ target }) => {
          const file = target.files?.[0];
          if (file !== undefined) onFile(file);
        }}
      />
    </label>
  );
}

function Maker({ chosen: { file, own }, onChange }: { chosen: FileChoice; onChange: (own: boolean) => void }) {
  const { t } = useTranslation();
  return (
    <fieldset className="maker">
      <legend className="figure">{`${file.name}, ${size(file.size)}`}</legend>
      {[true, false].map((choice) => (
        <label key={String(choice)}>
          <input type="radio" name="own" checked={own === choice} onChange={() => onChange(choice)} />
          {t(choice ? "imports.own" : "imports.foreign")}
        </label>
      ))}
    </fieldset>
  );
}
