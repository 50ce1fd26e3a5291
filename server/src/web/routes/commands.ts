/** The command door over HTTP: whoever may, asks; the door decides; both are audited. */
import { COMMAND_STATES, type Command, Fault } from "@cellhouse/shared";
import { z } from "zod";
import type { CommandDoor, CommandRequest } from "../../contracts.ts";
import { reaches } from "../auth/areas.ts";
import type { Who } from "../auth/session.ts";
import type { WebDeps } from "../deps.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { faultCode, id, instant, limit, tagsOf } from "./fields.ts";

const commandSchema = z.object({
  id: z.string(),
  tag: z.string(),
  value: z.number(),
  by: z.string(),
  at: z.number(),
  state: z.enum(COMMAND_STATES),
  readBack: z.number().optional(),
  ended: z.number().optional(),
  code: faultCode.optional(),
  reason: z.string().optional(),
});

const request = z.strictObject({
  tag: z.string().min(1).max(80),
  value: z.number(),
  reason: z.string().trim().max(500).optional(),
  seen: z.strictObject({ value: z.number(), time: z.number() }).optional().meta({ description: "What the person saw when deciding" }),
});

export function commandRoutes(deps: WebDeps): Endpoint[] {
  const byId = (commandId: string): Command => {
    const command = doorOf(deps).get(commandId);
    if (command === undefined) throw new Fault("E_NOT_FOUND", `command ${commandId}`);
    return command;
  };
  return [
    endpoint({
      method: "POST",
      url: "/api/v1/commands",
      summary: "Write a setpoint, parameter or mode; the answer is the pending command",
      body: request,
      answer: commandSchema,
      status: 202,
      refusals: ["E_TAG_UNKNOWN", "E_SETPOINT_RANGE", "E_NOT_WRITABLE", "E_NOT_FRESH", "E_LEASE", "E_MODE", "E_LINK_DOWN"],
      target: ({ body }) => [onlyTag(deps, body.tag)],
      handle: ({ body, who }) => submit(deps, { ...body, tag: onlyTag(deps, body.tag) }, who),
    }),
    listRoute(deps),
    endpoint({
      method: "GET",
      url: "/api/v1/commands/:id",
      summary: "One command",
      params: z.object({ id }),
      answer: commandSchema,
      refusals: ["E_NOT_FOUND"],
      target: ({ params }) => [byId(params.id).tag],
      handle: ({ params }) => byId(params.id),
    }),
  ];
}

function listRoute(deps: WebDeps): Endpoint {
  return endpoint({
    method: "GET",
    url: "/api/v1/commands",
    summary: "Commands, newest first, at most 1000",
    query: z.object({
      tag: z.string().max(80).optional(),
      from: instant(deps.clock).optional(),
      to: instant(deps.clock).optional(),
      limit: limit(1000, 200),
    }),
    answer: z.object({ commands: z.array(commandSchema), next: z.string().optional() }),
    handle: ({ query, who }) => {
      const tag = query.tag === undefined ? undefined : tagsOf(deps.plant, [query.tag])[0]?.path;
      const filter = { ...query, ...(tag === undefined ? {} : { tag }) };
      return {
        commands: doorOf(deps)
          .list(filter as Parameters<CommandDoor["list"]>[0])
          .filter((c) => reaches(who.areas, c.tag)),
      };
    },
  });
}

function doorOf(deps: WebDeps): CommandDoor {
  if (deps.live.door === undefined) throw new Fault("E_REPLAY_READ_ONLY", "this server has no door to the plant");
  return deps.live.door;
}

function onlyTag(deps: WebDeps, path: string): string {
  const tags = tagsOf(deps.plant, [path]);
  if (tags.length !== 1) throw new Fault("E_QUERY", "body: tag: name one tag");
  return (tags[0] as { path: string }).path;
}

/** Hands the request to the door and audits its verdict with the value before and after. */
function submit(deps: WebDeps, asked: z.output<typeof request>, who: Who): Command {
  const { value, reason, seen } = asked;
  const order: CommandRequest = {
    tag: asked.tag,
    value,
    ...(reason === undefined ? {} : { reason }),
    ...(seen === undefined ? {} : { seen }),
  };
  const before = deps.live.model.value(tagsOf(deps.plant, [asked.tag])[0]?.id ?? 0);
  deps.ledger.room();
  const verdict = doorOf(deps).submit(order, { name: who.name, role: who.role, areas: who.areas });
  deps.ledger.audit({
    time: deps.clock.now(),
    actor: who.name,
    action: "command",
    target: asked.tag,
    before: Number.isFinite(before) ? before : null,
    after: value,
    ...(reason === undefined ? {} : { reason }),
    outcome: verdict.ok ? `accepted ${verdict.command.id}` : verdict.code,
  });
  if (!verdict.ok) throw new Fault(verdict.code, verdict.detail);
  return verdict.command;
}
