/** Holds what a birth says of a metric against the plant's own definition: its unit and its range. */
import { type Scale, type TagDefinition, UNITS } from "@cellhouse/shared";
import type { Metric } from "@cellhouse/shared/sparkplug";

/** A 32-bit float may have been rounded on its way. */
const ROUNDING = 1e-6;

/** In words what differs, undefined when nothing does or nothing is said. A scaled tag has another unit by intent. */
export function disagreement({ properties }: Metric, definition: TagDefinition, scale: Scale | undefined): string | undefined {
  if (properties === undefined) return undefined;
  const { engUnit, engLow, engHigh } = properties;
  const unit = UNITS[definition.unit].symbol;
  if (scale === undefined && typeof engUnit?.value === "string" && engUnit.value !== unit)
    return `${definition.name} in "${engUnit.value.slice(0, 20)}", the plant has "${unit}"`;
  const { factor, offset } = scale ?? { factor: 1, offset: 0 };
  for (const [told, ours] of [
    [engLow?.value, definition.range[0]],
    [engHigh?.value, definition.range[1]],
  ] as const) {
    if (typeof told !== "number") continue;
    const limit = told * factor + offset;
    if (Math.abs(limit - ours) > ROUNDING * Math.max(1, Math.abs(ours))) return `${definition.name} up to ${limit}, the plant has ${ours}`;
  }
  return undefined;
}
