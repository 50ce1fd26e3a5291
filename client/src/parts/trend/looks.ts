/** How pens are told apart: number, dash and ink together, so that neither colour nor print decides. Never an ink of the priorities. */

export interface Look {
  /** Position among the inks `--pen1` to `--pen8`. */
  ink: number;
  /** Lengths of line and hole, CSS pixels; empty: solid. */
  dash: readonly number[];
  width: number;
  /** 0 to 1. */
  strength: number;
}

export const PEN_INKS = 8;

const DASHES: readonly (readonly number[])[] = [[], [9, 3], [2, 3], [10, 3, 2, 3], [], [5, 4], [14, 4], [6, 2, 2, 2, 2, 2]];

/** Of the pen with this number, from 0. */
export function lookOf(pen: number): Look {
  return { ink: pen % PEN_INKS, dash: DASHES[pen % PEN_INKS] ?? [], width: pen % PEN_INKS === 4 ? 2.25 : 1.5, strength: 1 };
}

/** What was, behind what is. */
export function muted(look: Look): Look {
  return { ...look, width: 1, strength: 0.5 };
}

/** A reference beside the pen it belongs to. */
export const REFERENCE: Look = { ink: 5, dash: [4, 3], width: 1.25, strength: 1 };
