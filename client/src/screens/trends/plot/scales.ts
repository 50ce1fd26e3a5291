/** The y axes of the pens shown: one per unit, or a pen's own; the chosen pen's first. Pure. */
import { type Tag, UNITS } from "@cellhouse/shared";
import type { Pen } from "../../../parts/trend/pens/pens.ts";
import type { Scale } from "../../../parts/trend/plot.ts";

export const scaleOf = ({ tag, place, own }: Pen): string => (own ? `own${place}` : tag.definition.unit);

/** `axes`: for how many there is room. */
export function scalesOf(pens: readonly Pen[], chosen: Pen | undefined, axes: number): Scale[] {
  const shown = pens.filter((pen) => !pen.hidden);
  const first = shown.filter((pen) => pen === chosen);
  const keys = [...new Set([...first, ...shown].map(scaleOf))];
  return keys.map((key, i): Scale => {
    const own = shown.filter((pen) => scaleOf(pen) === key);
    const tags = own.map((pen) => pen.tag);
    return {
      key,
      title: `${own.map((pen) => pen.place + 1).join(" ")}  ${UNITS[tags[0]?.definition.unit ?? "one"].symbol}`,
      decimals: Math.max(...tags.map((tag) => tag.definition.decimals)),
      leastSpan: Math.min(...tags.map(leastSpan)),
      side: i % 2 === 0 ? "left" : "right",
      shown: i < axes,
    };
  });
}

/** Noise must not fill the screen: some deadbands, or a hundredth of the range where a tag has none. */
function leastSpan({ definition: { range, deadband, decimals, kind } }: Tag): number {
  if (kind === "digital") return 1.2;
  const least = deadband > 0 ? deadband * 10 : (range[1] - range[0]) / 1000;
  return Math.max(10 ** -decimals * 5, Math.min(least, range[1] - range[0]));
}
