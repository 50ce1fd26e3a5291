/** How much a server takes per request, and cutting a list to it. */
import { AttributeIds, type ClientSession, VariableIds } from "node-opcua";

export interface Limits {
  readonly monitoredItems: number;
  readonly reads: number;
  readonly writes: number;
  readonly calls: number;
  readonly histories: number;
}

/** What we ask at once of a server that sets no limit. */
const OURS: Limits = { monitoredItems: 1_000, reads: 1_000, writes: 500, calls: 100, histories: 100 };

const {
  Server_ServerCapabilities_OperationLimits_MaxNodesPerRead: MAX_READS,
  Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall: MAX_ITEMS,
  Server_ServerCapabilities_OperationLimits_MaxNodesPerWrite: MAX_WRITES,
  Server_ServerCapabilities_OperationLimits_MaxNodesPerMethodCall: MAX_CALLS,
  Server_ServerCapabilities_OperationLimits_MaxNodesPerHistoryReadData: MAX_HISTORIES,
} = VariableIds;

/** The server's own limits where they are lower than ours; a server that tells none is taken to have none. */
export async function readLimits(session: ClientSession): Promise<Limits> {
  // How much may be read is read alone: some servers take no more than that at once.
  const reads = least(OURS.reads, (await readNumbers(session, [MAX_READS]))[0]);
  const told: number[] = [];
  for (const part of chunks([MAX_ITEMS, MAX_WRITES, MAX_CALLS, MAX_HISTORIES], reads)) told.push(...(await readNumbers(session, part)));
  const [items, writes, calls, histories] = told;
  return {
    monitoredItems: least(OURS.monitoredItems, items),
    reads,
    writes: least(OURS.writes, writes),
    calls: least(OURS.calls, calls),
    histories: least(OURS.histories, histories),
  };
}

/** 0 stands for none, on the wire and here. */
function least(ours: number, theirs: number | undefined): number {
  return theirs ? Math.min(ours, theirs) : ours;
}

async function readNumbers(session: ClientSession, ids: readonly number[]): Promise<number[]> {
  const answers = await session.read(ids.map((id) => ({ nodeId: `i=${id}`, attributeId: AttributeIds.Value })));
  return answers.map(({ statusCode, value }) => (statusCode.isGood() && typeof value.value === "number" ? value.value : 0));
}

/** Pieces of at most `size`, in order. */
export function chunks<T>(list: readonly T[], size: number): T[][] {
  const pieces: T[][] = [];
  for (let from = 0; from < list.length; from += size) pieces.push(list.slice(from, from + size));
  return pieces;
}
