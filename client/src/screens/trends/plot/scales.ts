/** The y axes of the pens shown: one per unit, or a pen's own; the chosen pen's first. Pure. */
import { type Tag, UNITS } from "@cellhouse/shared";
import type { Pen } from "../../../parts/trend/pens/pens.ts";
import type { Scale } from "../../../parts/trend/plot.ts";
import { belongTogether } from "./levels.ts";

export type Layout = "lanes" | "shared";

/** Pens of a unit share a scale where their ranges have about the same size and place, not a bath and its cooling water; a setpoint shares that of its measurement. */
export function scaleOf(pen: Pen, pens: readonly Pen[]): string {
  if (pen.own) return `own${pen.place}`;
  const first = pens.find((other) => !other.own && (other === pen || areAlike(other.tag, pen.tag)));
  return `of${first?.place ?? pen.place}`;
}

function areAlike(one: Tag, other: Tag): boolean {
  const [a, b] = [one.definition, other.definition];
  if (a.unit !== b.unit) return false;
  if (belongTogether(one, other)) return true;
  const overlap = Math.min(a.range[1], b.range[1]) - Math.max(a.range[0], b.range[0]);
  return overlap >= 0.5 * Math.max(a.range[1] - a.range[0], b.range[1] - b.range[0]);
}

/** `axes`: for how many there is room beside each other; in lanes they stand one above the other. */
export function scalesOf(pens: readonly Pen[], chosen: Pen | undefined, { axes, layout }: { axes: number; layout: Layout }): Scale[] {
  const shown = pens.filter((pen) => !pen.hidden);
  const inLanes = layout === "lanes";
  const first = inLanes ? [] : shown.filter((pen) => pen === chosen);
  const keys = [...new Set([...first, ...shown].map((pen) => scaleOf(pen, pens)))];
  return keys.map((key, i): Scale => {
    const own = shown.filter((pen) => scaleOf(pen, pens) === key);
    const tags = own.map((pen) => pen.tag);
    return {
      key,
      title: `${own.map((pen) => pen.place + 1).join(" ")}  ${UNITS[tags[0]?.definition.unit ?? "one"].symbol}`,
      decimals: Math.max(...tags.map((tag) => tag.definition.decimals)),
      leastSpan: Math.min(...tags.map(leastSpan)),
      side: inLanes || i % 2 === 0 ? "left" : "right",
      shown: inLanes ? i === 0 : i < axes,
      ...(inLanes && { lane: { index: i, of: keys.length } }),
    };
  });
}

/** Noise must not fill the screen: some deadbands, or a hundredth of the range where a tag has none. */
function leastSpan({ definition: { range, deadband, decimals, kind } }: Tag): number {
  if (kind === "digital") return 1.2;
  const least = deadband > 0 ? deadband * 10 : (range[1] - range[0]) / 1000;
  return Math.max(10 ** -decimals * 5, Math.min(least, range[1] - range[0]));
}
