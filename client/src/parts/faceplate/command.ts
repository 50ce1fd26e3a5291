/** A setpoint on its way: what was typed, what it would do, whether it may go. Pure. */
import type { Cell, CommandState, Tag, TagDefinition } from "@cellhouse/shared";
import { faradayFeed } from "@cellhouse/shared/blocks";

export type Staged =
  | { ok: true; value: number; delta: number /** Until the working setpoint has arrived, s; 0: at once. */; seconds: number }
  | { ok: false; why: "notNumber" | "outside" | "same" };

/** The range people may write: the tag's own, narrowed for this cell. */
export interface Clamp {
  low: number;
  high: number;
}

/**
 * What a setpoint of this cell may be (process model, "Modes, bumpless transfer, clamps"): the preview's copy of the rule.
 * The server's door and the PLC decide; when they differ, their refusal is what the person reads.
 */
export function clampOf({ name, range }: TagDefinition, { cellClass, recipe }: Cell): Clamp {
  if (name === "FIC-303.SP") {
    const nominal = faradayFeed({ ...recipe, current: cellClass.current, efficiency: cellClass.currentEfficiency });
    return { low: 0.5 * nominal, high: 1.6 * nominal };
  }
  if (name === "IIC-202.SP") return { low: 0.85 * cellClass.current, high: 1.05 * cellClass.current };
  if (name === "TIC-101.SP") return { low: recipe.temperature - 15, high: recipe.temperature + 15 };
  return { low: range[0], high: range[1] };
}

/** `working` is where the ramp stands now; `present` the setpoint the PLC holds. */
export function stage(
  value: number,
  { present, working, clamp, ramp }: { present: number; working: number; clamp: Clamp; ramp: number | undefined },
): Staged {
  if (Number.isNaN(value)) return { ok: false, why: "notNumber" };
  if (value < clamp.low || value > clamp.high) return { ok: false, why: "outside" };
  if (value === present) return { ok: false, why: "same" };
  const from = Number.isNaN(working) ? present : working;
  return { ok: true, value, delta: value - present, seconds: ramp === undefined ? 0 : Math.abs(value - from) / ramp };
}

/** The key of the words for how a command ended: what reads nothing back is done when the PLC says so. */
export function endOf(tag: Tag | undefined, state: CommandState): string {
  return state === "verified" && tag?.definition.access === "w" ? "command.obeyed" : `command.${state}`;
}

/** A step that is small for this tag: a hundredth of its range, rounded to 1, 2 or 5. */
export function nudgeOf({ range }: Pick<TagDefinition, "range">): number {
  const raw = (range[1] - range[0]) / 100;
  const power = 10 ** Math.floor(Math.log10(raw));
  const lead = raw / power;
  return (lead < 2 ? 1 : lead < 5 ? 2 : 5) * power;
}
