/** Puts tags into a subscription: in pieces the server takes, with the filter it understands. */
import type { Tag } from "@cellhouse/shared";
import {
  AttributeIds,
  DataChangeFilter,
  DataChangeTrigger,
  DeadbandType,
  type MonitoredItemCreateResult,
  MonitoringMode,
  type NodeId,
  TimestampsToReturn,
} from "node-opcua";
import { chunks } from "./limits.ts";
import type { RawSession } from "./subscription.ts";

/** One tag as it shall be watched. */
export interface TagItem {
  tag: Tag;
  node: NodeId;
  /** Foreign servers are asked to sample at the tag's scan, and for their own time where the source has none; ours hand on every sample. */
  foreign: boolean;
  /** In the server's own unit: changes below it are not wanted; 0: every sample. */
  deadband: number;
}

/** Samples a server keeps per tag between two publications. */
const QUEUE = 20;

const { StatusValue, StatusValueTimestamp } = DataChangeTrigger;

/** From what we want to what every server must understand: beyond the deadband, every sample with a new time, whatever the server takes for a change. */
const FILTERS = [
  ({ deadband }: TagItem): DataChangeFilter => (deadband > 0 ? filter(StatusValue, deadband) : filter(StatusValueTimestamp, 0)),
  (): DataChangeFilter => filter(StatusValueTimestamp, 0),
  (): null => null,
];

export interface ItemOptions {
  session: RawSession;
  subscriptionId: number;
  /** Items per call. */
  limit: number;
}

/** Resolves to the tags the server does not give, by the name of its reason. Rejects when the connection breaks. */
export async function monitor(items: readonly TagItem[], { session, subscriptionId, limit }: ItemOptions): Promise<Map<string, Tag[]>> {
  const refused = new Map<string, Tag[]>();
  let open = [...items];
  for (const [attempt, filterOf] of FILTERS.entries()) {
    const again: TagItem[] = [];
    for (const part of [
      ...chunks(
        open.filter((i) => i.foreign),
        limit,
      ),
      ...chunks(
        open.filter((i) => !i.foreign),
        limit,
      ),
    ]) {
      const { results } = await session.createMonitoredItems({
        subscriptionId,
        timestampsToReturn: part[0]?.foreign ? TimestampsToReturn.Both : TimestampsToReturn.Source,
        itemsToCreate: part.map((item) => request(item, filterOf(item))),
      });
      for (const [i, item] of part.entries()) {
        const status = results?.[i]?.statusCode;
        if (status?.isGood()) continue;
        const name = status?.name ?? "no answer";
        if (isFilter(status) && attempt < FILTERS.length - 1) again.push(item);
        else refused.set(name, [...(refused.get(name) ?? []), item.tag]);
      }
    }
    open = again;
  }
  return refused;
}

function request({ tag, node, foreign }: TagItem, wanted: DataChangeFilter | null) {
  return {
    itemToMonitor: { nodeId: node, attributeId: AttributeIds.Value },
    monitoringMode: MonitoringMode.Reporting,
    requestedParameters: {
      clientHandle: tag.id,
      samplingInterval: foreign ? tag.definition.scanMs : 0,
      queueSize: QUEUE,
      discardOldest: true,
      filter: wanted,
    },
  };
}

function filter(trigger: DataChangeTrigger, deadbandValue: number): DataChangeFilter {
  return new DataChangeFilter({ trigger, deadbandType: deadbandValue > 0 ? DeadbandType.Absolute : DeadbandType.None, deadbandValue });
}

/** BadMonitoredItemFilterInvalid, BadMonitoredItemFilterUnsupported, BadFilterNotAllowed, BadDeadbandFilterInvalid. */
function isFilter(status: MonitoredItemCreateResult["statusCode"] | undefined): boolean {
  return /Filter/.test(status?.name ?? "");
}
