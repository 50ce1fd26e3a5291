/** What a tag may be set to on its cell. The PLC clamps to its own limits in any case; these are the supervisor's. */
import { type Cell, type TagDefinition, UNITS } from "@cellhouse/shared";
import { faradayFeed } from "@cellhouse/shared/blocks";

export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Source of the figures: process model, "Modes, bumpless transfer, clamps". */
const FEED_SHARE = { low: 0.5, high: 1.6 };
const CURRENT_SHARE = { low: 0.85, high: 1.05 };
const TEMPERATURE_REACH = 15;

/** The oxide the cell consumes at nominal current and design efficiency, kg/h. */
export function nominalFeed({ cellClass, recipe }: Cell): number {
  return faradayFeed({ ...recipe, current: cellClass.current, efficiency: cellClass.currentEfficiency });
}

/** Feed, current and temperature setpoints move with the cell's size and recipe; all else has the range of its tag. In the tag's unit. */
export function allowedRange(definition: TagDefinition, cell: Cell): Range {
  if (definition.name === "FIC-303.SP") {
    const { low, high } = share(nominalFeed(cell), FEED_SHARE);
    return { low, high: Math.min(high, definition.range[1]) };
  }
  if (definition.name === "IIC-202.SP") return share(cell.cellClass.current, CURRENT_SHARE);
  if (definition.name === "TIC-101.SP")
    return { low: cell.recipe.temperature - TEMPERATURE_REACH, high: cell.recipe.temperature + TEMPERATURE_REACH };
  return { low: definition.range[0], high: definition.range[1] };
}

function share(nominal: number, { low, high }: Range): Range {
  return { low: nominal * low, high: nominal * high };
}

/** The range as a person reads it: `4.88 to 15.61 kg/h`. */
export function rangeText({ low, high }: Range, definition: TagDefinition): string {
  const digits = definition.decimals;
  return `${round(low, digits, Math.ceil)} to ${round(high, digits, Math.floor)} ${UNITS[definition.unit].symbol}`.trim();
}

/** Rounds into the range, so that the bounds named are themselves allowed. */
function round(value: number, digits: number, to: (x: number) => number): string {
  const scale = 10 ** digits;
  return (to(Number((value * scale).toFixed(6))) / scale).toFixed(digits);
}
