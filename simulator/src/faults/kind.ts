/** The shape of a fault: what it is called, what it may be told, and what it does to a cell's field. */
import { z } from "zod";
import type { CellField, Disturbance } from "../plc/field.ts";

/** The arguments of a fault: numbers by name, each with its default. */
export type FaultArgs = Record<string, z.ZodDefault<z.ZodNumber>>;

export interface FaultKind {
  readonly description: string;
  readonly args: z.ZodObject<FaultArgs>;
  /** Adds its effect; called whenever the cell's set of active faults changes, on a cleared disturbance. */
  apply(disturbance: Disturbance, args: Readonly<Record<string, number>>, field: CellField): void;
}

/** No arguments. */
export const noArgs: z.ZodObject<FaultArgs> = z.strictObject({});
