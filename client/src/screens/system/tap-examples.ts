/** Filters to begin with: each line's births and deaths, its first cell's data, or its first cell's nodes. Pure. */
import type { Plant } from "@cellhouse/shared";

export function tapExamples({ lines, site, area }: Plant): string[] {
  return lines.flatMap(({ id, cells, description }) => {
    const cell = cells[0]?.id ?? "+";
    if (description.protocol === "opcua") return [`opcua/${id}/${cell}/#`, `opcua/${id}/${cell}/TI-101`];
    if (description.protocol === "sparkplug") return [`spBv1.0/${site}-${area}/+/${id}/#`, `spBv1.0/${site}-${area}/DDATA/${id}/${cell}`];
    return ["#"];
  });
}
