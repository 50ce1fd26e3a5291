/** The journal in pages. */
import type { JournalEvent } from "@cellhouse/shared";
import { z } from "zod";
import { reaches } from "../auth/areas.ts";
import type { WebDeps } from "../deps.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { instant, limit, placeOf } from "./fields.ts";

const KINDS = ["alarm", "command", "link", "session", "fault", "config", "system"] as const satisfies readonly JournalEvent["kind"][];

export function journalRoutes(deps: WebDeps): Endpoint[] {
  return [
    endpoint({
      method: "GET",
      url: "/api/v1/journal",
      summary:
        "What happened, in the order we learnt it, or with order=desc the newest first; `next` is the `after` (with desc the `before`) of the following page",
      query: z.object({
        from: instant(deps.clock).optional(),
        to: instant(deps.clock).optional(),
        kind: z.enum(KINDS).optional(),
        cell: z.string().max(10).optional(),
        after: z.coerce.number().int().min(0).optional(),
        before: z.coerce.number().int().min(0).optional(),
        order: z.enum(["asc", "desc"]).default("asc"),
        limit: limit(5000, 500),
      }),
      answer: z.object({
        events: z.array(z.looseObject({ seq: z.number(), time: z.number(), kind: z.enum(KINDS) })),
        next: z.string().optional(),
      }),
      handle: ({ query, who }) => {
        const filter = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
        const events = deps.ledger.events({ ...filter, limit: query.limit });
        const last = events.at(-1);
        const more = events.length === query.limit && last !== undefined;
        return { events: events.filter((event) => visible(deps, event, who.areas)), ...(more ? { next: String(last.seq) } : {}) };
      },
    }),
  ];
}

/** What concerns no cell (a session, the system itself) concerns everyone. */
function visible(deps: WebDeps, event: JournalEvent, areas: readonly string[]): boolean {
  const place = typeof event.cell === "string" ? placeOf(deps.plant, event.cell) : undefined;
  return place === undefined || reaches(areas, place);
}
