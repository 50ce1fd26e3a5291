/** The shape of a fault: what it does to a cell, or to a line. Its name, arguments and words stand in the shared catalogue of disturbances. */
import type { CellPlc } from "../plc/cell.ts";
import type { LineDisturbance } from "./disturbance.ts";

type Args = Readonly<Record<string, number>>;

/** `apply` adds the effect; it is called on a sound disturbance whenever the set of active faults changes. `begin` is called once, before. */
export interface CellFault {
  readonly at: "cell";
  begin?(plc: CellPlc, args: Args): void;
  apply(plc: CellPlc, args: Args): void;
}

export interface LineFault {
  readonly at: "line";
  apply(disturbance: LineDisturbance): void;
}

/** A fault of the cell's field or PLC, by what it adds to the disturbance. */
export function disturb(apply: (disturbance: CellPlc["field"]["disturbance"], args: Args, plc: CellPlc) => void): CellFault {
  return { at: "cell", apply: (plc, args) => apply(plc.field.disturbance, args, plc) };
}

/** A fault of the data on their way out. */
export function tamper(apply: (tamper: CellPlc["tamper"], args: Args) => void): CellFault {
  return { at: "cell", apply: (plc, args) => apply(plc.tamper, args) };
}
