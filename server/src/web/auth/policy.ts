/**
 * Who may do what: the one table. A route or socket event without an entry does not register, an entry without a route
 * fails the start as well. Admin manages users and certificates, never the plant; qa replays, never commands; whoever may act on the plant may also look back.
 * What all may read all may take away as a file; what enters history from a file changes what it says of the plant, so that is the engineer's, and
 * not qa's, who judge by it.
 */
import { ROLES, type Role } from "@cellhouse/shared";

/**
 * `open`: anyone. `loopback`: anyone on this machine, others signed in.
 * Else the roles, and how areas bind: `target` refuses what lies outside, `filter` leaves it out, `none` has no place.
 */
export type Access = "open" | "loopback" | { readonly roles: readonly Role[]; readonly area: "target" | "filter" | "none" };

const OPERATE: readonly Role[] = ["operator", "engineer"];
const REPLAY: readonly Role[] = ["operator", "engineer", "qa"];
const ENGINEER: readonly Role[] = ["engineer"];
const read = (area: "target" | "filter" | "none"): Access => ({ roles: ROLES, area });

const API = "/api/v1";

export const HTTP_POLICY: Readonly<Record<string, Access>> = {
  "GET /healthz": "loopback",
  "GET /readyz": "loopback",
  "GET /metrics": "loopback",
  "GET /api/openapi.json": "open",
  "GET /*": "open",
  "HEAD /*": "open",
  [`POST ${API}/session`]: "open",
  [`GET ${API}/session`]: read("none"),
  [`DELETE ${API}/session`]: read("none"),
  [`GET ${API}/plant`]: read("none"),
  [`GET ${API}/tags`]: read("filter"),
  [`GET ${API}/values`]: read("target"),
  [`GET ${API}/history`]: read("target"),
  [`GET ${API}/history/aggregates`]: read("target"),
  [`POST ${API}/exports`]: read("target"),
  [`GET ${API}/exports`]: read("none"),
  [`GET ${API}/exports/:id`]: read("target"),
  [`GET ${API}/exports/:id/file`]: read("target"),
  [`DELETE ${API}/exports/:id`]: read("target"),
  [`POST ${API}/imports`]: { roles: ENGINEER, area: "filter" },
  [`GET ${API}/imports`]: { roles: ENGINEER, area: "none" },
  [`GET ${API}/imports/:id`]: { roles: ENGINEER, area: "none" },
  [`POST ${API}/imports/:id/file`]: { roles: ENGINEER, area: "none" },
  [`POST ${API}/imports/:id/check`]: { roles: ENGINEER, area: "none" },
  [`POST ${API}/imports/:id/commit`]: { roles: ENGINEER, area: "none" },
  [`DELETE ${API}/imports/:id`]: { roles: ENGINEER, area: "none" },
  [`GET ${API}/kpis`]: read("target"),
  [`POST ${API}/commands`]: { roles: OPERATE, area: "target" },
  [`GET ${API}/commands`]: read("filter"),
  [`GET ${API}/commands/:id`]: read("target"),
  [`GET ${API}/alarms`]: read("filter"),
  [`POST ${API}/alarms/:id/ack`]: { roles: OPERATE, area: "target" },
  [`POST ${API}/alarms/:id/shelve`]: { roles: OPERATE, area: "target" },
  [`POST ${API}/alarms/:id/unshelve`]: { roles: OPERATE, area: "target" },
  [`POST ${API}/alarms/:id/reset`]: { roles: OPERATE, area: "target" },
  [`GET ${API}/journal`]: read("filter"),
  [`POST ${API}/faults`]: { roles: ENGINEER, area: "target" },
  [`GET ${API}/faults`]: { roles: ENGINEER, area: "filter" },
  [`DELETE ${API}/faults/:id`]: { roles: ENGINEER, area: "target" },
  [`GET ${API}/certificates`]: { roles: ["engineer", "admin"], area: "none" },
  [`POST ${API}/certificates/:thumbprint/trust`]: { roles: ["admin"], area: "none" },
  [`POST ${API}/certificates/:thumbprint/reject`]: { roles: ["admin"], area: "none" },
  [`GET ${API}/storage`]: read("none"),
  [`POST ${API}/replays`]: { roles: REPLAY, area: "none" },
  [`GET ${API}/replays/:id`]: { roles: REPLAY, area: "none" },
  [`PATCH ${API}/replays/:id`]: { roles: REPLAY, area: "none" },
  [`DELETE ${API}/replays/:id`]: { roles: REPLAY, area: "none" },
};

/** Socket events by name; `subscribe:replay` is a subscribe that moves to a replay's pipe. */
export const SOCKET_POLICY = {
  subscribe: { roles: ROLES, area: "target" },
  "subscribe:replay": { roles: REPLAY, area: "none" },
  unsubscribe: { roles: ROLES, area: "none" },
  tap: { roles: ["engineer", "admin"], area: "none" },
} as const satisfies Record<string, Access>;

/** True where the route's entry lists the role; screens offer what this says. */
export function allows(route: keyof typeof HTTP_POLICY, role: Role): boolean {
  const access = HTTP_POLICY[route];
  return typeof access === "object" && access.roles.includes(role);
}
