/** Replays over HTTP; what they show travels over the socket (`subscribe({ replay })`). */
import { Fault } from "@cellhouse/shared";
import { z } from "zod";
import type { Replay } from "../../contracts.ts";
import type { WebDeps } from "../deps.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { id, instant } from "./fields.ts";

const speed = z.number().min(0.1).max(1000);
const stateSchema = z.object({ id: z.string(), from: z.number(), to: z.number(), at: z.number(), speed: z.number(), playing: z.boolean() });

/** The service bounds how many there are and ends those nobody watches; `removed` is told of those ended by request. */
export function replayRoutes(deps: WebDeps, removed: (replay: string) => void): Endpoint[] {
  const byId = (replay: string): Replay => {
    const found = deps.replays.get(replay);
    if (found === undefined) throw new Fault("E_NOT_FOUND", `replay ${replay}`);
    return found;
  };
  return [createRoute(deps), ...steerRoutes(deps, byId), endRoute(deps, byId, removed)];
}

function createRoute(deps: WebDeps): Endpoint {
  const time = instant(deps.clock);
  return endpoint({
    method: "POST",
    url: "/api/v1/replays",
    summary: "Open a replay of a recorded span; it begins paused",
    body: z
      .strictObject({ from: time, to: time, speed: speed.optional() })
      .refine((span) => span.from < span.to, { path: ["to"], message: "must be later than from" }),
    answer: z.object({ id: z.string() }),
    status: 201,
    refusals: ["E_REPLAY_RANGE", "E_RATE"],
    handle: async ({ body, who }) => {
      const { from, to } = body;
      const replay = await deps.replays.create({ from, to, ...(body.speed === undefined ? {} : { speed: body.speed }) });
      deps.ledger.audit({
        time: deps.clock.now(),
        actor: who.name,
        action: "replay",
        target: replay.id,
        after: { from, to },
        outcome: "ok",
      });
      return { id: replay.id };
    },
  });
}

function steerRoutes(deps: WebDeps, byId: (replay: string) => Replay): Endpoint[] {
  const params = z.object({ id });
  return [
    endpoint({
      method: "GET",
      url: "/api/v1/replays/:id",
      summary: "Where a replay stands",
      params,
      answer: stateSchema,
      refusals: ["E_NOT_FOUND"],
      handle: (input) => byId(input.params.id).state(),
    }),
    endpoint({
      method: "PATCH",
      url: "/api/v1/replays/:id",
      summary: "Play, pause, change speed, or go to a moment",
      params,
      body: z.strictObject({ playing: z.boolean().optional(), speed: speed.optional(), at: instant(deps.clock).optional() }),
      answer: stateSchema,
      refusals: ["E_NOT_FOUND", "E_REPLAY_RANGE"],
      handle: async (input) => {
        const replay = byId(input.params.id);
        const { playing, speed: faster, at } = input.body;
        await replay.control({
          ...(playing === undefined ? {} : { playing }),
          ...(faster === undefined ? {} : { speed: faster }),
          ...(at === undefined ? {} : { at }),
        });
        return replay.state();
      },
    }),
  ];
}

function endRoute(deps: WebDeps, byId: (replay: string) => Replay, removed: (replay: string) => void): Endpoint {
  return endpoint({
    method: "DELETE",
    url: "/api/v1/replays/:id",
    summary: "End a replay; who watched it is live again",
    params: z.object({ id }),
    refusals: ["E_NOT_FOUND"],
    handle: async (input) => {
      const replay = byId(input.params.id).id;
      removed(replay);
      await deps.replays.remove(replay);
      return undefined;
    },
  });
}
