/** One column of the file: what it is, and what that needs. */
import { useTranslation } from "react-i18next";
import { RefusalNote } from "../../../parts/refusal-note.tsx";
import { type ColumnRole, type ImportChoices, NO_TAG, ownOf, roleOf, valuesOf, withRole } from "../choices.ts";
import { guessStamp, isNameable, wordsOf } from "../head.ts";
import type { MapProps } from "./props.ts";
import { TagFields } from "./tag-fields.tsx";
import { TimeFields } from "./time-fields.tsx";

const ROLES = {
  wide: ["none", "time", "tag"],
  long: ["none", "time", "name", "value", "quality"],
} as const satisfies Record<ImportChoices["shape"], readonly ColumnRole[]>;

export function ColumnHead({ name, ...props }: MapProps & { name: string }) {
  const { t } = useTranslation();
  const { table, choices, onChange } = props;
  const role = roleOf(choices, name);
  const values = valuesOf(choices, name);
  const choose = (next: ColumnRole): void => {
    const changed = withRole(choices, name, next);
    const format = next === "time" ? guessStamp(wordsOf(table, name)) : undefined;
    onChange(format === undefined ? changed : { ...changed, time: { ...changed.time, format } });
  };
  return (
    <th scope="col">
      <fieldset>
        <legend>{name === "" ? "–" : name}</legend>
        {isNameable(name, table.columns) ? (
          <label>
            {t("imports.is")}
            <select value={role} onChange={({ target }) => choose(target.value as ColumnRole)}>
              {ROLES[choices.shape].map((one) => (
                <option key={one} value={one}>
                  {t(`imports.roles.${one}`)}
                </option>
              ))}
            </select>
          </label>
        ) : (
          <p className="why">{t("imports.unnameable")}</p>
        )}
        {values !== undefined && <p className="why">{t("imports.qualityOf", { name: values })}</p>}
        {role === "time" && <TimeFields choices={choices} onChange={onChange} />}
        {role === "tag" && <ColumnTag name={name} {...props} />}
        <Wrong at={name} {...props} />
      </fieldset>
    </th>
  );
}

function ColumnTag({ name, table, choices, onChange }: MapProps & { name: string }) {
  return (
    <TagFields
      name={name}
      choice={ownOf(choices.columns, name) ?? NO_TAG}
      qualities={table.columns.filter((one) => isNameable(one, table.columns) && roleOf(choices, one) === "none")}
      onChange={(choice) => onChange({ ...choices, columns: { ...choices.columns, [name]: choice } })}
    />
  );
}

/** What is missing or was refused here. */
export function Wrong({ at, problems, refused }: Pick<MapProps, "problems" | "refused"> & { at: string }) {
  const { t } = useTranslation();
  return (
    <>
      {problems
        .filter((problem) => problem.at === at)
        .map(({ reason }) => (
          <p key={reason} className="refusal" role="alert">
            {t(`imports.problems.${reason}`)}
          </p>
        ))}
      {refused?.at === at && <RefusalNote error={refused.error} />}
    </>
  );
}
