/** All endpoints of the HTTP contract. */
import type { WebDeps } from "../deps.ts";
import type { Endpoint } from "../endpoint.ts";
import { alarmRoutes } from "./alarms.ts";
import { certificateRoutes } from "./certificates.ts";
import { commandRoutes } from "./commands.ts";
import { faultRoutes } from "./faults.ts";
import { historyRoutes } from "./history/index.ts";
import { journalRoutes } from "./journal.ts";
import { kpiRoutes } from "./kpis.ts";
import { plantRoutes } from "./plant.ts";
import { replayRoutes } from "./replays.ts";
import { sessionRoutes } from "./session.ts";
import { storageRoutes } from "./storage.ts";
import { systemRoutes } from "./system.ts";

/** What the stream has to hear of from HTTP. */
export interface RouteEvents {
  sessionClosed(token: string): void;
  replayRemoved(replay: string): void;
}

export function createRoutes(deps: WebDeps, events: RouteEvents): Endpoint[] {
  return [
    ...systemRoutes(deps),
    ...sessionRoutes(deps, events.sessionClosed),
    ...plantRoutes(deps),
    ...historyRoutes(deps),
    ...kpiRoutes(deps),
    ...commandRoutes(deps),
    ...alarmRoutes(deps),
    ...journalRoutes(deps),
    ...faultRoutes(deps),
    ...certificateRoutes(deps),
    ...storageRoutes(deps),
    ...replayRoutes(deps, events.replayRemoved),
  ];
}
