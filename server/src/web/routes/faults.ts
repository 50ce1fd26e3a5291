/** Injected faults: orders relayed to a simulator, kept here so that they can be listed and ended. */
import { randomUUID } from "node:crypto";
import { Fault } from "@cellhouse/shared";
import { z } from "zod";
import type { FaultOrder } from "../../contracts.ts";
import { reaches } from "../auth/areas.ts";
import type { Who } from "../auth/session.ts";
import type { WebDeps } from "../deps.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { id, mustHold, placeOf } from "./fields.ts";

/** Orders kept; the oldest goes first. */
const MOST = 1000;

const order = z.strictObject({
  kind: z.string().min(1).max(60),
  cell: z.string().min(1).max(40),
  after: z.number().min(0).max(86_400).default(0),
  seconds: z.number().min(0).max(604_800).default(0),
  args: z.record(z.string().max(40), z.number()).default({}),
});
const kept = order.extend({ id: z.string(), by: z.string(), at: z.number() });
type Kept = z.output<typeof kept>;

export function faultRoutes(deps: WebDeps): Endpoint[] {
  const orders = new Map<string, Kept>();
  const place = (cell: string): string => {
    const path = placeOf(deps.plant, cell);
    if (path === undefined) throw new Fault("E_NOT_FOUND", `cell: ${cell}`);
    return path;
  };
  const byId = (fault: string): Kept => {
    const found = orders.get(fault);
    if (found === undefined) throw new Fault("E_NOT_FOUND", `fault ${fault}`);
    return found;
  };
  return [
    injectRoute(deps, orders, place),
    endpoint({
      method: "GET",
      url: "/api/v1/faults",
      summary: "Faults injected and not yet ended by hand",
      answer: z.object({ faults: z.array(kept) }),
      handle: ({ who }) => ({ faults: [...orders.values()].filter((fault) => reaches(who.areas, place(fault.cell))) }),
    }),
    endpoint({
      method: "DELETE",
      url: "/api/v1/faults/:id",
      summary: "End a fault",
      params: z.object({ id }),
      refusals: ["E_NOT_FOUND", "E_LINK_DOWN"],
      target: ({ params }) => [place(byId(params.id).cell)],
      handle: async ({ params, who }) => {
        await relay(deps, byId(params.id), "stop", who);
        orders.delete(params.id);
        return undefined;
      },
    }),
  ];
}

function injectRoute(deps: WebDeps, orders: Map<string, Kept>, place: (cell: string) => string): Endpoint {
  return endpoint({
    method: "POST",
    url: "/api/v1/faults",
    summary: "Inject a fault into a simulated cell",
    body: order,
    answer: z.object({ id: z.string() }),
    status: 201,
    refusals: ["E_NOT_FOUND", "E_FAULT_KIND", "E_LINK_DOWN"],
    target: ({ body }) => [place(body.cell)],
    handle: async ({ body, who }) => {
      const fault: Kept = {
        ...body,
        cell: body.cell.split(".").pop() ?? body.cell,
        id: randomUUID(),
        by: who.name,
        at: deps.clock.now(),
      };
      await relay(deps, fault, "start", who);
      orders.set(fault.id, fault);
      if (orders.size > MOST) orders.delete(orders.keys().next().value as string);
      return { id: fault.id };
    },
  });
}

/** Sends the order and writes down what came of it. */
async function relay(deps: WebDeps, fault: Kept, op: FaultOrder["op"], who: Who): Promise<void> {
  const { id: fid, kind, cell, after, seconds, args } = fault;
  const verdict = await deps.faults({ id: fid, op, kind, cell, after, seconds, args });
  const time = deps.clock.now();
  const outcome = verdict.ok ? "ok" : verdict.code;
  deps.ledger.batch(() => {
    deps.ledger.audit({
      time,
      actor: who.name,
      action: `fault-${op}`,
      target: cell,
      after: { id: fid, kind, after, seconds, args },
      outcome,
    });
    deps.ledger.journal({ time, kind: "fault", cell, op, id: fid, fault: kind, actor: who.name, outcome });
  });
  mustHold(verdict);
}
