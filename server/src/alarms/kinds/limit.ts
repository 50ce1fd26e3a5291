/** Value beyond a limit, with a deadband on the way back. */
import type { Cell, LimitAlarm } from "@cellhouse/shared";
import type { Judge, Kind } from "./kind.ts";

const high: Judge = (value, active, on, off) => (active ? value > off : value > on);
const low: Judge = (value, active, on, off) => (active ? value < off : value < on);

/** Active strictly beyond the limit; clears at limit -/+ deadband or further back. */
export const limit: Kind<LimitAlarm> = (definition, cell) => {
  const on = absolute(definition, cell);
  if (definition.side === "high") return { input: "sample", judge: high, on, off: on - definition.deadband, limit: on };
  return { input: "sample", judge: low, on, off: on + definition.deadband, limit: on };
};

/** The limit in the tag's unit: an offset in K from the recipe's setpoint, a share of nominal current in A, or as it stands. */
function absolute({ relative, limit }: LimitAlarm, cell?: Cell): number {
  if (cell === undefined) return limit;
  if (relative === "temperature") return cell.recipe.temperature + limit;
  if (relative === "current") return cell.cellClass.current * limit;
  return limit;
}
