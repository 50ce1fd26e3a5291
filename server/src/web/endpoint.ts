/** An endpoint is described once: its schemas check the request, type the handler and make the OpenAPI document. */
import { Fault, type FaultCode } from "@cellhouse/shared";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { reaches } from "./auth/areas.ts";
import type { Who } from "./auth/session.ts";

type Method = "GET" | "POST" | "PATCH" | "DELETE";

interface Input<P, Q, B> {
  params: P;
  query: Q;
  body: B;
  who: Who;
  request: FastifyRequest;
  reply: FastifyReply;
}

interface Definition<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType> {
  method: Method;
  /** With `:name` parameters, as in the policy table. */
  url: string;
  summary: string;
  params?: P;
  query?: Q;
  body?: B;
  /** Shape of the answer; absent: 204. */
  answer?: R;
  status?: number;
  /** The body is a file of any size: `request.body` is the stream of it. */
  upload?: true;
  /** Codes it may refuse with, beside E_AUTH, E_ROLE, E_QUERY. */
  refusals?: readonly FaultCode[];
  /** The paths the request is about; required where the policy says `target`. */
  target?(input: Input<z.output<P>, z.output<Q>, z.output<B>>): readonly string[];
  /** A `Sent` when the handler has answered by itself (another format). */
  handle(input: Input<z.output<P>, z.output<Q>, z.output<B>>): Promise<z.input<R> | Sent> | z.input<R> | Sent;
}

/** The handler has sent its own answer. */
export const SENT = Symbol("sent");
export type Sent = typeof SENT;

/** Taken back when the client has gone before its answer: who works for it may stop. */
export function signalOf(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}

export interface Endpoint {
  readonly method: Method;
  readonly url: string;
  readonly summary: string;
  readonly status: number;
  readonly schemas: {
    params: z.ZodType | undefined;
    query: z.ZodType | undefined;
    body: z.ZodType | undefined;
    answer: z.ZodType | undefined;
  };
  readonly refusals: readonly FaultCode[];
  readonly hasTarget: boolean;
  readonly isUpload: boolean;
  run(request: FastifyRequest, reply: FastifyReply, who: Who): Promise<FastifyReply>;
}

const nothing = z.looseObject({});

/** Makes the endpoint: parse, check the target's area, handle, answer. */
export function endpoint<
  P extends z.ZodType = typeof nothing,
  Q extends z.ZodType = typeof nothing,
  B extends z.ZodType = z.ZodUndefined,
  R extends z.ZodType = z.ZodUndefined,
>(definition: Definition<P, Q, B, R>): Endpoint {
  const { method, url, summary, params, query, body, answer } = definition;
  const status = definition.status ?? (answer === undefined ? 204 : 200);
  return {
    method,
    url,
    summary,
    status,
    schemas: { params, query, body, answer },
    refusals: definition.refusals ?? [],
    hasTarget: definition.target !== undefined,
    isUpload: definition.upload === true,
    async run(request, reply, who) {
      const input = {
        params: parse("path", params, request.params),
        query: parse("query", query, request.query),
        body: parse("body", body, request.body),
        who,
        request,
        reply,
      } as Input<z.output<P>, z.output<Q>, z.output<B>>;
      for (const path of definition.target?.(input) ?? []) mustReach(who, path);
      const result = await definition.handle(input);
      return result === SENT ? reply : reply.code(status).send(result);
    },
  };
}

function mustReach(who: Who, path: string): void {
  if (!reaches(who.areas, path)) throw new Fault("E_ROLE", `${path}: outside the areas of ${who.name}`);
}

function parse(where: string, schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return undefined;
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  throw new Fault("E_QUERY", `${where}: ${issues(checked.error)}`);
}

/** The first three things wrong, each with its field. */
export function issues(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.map(String).join(".") || "(whole)"}: ${issue.message}`)
    .join("; ")
    .slice(0, 500);
}
