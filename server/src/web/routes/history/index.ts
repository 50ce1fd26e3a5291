/** What may be asked of history. */
import type { WebDeps } from "../../deps.ts";
import type { Endpoint } from "../../endpoint.ts";
import { aggregatesRoute } from "./aggregates.ts";
import { exportRoutes } from "./exports.ts";
import { importRoutes } from "./imports.ts";
import { pointsRoute } from "./points.ts";

export function historyRoutes(deps: WebDeps): Endpoint[] {
  return [pointsRoute(deps), aggregatesRoute(deps), ...exportRoutes(deps), ...importRoutes(deps)];
}
