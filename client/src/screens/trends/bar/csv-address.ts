/** Where what is seen can be had as a file. Pure. */
import { query } from "../../../live/api.ts";
import { type Pen, shortPath } from "../../../parts/trend/pens/pens.ts";

/** Up to here every sample, beyond it 5,000 buckets a pen: the file is one answer. */
const RAW_MS = 1_800_000;
const POINTS = 5000;

export function csvAddress(pens: readonly Pen[], { from, to }: { from: number; to: number }): string {
  const tags = pens.filter((pen) => !pen.hidden).map((pen) => shortPath(pen.tag));
  const how = to - from <= RAW_MS ? { raw: 1 } : { points: POINTS };
  return `/api/v1/history${query({ tags: tags.join(","), from: Math.floor(from), to: Math.ceil(to), ...how, format: "csv" })}`;
}
