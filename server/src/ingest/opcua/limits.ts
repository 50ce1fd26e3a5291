/** How much a server takes per request, and cutting a list to it. */
import { type ClientSession, readOperationLimits } from "node-opcua";

export interface Limits {
  readonly monitoredItems: number;
  readonly reads: number;
  readonly writes: number;
  readonly calls: number;
  readonly histories: number;
}

/** What we ask at once of a server that sets no limit. */
const OURS: Limits = { monitoredItems: 1_000, reads: 1_000, writes: 500, calls: 100, histories: 100 };

/** The server's own limits where they are lower than ours; a server that tells none is taken to have none. */
export async function readLimits(session: ClientSession): Promise<Limits> {
  const told = await readOperationLimits(session);
  const least = (ours: number, theirs: number | undefined): number => (theirs ? Math.min(ours, theirs) : ours);
  return {
    monitoredItems: least(OURS.monitoredItems, told.maxMonitoredItemsPerCall),
    reads: least(OURS.reads, told.maxNodesPerRead),
    writes: least(OURS.writes, told.maxNodesPerWrite),
    calls: least(OURS.calls, told.maxNodesPerMethodCall),
    histories: least(OURS.histories, told.maxNodesPerHistoryReadData),
  };
}

/** Pieces of at most `size`, in order. */
export function chunks<T>(list: readonly T[], size: number): T[][] {
  const pieces: T[][] = [];
  for (let from = 0; from < list.length; from += size) pieces.push(list.slice(from, from + size));
  return pieces;
}
