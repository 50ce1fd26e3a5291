/** The OpenAPI 3.1 document, made from the same schemas that check the requests. */
import { FAULTS, type FaultCode } from "@cellhouse/shared";
import { z } from "zod";
import { type Access, HTTP_POLICY } from "./auth/policy.ts";
import { COOKIE } from "./auth/session.ts";
import type { Endpoint } from "./endpoint.ts";

type Json = Record<string, unknown>;

const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.enum(Object.keys(FAULTS) as [FaultCode, ...FaultCode[]]),
  remedy: z.string(),
});

/** Every endpoint with its schemas, its refusals by status, and who may call it. */
export function openApi(endpoints: readonly Endpoint[]): Json {
  const paths: Record<string, Json> = {};
  for (const one of endpoints) {
    const path = one.url.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [one.method.toLowerCase()]: operation(one) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Cellhouse",
      version: "1",
      description: "Times are epoch ms UTC. Errors are RFC 9457 problem documents; match on `code`.",
    },
    paths,
    components: {
      schemas: { Problem: json(problemSchema, "output") },
      securitySchemes: { session: { type: "apiKey", in: "cookie", name: COOKIE }, bearer: { type: "http", scheme: "bearer" } },
    },
  };
}

function operation(one: Endpoint): Json {
  const access = HTTP_POLICY[`${one.method} ${one.url}`] as Access;
  const { body } = one.schemas;
  return {
    summary: one.summary,
    ...(typeof access === "string"
      ? {}
      : { security: [{ session: [] }, { bearer: [] }], description: `Roles: ${access.roles.join(", ")}.` }),
    parameters: [...parameters("path", one.schemas.params), ...parameters("query", one.schemas.query)],
    ...(one.isUpload ? { requestBody: { required: true, content: { "application/octet-stream": {} } } } : {}),
    ...(body === undefined
      ? {}
      : {
          requestBody: { required: !body.safeParse(undefined).success, content: { "application/json": { schema: json(body, "input") } } },
        }),
    responses: responses(one, access),
  };
}

function responses(one: Endpoint, access: Access): Json {
  const { answer } = one.schemas;
  const good =
    answer === undefined
      ? { description: "Done" }
      : { description: "Done", content: { "application/json": { schema: json(answer, "output") } } };
  const codes = new Set<FaultCode>([...one.refusals, "E_QUERY", ...(access === "open" ? [] : (["E_AUTH", "E_ROLE"] as const))]);
  const byStatus = Map.groupBy(codes, (code) => String(FAULTS[code].status));
  const refused = [...byStatus].map(([status, same]) => [
    status,
    {
      description: same.map((code) => `${code}: ${FAULTS[code].message}`).join("; "),
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
    },
  ]);
  return { [one.status]: good, ...Object.fromEntries(refused) };
}

function parameters(place: "path" | "query", schema: z.ZodType | undefined): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = json(schema, "input") as { properties?: Record<string, Json>; required?: string[] };
  return Object.entries(properties).map(([name, field]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: field,
  }));
}

function json(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" }) as Json;
  return rest;
}
