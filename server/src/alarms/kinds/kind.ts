/** The shape of an alarm kind: a definition becomes two numbers and one of few judging functions, shared by all alarms. */
import type { Cell } from "@cellhouse/shared";

/** True while the condition holds. `active` is the condition so far (for a deadband); `on` and `off` are the rule's numbers. */
export type Judge = (value: number, active: boolean, on: number, off: number) => boolean;

export interface Rule {
  /** What feeds it: the samples of its tag, or the liveness of its cell. */
  input: "sample" | "liveness";
  judge: Judge;
  on: number;
  off: number;
  /** What a person is shown as the limit, in the tag's unit; null where there is none. */
  limit: number | null;
}

/** Compiles a definition for one cell (its recipe, its size), or for the system, which has neither. */
export type Kind<Definition> = (definition: Definition, cell?: Cell) => Rule;
