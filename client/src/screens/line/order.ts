/** How far a cell is off, per column, for sorting. Pure. */
import type { AlarmDefinition, Cell } from "@cellhouse/shared";
import { inLimits, limitsOf, normalBand } from "../../parts/limits.ts";

export const COLUMNS = ["temperature", "cellVoltage", "cellCurrent", "oxide", "feed", "slope"] as const;
export type Column = (typeof COLUMNS)[number];

export const COLUMN_TAG: Record<Column, string> = {
  temperature: "TY-100",
  cellVoltage: "EI-201",
  cellCurrent: "II-202",
  oxide: "AY-301",
  feed: "FI-303",
  slope: "XI-208",
};

/** Where the value should stand; feed is compared with its command. */
function aimOf(column: Column, cell: Cell, read: (tag: string) => number): number {
  const aims: Record<Column, number> = {
    temperature: cell.recipe.temperature,
    cellVoltage: cell.cellClass.voltage,
    cellCurrent: cell.cellClass.current,
    oxide: 1.95,
    feed: read("FIC-303.SPW"),
    slope: 0,
  };
  return aims[column];
}

/** Normal bands where no alarm limit gives one: shares of the aim for current and feed, the oxide's window, the slope's threshold. */
export function bandOf(column: Column, cell: Cell, aim: number, alarms: readonly AlarmDefinition[]): { low: number; high: number } {
  if (column === "oxide") return { low: 1.3, high: 2.6 };
  if (column === "slope") return { low: -1, high: 2 };
  if (column === "cellCurrent") return { low: aim * 0.95, high: aim * 1.05 };
  if (column === "feed") return { low: aim * 0.85, high: aim * 1.15 };
  const { low, high } = normalBand(limitsOf(alarms, cell, COLUMN_TAG[column]));
  return { low: low ?? aim * 0.9, high: high ?? aim * 1.1 };
}

/** 0: at its aim; 1: at its limit; a value that is not there is off the most. */
export function offBy(column: Column, cell: Cell, read: (tag: string) => number, alarms: readonly AlarmDefinition[]): number {
  const value = read(COLUMN_TAG[column]);
  if (!Number.isFinite(value)) return 9;
  const aim = aimOf(column, cell, read);
  return Math.abs(inLimits(value, aim, bandOf(column, cell, aim, alarms)));
}

export type Sort = { by: "cell" | "alarm" | Column };

/** Cells in the order wanted; equals keep the order of the line. */
export function sorted(cells: readonly Cell[], sort: Sort, rank: (cell: Cell) => number): Cell[] {
  return sort.by === "cell" ? [...cells] : [...cells].sort((a, b) => rank(b) - rank(a) || a.number - b.number);
}
