/** Alarms: what stands, and what people do to it. Acts are audited with their outcome, refused ones too. */
import { ALARM_STATES, type Alarm, Fault, INHIBITS, type Verdict } from "@cellhouse/shared";
import { z } from "zod";
import { reaches } from "../auth/areas.ts";
import type { Who } from "../auth/session.ts";
import type { WebDeps } from "../deps.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { mustHold, reason } from "./fields.ts";

const alarmSchema = z.object({
  id: z.string(),
  occurrence: z.string().nullable(),
  cell: z.string(),
  tag: z.string(),
  type: z.string(),
  priority: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]),
  state: z.enum(ALARM_STATES),
  inhibit: z.array(z.enum(INHIBITS)),
  value: z.number().nullable(),
  limit: z.number().nullable(),
  raised: z.number().nullable(),
  ackBy: z.string().optional(),
  ackAt: z.number().optional(),
  cause: z.string(),
  consequence: z.string(),
  response: z.string(),
  timeToRespond: z.number(),
});

/** `state=UNACK,RTN_UNACK` */
const listOf = <const T extends string>(names: readonly T[]) =>
  z
    .string()
    .max(200)
    .transform((text) => text.split(","))
    .pipe(z.array(z.enum(names as unknown as [T, ...T[]])));

const acts = {
  ack: z.strictObject({ occurrence: z.string().min(1).max(100), comment: z.string().trim().max(500).optional() }),
  shelve: z.strictObject({ minutes: z.number().min(1).max(1440), reason }),
  unshelve: z.strictObject({}).optional(),
  reset: z.strictObject({}).optional(),
};

export function alarmRoutes(deps: WebDeps): Endpoint[] {
  const { alarms } = deps.live;
  return [
    endpoint({
      method: "GET",
      url: "/api/v1/alarms",
      summary: "Alarms that are not normal, or inhibited",
      query: z.object({
        state: listOf(ALARM_STATES).optional(),
        priority: listOf(["1", "2", "3", "4"]).optional(),
        cell: z.string().max(10).optional(),
      }),
      answer: z.object({ alarms: z.array(alarmSchema) }),
      handle: ({ query, who }) => ({
        alarms: alarms
          .list()
          .filter(
            (alarm) =>
              reaches(who.areas, alarm.tag) &&
              (query.state?.includes(alarm.state) ?? true) &&
              (query.priority?.includes(`${alarm.priority}`) ?? true) &&
              (query.cell ?? alarm.cell) === alarm.cell,
          ),
      }),
    }),
    act(deps, "ack", acts.ack, (alarm, body, who) => alarms.acknowledge(alarm, body.occurrence, who.name, body.comment)),
    act(deps, "shelve", acts.shelve, (alarm, body, who) => alarms.shelve(alarm, body.minutes, body.reason, who.name)),
    act(deps, "unshelve", acts.unshelve, (alarm, _body, who) => alarms.unshelve(alarm, who.name)),
    act(deps, "reset", acts.reset, (alarm, _body, who) => alarms.reset(alarm, who.name)),
  ];
}

/** One act on one alarm: the answer is the alarm as it then stands. */
function act<B extends z.ZodType>(
  deps: WebDeps,
  name: keyof typeof acts,
  body: B,
  run: (alarm: string, body: z.output<B>, who: Who) => Verdict,
): Endpoint {
  return endpoint({
    method: "POST",
    url: `/api/v1/alarms/:id/${name}`,
    summary: {
      ack: "Acknowledge the occurrence seen",
      shelve: "Shelve for some minutes",
      unshelve: "End the shelving",
      reset: "Reset a latched alarm",
    }[name],
    params: z.object({ id: z.string().min(1).max(80) }),
    body,
    answer: alarmSchema,
    refusals: ["E_NOT_FOUND", "E_OCCURRENCE"],
    target: ({ params }) => [standing(deps, params.id).tag],
    handle: ({ params, body: given, who }) => {
      const before = standing(deps, params.id).state;
      deps.ledger.room();
      const verdict = run(params.id, given, who);
      const after = standing(deps, params.id);
      deps.ledger.audit({
        time: deps.clock.now(),
        actor: who.name,
        action: name,
        target: params.id,
        before,
        after: { state: after.state, given },
        outcome: verdict.ok ? "ok" : verdict.code,
      });
      mustHold(verdict);
      return after;
    },
  });
}

function standing(deps: WebDeps, alarm: string): Alarm {
  const found = deps.live.alarms.get(alarm);
  if (found === undefined) throw new Fault("E_NOT_FOUND", `alarm ${alarm}`);
  return found;
}
