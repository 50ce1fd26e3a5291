/** What the parts of the mapping share. */
import type { ChoiceProblem, ImportChoices } from "../choices.ts";
import type { FileTable } from "../head.ts";

export interface MapProps {
  table: FileTable;
  choices: ImportChoices;
  problems: readonly ChoiceProblem[];
  /** What the server has refused, at the column or name it speaks of. */
  refused: { at: string; error: unknown } | undefined;
  onChange: (choices: ImportChoices) => void;
}
