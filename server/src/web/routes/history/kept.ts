/** What is no longer kept is refused by name, never passed off as a gap. */
import { Fault } from "@cellhouse/shared";
import type { HistoryService, Resolution } from "../../../contracts.ts";

/** Throws E_QUERY where a span begins before the time since when a resolution is whole. */
export async function mustBeKept(history: Pick<HistoryService, "reach">, resolution: Resolution, from: number): Promise<void> {
  const reach = await history.reach();
  if (reach[resolution] <= from) return;
  const since = new Date(reach[resolution]).toISOString();
  const coarser = (["10s", "1m", "1h"] as const).find((one) => reach[one] <= from);
  const instead = coarser === undefined ? "" : `; rows of ${coarser} reach back to it`;
  throw new Fault("E_QUERY", `from: ${resolution === "raw" ? "samples" : `rows of ${resolution}`} are kept since ${since}${instead}`);
}
