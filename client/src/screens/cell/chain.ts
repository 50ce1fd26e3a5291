/** What a cell's status word and first-out say of each interlock. Pure. */
import { STATUS } from "@cellhouse/shared";
import { INTERLOCK_COUNT, type InterlockKind, interlockKind } from "@cellhouse/shared/blocks";

/** `untold`: it may act, but the PLC names only the first that did. */
export type InterlockMark = "first" | "acts" | "clear" | "untold";

interface InterlockRow {
  number: number;
  kind: InterlockKind;
  mark: InterlockMark;
}

/** Interlocks with a bit of their own in YS-901. */
const BITS: Readonly<Record<number, number>> = {
  8: STATUS.hopperFill,
  9: STATUS.tapping | STATUS.anodeChange,
  10: STATUS.localStop,
  11: STATUS.commFallback,
};

/** The chain in its order. `word` is YS-901, `first` YS-903; what is not known of them is NaN. */
export function readChain(word: number, first: number): InterlockRow[] {
  return Array.from({ length: INTERLOCK_COUNT }, (_, i) => {
    const number = i + 1;
    return { number, kind: interlockKind(number) as InterlockKind, mark: markOf(number, word, first) };
  });
}

function markOf(number: number, word: number, first: number): InterlockMark {
  if (number === first) return "first";
  if (Number.isNaN(word) || Number.isNaN(first)) return "untold";
  const bit = BITS[number];
  if (bit !== undefined) return (word & bit) !== 0 ? "acts" : "clear";
  return (word & STATUS.interlock) !== 0 ? "untold" : "clear";
}
