/** Injected faults: orders checked against the catalogue, relayed to a simulator, and kept here so that they can be listed and ended. */
import { randomUUID } from "node:crypto";
import {
  DISTURBANCES,
  type DisturbanceEntry,
  Fault,
  type FaultCode,
  type Plant,
  readDisturbance,
  refuse,
  type Verdict,
} from "@cellhouse/shared";
import { z } from "zod";
import type { FaultOrder } from "../../contracts.ts";
import { reaches } from "../auth/areas.ts";
import type { Who } from "../auth/session.ts";
import type { WebDeps } from "../deps.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { id, mustHold, placeOf } from "./fields.ts";

/** Orders kept; the oldest goes first. */
const MOST = 1000;

/** Doors tried at most. */
const DOORS = 5;

const order = z.strictObject({
  kind: z.string().min(1).max(60),
  cell: z.string().min(1).max(40).meta({ description: "A cell, or for a fault of a line the line or any cell of it" }),
  after: z.number().min(0).max(86_400).default(0),
  seconds: z.number().min(0).max(604_800).default(0),
  args: z.record(z.string().max(40), z.union([z.number(), z.string().max(40)])).default({}),
});
const kept = order.extend({ args: z.record(z.string(), z.number()), id: z.string(), by: z.string(), at: z.number() });
type Kept = z.output<typeof kept>;

const arg = z.union([
  z.object({ low: z.number(), high: z.number(), fallback: z.number(), unit: z.string(), whole: z.boolean() }),
  z.object({ choices: z.array(z.string()), fallback: z.number() }),
]);
const kinds = z.array(
  z.object({
    kind: z.string(),
    at: z.enum(["cell", "line"]),
    name: z.string(),
    seen: z.string(),
    seconds: z.number(),
    args: z.record(z.string(), arg),
  }),
);
const KINDS = Object.entries<DisturbanceEntry>(DISTURBANCES).map(([kind, entry]) => ({ kind, ...entry })) as z.input<typeof kinds>;

export function faultRoutes(deps: WebDeps): Endpoint[] {
  const orders = new Map<string, Kept>();
  const byId = (fault: string): Kept => {
    const found = orders.get(fault);
    if (found === undefined) throw new Fault("E_NOT_FOUND", `fault ${fault}`);
    return found;
  };
  return [
    injectRoute(deps, orders),
    endpoint({
      method: "GET",
      url: "/api/v1/faults",
      summary: "Faults injected that are waiting or at work, and the kinds there are",
      answer: z.object({ faults: z.array(kept), kinds }),
      handle: ({ who }) => {
        forget(orders, deps.clock.now());
        return { faults: [...orders.values()].filter((fault) => reaches(who.areas, place(deps.plant, fault.cell))), kinds: KINDS };
      },
    }),
    endpoint({
      method: "DELETE",
      url: "/api/v1/faults/:id",
      summary: "End a fault",
      params: z.object({ id }),
      refusals: ["E_NOT_FOUND", "E_LINK_DOWN"],
      target: ({ params }) => [place(deps.plant, byId(params.id).cell)],
      handle: async ({ params, who }) => {
        const verdict = await tell(deps, { fault: byId(params.id), op: "stop", who });
        // A simulator that knows it no more has ended it, or was started anew.
        if (!verdict.ok && !`${verdict.code} ${verdict.detail}`.includes("E_NOT_FOUND" satisfies FaultCode)) mustHold(verdict);
        orders.delete(params.id);
        return undefined;
      },
    }),
  ];
}

function injectRoute(deps: WebDeps, orders: Map<string, Kept>): Endpoint {
  return endpoint({
    method: "POST",
    url: "/api/v1/faults",
    summary: "Inject a fault into a simulated cell or line",
    body: order,
    answer: z.object({ id: z.string() }),
    status: 201,
    refusals: ["E_NOT_FOUND", "E_FAULT_KIND", "E_LINK_DOWN"],
    target: ({ body }) => [place(deps.plant, struck(deps.plant, body))],
    handle: async ({ body, who }) => {
      const at = deps.clock.now();
      const read = readDisturbance(body.kind, body.args);
      const cell = struck(deps.plant, body);
      const fault: Kept = { ...body, cell, args: read.ok ? read.args : {}, id: randomUUID(), by: who.name, at };
      const misplaced = read.ok && DISTURBANCES[read.kind].at === "cell" && deps.plant.line(cell) !== undefined;
      const wrong = misplaced ? `cell: ${body.kind} befalls a cell, ${cell} is a line` : read.ok ? undefined : read.detail;
      mustHold(await tell(deps, { fault, op: "start", who, wrong }));
      orders.set(fault.id, fault);
      if (orders.size > MOST) orders.delete(orders.keys().next().value as string);
      return { id: fault.id };
    },
  });
}

/** Path of a cell or line. */
function place(plant: Plant, owner: string): string {
  const path = placeOf(plant, owner);
  if (path === undefined) throw new Fault("E_NOT_FOUND", `cell: ${owner}`);
  return path;
}

/** Id of the cell or line an order befalls. */
function struck(plant: Plant, { kind, cell }: z.output<typeof order>): string {
  const owner = place(plant, cell).split(".").pop() as string;
  const entry: DisturbanceEntry | undefined = Object.hasOwn(DISTURBANCES, kind)
    ? DISTURBANCES[kind as keyof typeof DISTURBANCES]
    : undefined;
  return (entry?.at === "line" && plant.cell(owner)?.line.id) || owner;
}

/** Forgets what has run its time. A simulator that runs fast has ended it sooner. */
function forget(orders: Map<string, Kept>, now: number): void {
  for (const { id, at, after, seconds } of orders.values()) if (seconds > 0 && at + (after + seconds) * 1000 <= now) orders.delete(id);
}

interface Telling {
  fault: Kept;
  op: FaultOrder["op"];
  who: Who;
  /** What is wrong with it: then it is not sent. */
  wrong?: string | undefined;
}

/**
 * The cells through whose doors an order may go: a line's through any of its own. So may the end of any fault, which is told by its id
 * alone: a PLC that was taken off the network hears nothing itself.
 */
function doorsOf(plant: Plant, { cell }: Kept, op: FaultOrder["op"]): string[] {
  const own = plant.cell(cell);
  const line = (own?.line ?? plant.line(cell))?.cells.map(({ id }) => id) ?? [];
  if (own === undefined) return line.slice(0, DOORS);
  return op === "start" ? [cell] : [cell, ...line.filter((id) => id !== cell).slice(0, DOORS - 1)];
}

/** The answer of the first door that is reached. */
async function send(deps: WebDeps, fault: Kept, op: FaultOrder["op"]): Promise<Verdict> {
  const { id, kind, after, seconds, args } = fault;
  let verdict: Verdict = refuse("E_NOT_FOUND", `cell: ${fault.cell}`);
  for (const cell of doorsOf(deps.plant, fault, op)) {
    verdict = await deps.faults({ id, op, kind, cell, after, seconds, args });
    if (verdict.ok || verdict.code !== "E_LINK_DOWN") break;
  }
  return verdict;
}

/** Sends the order and writes down what came of it. */
async function tell(deps: WebDeps, { fault, op, who, wrong }: Telling): Promise<Verdict> {
  const { id: fid, kind, cell, after, seconds, args } = fault;
  deps.ledger.room();
  const verdict = wrong === undefined ? await send(deps, fault, op) : refuse("E_FAULT_KIND", wrong);
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
  return verdict;
}
