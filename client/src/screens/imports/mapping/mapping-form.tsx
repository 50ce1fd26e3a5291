/** What a foreign file says where: its shape, and above each of its columns what it is. */
import { useTranslation } from "react-i18next";
import { type ImportChoices, qualityColumns } from "../choices.ts";
import { DELIMITERS, type Delimiter, type FileTable } from "../head.ts";
import type { FileChoice, FileDesk } from "../use-file.ts";
import { ColumnHead } from "./column-head.tsx";
import { NameList } from "./name-list.tsx";
import type { MapProps } from "./props.ts";
import { WordList } from "./word-list.tsx";

/** Lines of the file that are shown. */
const SHOWN = 5;
const DELIMITER_WORDS = { ",": "comma", ";": "semicolon", "\t": "tab", "|": "bar" } as const satisfies Record<Delimiter, string>;

interface FormProps extends Pick<MapProps, "problems" | "refused"> {
  desk: FileDesk;
  chosen: FileChoice;
}

export function MappingForm({ desk, chosen, problems, refused }: FormProps) {
  const { t } = useTranslation();
  const { table, choices, kind } = chosen;
  const onChange = (next: ImportChoices): void => desk.change({ choices: next });
  const shared = { table, choices, problems, refused, onChange };
  return (
    <>
      <div className="file-shape">
        <ShapeField {...shared} />
        {kind === "csv" ? <TextFields {...shared} onPart={desk.part} /> : <NamesField columns={table.columns} onNames={desk.name} />}
      </div>
      {problems
        .filter(({ at }) => at === undefined)
        .map(({ reason }) => (
          <p key={reason} className="refusal" role="alert">
            {t(`imports.problems.${reason}`)}
          </p>
        ))}
      {table.columns.length > 0 && <HeadTable {...shared} />}
      {choices.shape === "long" && choices.long.tag !== "" && <NameList {...shared} />}
      {qualityColumns(choices).length > 0 && <WordList {...shared} />}
    </>
  );
}

function ShapeField({ choices, onChange }: MapProps) {
  const { t } = useTranslation();
  return (
    <label>
      {t("imports.shape")}
      <select value={choices.shape} onChange={({ target }) => onChange({ ...choices, shape: target.value as ImportChoices["shape"] })}>
        {(["wide", "long"] as const).map((shape) => (
          <option key={shape} value={shape}>
            {t(`imports.shapes.${shape}`)}
          </option>
        ))}
      </select>
    </label>
  );
}

function TextFields({ choices, onChange, onPart }: MapProps & { onPart: (delimiter: Delimiter) => void }) {
  const { t } = useTranslation();
  return (
    <>
      <label>
        {t("imports.delimiter")}
        <select value={choices.delimiter} onChange={({ target }) => onPart(target.value as Delimiter)}>
          {DELIMITERS.map((one) => (
            <option key={one} value={one}>
              {t(`imports.delimiters.${DELIMITER_WORDS[one]}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("imports.decimal")}
        <select value={choices.decimal} onChange={({ target }) => onChange({ ...choices, decimal: target.value as "." | "," })}>
          <option value=".">1.5</option>
          <option value=",">1,5</option>
        </select>
      </label>
    </>
  );
}

/** A Parquet file is not read here: its columns are named by hand. */
function NamesField({ columns, onNames }: Pick<FileTable, "columns"> & { onNames: (columns: readonly string[]) => void }) {
  const { t } = useTranslation();
  const read = (text: string): string[] => [...new Set(text.split("\n").map((line) => line.trim()))].filter((name) => name !== "");
  return (
    <label>
      {t("imports.columns")}
      <textarea rows={5} defaultValue={columns.join("\n")} onChange={({ target }) => onNames(read(target.value))} />
    </label>
  );
}

function HeadTable(props: MapProps) {
  const { t } = useTranslation();
  const { columns, rows } = props.table;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="file-head" aria-label={t("imports.head")} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((name, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a file may have two columns of one name
              <ColumnHead key={i} name={name} {...props} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, SHOWN).map((row, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines of a file are known by their place alone
            <tr key={i}>
              {columns.map((_, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: as above
                <td key={at} className="figure">
                  {row[at] ?? ""}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
