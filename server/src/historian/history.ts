/** What the web side may ask of history: the engine's answers and the forwarder's state in one hand. */
import type { Historian, HistoryService } from "../contracts.ts";
import type { Forwarder } from "./forwarder.ts";

/** Questions go to the engine; `settle` and `links` to the forwarder. */
export function createHistory({ historian, forwarder }: { historian: Historian; forwarder: Forwarder }): HistoryService {
  return {
    raw: (query) => historian.raw(query),
    buckets: (query) => historian.buckets(query),
    at: (tag, time) => historian.at(tag, time),
    settle: (timeoutMs) => forwarder.settle(timeoutMs),
    links: () => forwarder.links(),
  };
}
