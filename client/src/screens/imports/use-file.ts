/** The file somebody has in hand, what its head looks like, and what was said about it. */
import { useState } from "react";
import { usePlant } from "../../live/hooks.ts";
import { firstChoices, type ImportChoices, withColumns } from "./choices.ts";
import { type Delimiter, type FileKind, type FileTable, guessDelimiter, HEAD_BYTES, isOwn, kindOf, readHead } from "./head.ts";

export interface FileChoice {
  file: File;
  kind: FileKind;
  /** Made by an export of this program: it needs no mapping. */
  own: boolean;
  table: FileTable;
  choices: ImportChoices;
  /** The first of its text; empty for Parquet. */
  text: string;
}

export interface FileDesk {
  chosen: FileChoice | undefined;
  /** Why what was given is no file to import. */
  wrong: "kind" | "empty" | "unreadable" | undefined;
  take(file: File): void;
  change(part: Partial<FileChoice>): void;
  /** Reads the head anew. */
  part(delimiter: Delimiter): void;
  /** The columns of a file whose head cannot be read here. */
  name(columns: readonly string[]): void;
}

export function useFile(): FileDesk {
  const plant = usePlant();
  const [chosen, setChosen] = useState<FileChoice>();
  const [wrong, setWrong] = useState<FileDesk["wrong"]>();
  const tableOf = ({ file, text }: Pick<FileChoice, "file" | "text">, delimiter: Delimiter): Pick<FileChoice, "table" | "choices"> => {
    const table = readHead(text, delimiter, file.size <= HEAD_BYTES);
    return { table, choices: firstChoices(table, delimiter, plant) };
  };
  const read = async (file: File): Promise<void> => {
    const kind = kindOf(file.name);
    setChosen(undefined);
    setWrong(kind === undefined ? "kind" : file.size === 0 ? "empty" : undefined);
    if (kind === undefined || file.size === 0) return;
    const text = kind === "parquet" ? "" : await file.slice(0, HEAD_BYTES).text();
    const head = tableOf({ file, text }, guessDelimiter(text));
    setChosen({ file, kind, text, ...head, own: kind === "parquet" || isOwn(head.table) });
  };
  const change = (part: Partial<FileChoice>): void => setChosen((now) => now && { ...now, ...part });
  return {
    chosen,
    wrong,
    take: (file) => void read(file).catch(() => setWrong("unreadable")),
    change,
    part: (delimiter) => chosen && change(tableOf(chosen, delimiter)),
    name: (columns) => chosen && change({ table: { columns, rows: [] }, choices: withColumns(chosen.choices, columns) }),
  };
}
