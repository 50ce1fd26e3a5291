/** What clients may say. Nothing they send throws: it is answered, refused with a code, or counted. */
import { type FaultCode, type Role, resolveTags, type SubscribeReply, type TapRequest } from "@cellhouse/shared";
import { z } from "zod";
import type { Pipe, Replay } from "../../contracts.ts";
import { SOCKET_POLICY } from "../auth/policy.ts";
import type { WebDeps } from "../deps.ts";
import { issues } from "../endpoint.ts";
import type { Budget } from "./budget.ts";
import type { Client } from "./client.ts";
import { type Asked, ask, MOST_TAGS, type Request, subscribeRequest } from "./interests.ts";

export interface Dispatch {
  deps: WebDeps;
  client: Client;
  budget: Budget;
  move(pipe: Pipe | Replay): void;
  /** Values may be waiting for this client. */
  touch(): void;
}

const filter = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^#]*(^#|\/#)?$/, "# stands alone and last");
const tapRequest: z.ZodType<TapRequest | null> = z.strictObject({ filter }).nullable();

type Handler = (dispatch: Dispatch, given: unknown) => SubscribeReply;

/** Keyed by the policy's names, so an event without a rule cannot be handled. */
const HANDLERS: { readonly [event in Exclude<keyof typeof SOCKET_POLICY, "subscribe:replay">]: Handler } = {
  subscribe: checked(subscribeRequest, subscribe),
  unsubscribe: checked(subscribeRequest, unsubscribe),
  tap: checked(tapRequest, tap),
};

/** Answers one message. The last argument may be the acknowledgement; without one, refusals are only counted. */
export function answer(dispatch: Dispatch, event: string, args: readonly unknown[]): void {
  const { deps, client, budget } = dispatch;
  const reply = (given: SubscribeReply): void => {
    if (!given.ok) deps.counters.rejected(`socket_${given.code}`);
    const last = args.at(-1);
    if (typeof last === "function") last(given);
  };
  const allowance = budget.take();
  if (allowance === "close") {
    client.socket.disconnect(true);
    return;
  }
  try {
    reply(allowance === "refuse" ? no("E_RATE", "too many messages; wait 1 s") : handle(dispatch, event, args[0]));
  } catch (error) {
    deps.log.error({ err: error, event: event.slice(0, 40) }, "socket message failed");
    reply(no("E_INTERNAL", "see the server's log"));
  }
}

function handle(dispatch: Dispatch, event: string, given: unknown): SubscribeReply {
  if (!Object.hasOwn(HANDLERS, event)) return no("E_NOT_FOUND", `event ${event.slice(0, 40)}`);
  const name = event as keyof typeof HANDLERS;
  const { role } = dispatch.client.who;
  const roles: readonly Role[] = SOCKET_POLICY[name].roles;
  if (!roles.includes(role)) return no("E_ROLE", `role ${role}: ${name}`);
  return HANDLERS[name](dispatch, given);
}

function checked<T>(schema: z.ZodType<T>, handler: (dispatch: Dispatch, request: T) => SubscribeReply): Handler {
  return (dispatch, given) => {
    const request = schema.safeParse(given);
    return request.success ? handler(dispatch, request.data) : no("E_QUERY", issues(request.error));
  };
}

/**
 * Raw messages know no areas: only who may see the whole plant listens. Twenty a second of 10 kB at most: a socket that does not
 * read is closed by its missing pong before they amount to anything.
 */
function tap({ deps, client }: Dispatch, request: TapRequest | null): SubscribeReply {
  if (!client.who.areas.includes("")) return no("E_ROLE", "areas: the raw tap is for who may see the whole plant");
  client.untap();
  client.untap = request === null ? () => undefined : deps.tap(request.filter, (message) => client.socket.emit("tap", message));
  return { ok: true, unknown: [] };
}

function subscribe(dispatch: Dispatch, request: Request): SubscribeReply {
  const { deps, client } = dispatch;
  const pipe = pipeOf(dispatch, request.replay);
  if ("code" in pipe) return pipe;
  const asked = ask(deps.plant, client.who.areas, request);
  if ("code" in asked) return asked;
  if (tooMany(dispatch, asked)) return no("E_TOO_LARGE", `at most ${MOST_TAGS} tags at once`);
  if (pipe.to !== undefined) dispatch.move(pipe.to);
  client.interests.add(asked);
  apply(dispatch);
  return { ok: true, unknown: asked.unknown };
}

function unsubscribe(dispatch: Dispatch, request: Request): SubscribeReply {
  const { tags, unknown } = resolveTags(dispatch.deps.plant, request.tags ?? []);
  dispatch.client.interests.remove({ tags: tags.map((tag) => tag.id), owners: request.cells ?? [], hall: request.hall ?? false, unknown });
  apply(dispatch);
  return { ok: true, unknown };
}

/** The pipe a request moves to; nothing when it stays. */
function pipeOf(
  { deps, client }: Dispatch,
  replay: string | null | undefined,
): { to?: Pipe | Replay } | Extract<SubscribeReply, { ok: false }> {
  if (replay === undefined) return {};
  if (replay === null) return { to: deps.live };
  const { role } = client.who;
  const roles: readonly string[] = SOCKET_POLICY["subscribe:replay"].roles;
  if (!roles.includes(role)) return no("E_ROLE", `role ${role}: replay`);
  const found = deps.replays.get(replay);
  return found === undefined ? no("E_NOT_FOUND", `replay ${replay}`) : { to: found };
}

/** Counted before anything changes, so that a refusal leaves all as it was. */
function tooMany({ deps, client }: Dispatch, asked: Asked): boolean {
  const wanted = client.interests.wanted();
  for (const tag of asked.tags) wanted.add(tag);
  for (const owner of asked.owners) for (const tag of deps.plant.home(owner)?.tags.values() ?? []) wanted.add(tag.id);
  return wanted.size > MOST_TAGS;
}

/** Makes the subscription what the interests say; tells the index first when it grew. */
function apply({ deps, client, touch }: Dispatch): void {
  const grew = client.subscription.replace(client.interests.wanted());
  if (grew) client.socket.emit("tags", { index: client.subscription.tags.map((tag) => deps.plant.tags[tag]?.path ?? "") });
  touch();
}

function no(code: FaultCode, detail: string): Extract<SubscribeReply, { ok: false }> {
  return { ok: false, code, detail };
}
