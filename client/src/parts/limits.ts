/** The alarm limits of a cell's tag as absolute values, out of the plant's alarm table. */
import type { AlarmDefinition, Cell, Priority } from "@cellhouse/shared";

export interface Limit {
  id: string;
  side: "high" | "low";
  value: number;
  priority: Priority;
}

/** Sorted from low to high; limits of other recipes are left out. */
export function limitsOf(alarms: readonly AlarmDefinition[], cell: Cell, tag: string): Limit[] {
  const limits: Limit[] = [];
  for (const alarm of alarms) {
    if (alarm.kind !== "limit" || alarm.tag !== tag) continue;
    if (alarm.recipes !== undefined && !alarm.recipes.includes(cell.recipe.name)) continue;
    limits.push({ id: alarm.id, side: alarm.side, priority: alarm.priority, value: absolute(alarm.limit, alarm.relative, cell) });
  }
  return limits.sort((a, b) => a.value - b.value);
}

function absolute(limit: number, relative: "temperature" | "current" | undefined, cell: Cell): number {
  if (relative === "temperature") return cell.recipe.temperature + limit;
  return relative === "current" ? limit * cell.cellClass.current : limit;
}

/** The innermost limits on both sides: between them a value is normal. */
export function normalBand(limits: readonly Limit[]): { low: number | undefined; high: number | undefined } {
  const low = limits.filter((l) => l.side === "low").at(-1)?.value;
  const high = limits.find((l) => l.side === "high")?.value;
  return { low, high };
}

/**
 * A deviation measured in limits: 0 at the aim, ±1 at the innermost limit, clipped at ±1.5.
 * The same length of bar means the same urgency for every quantity.
 */
export function inLimits(value: number, aim: number, band: { low: number | undefined; high: number | undefined }): number {
  if (!Number.isFinite(value)) return 0;
  const edge = value >= aim ? band.high : band.low;
  const reach = Math.abs((edge ?? aim * (value >= aim ? 1.1 : 0.9)) - aim) || 1;
  return Math.max(-1.5, Math.min(1.5, (value - aim) / reach));
}
