/** The HTTP server: default deny, problem documents for everything that goes wrong, security headers on everything that leaves. */
import { randomUUID } from "node:crypto";
import { Fault, type FaultCode, type Problem, problem } from "@cellhouse/shared";
import cookie from "@fastify/cookie";
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
} from "fastify";
import { type Access, HTTP_POLICY } from "./auth/policy.ts";
import { identify, NOBODY, sameOrigin, type Who } from "./auth/session.ts";
import type { WebDeps } from "./deps.ts";
import type { Endpoint } from "./endpoint.ts";
import { openApi } from "./openapi.ts";
import { serveClient } from "./static.ts";

/** Largest body, bytes: the largest sensible request is a few hundred. */
const BODY_LIMIT = 64 * 1024;
/** A request has to have arrived by then, ms. */
const REQUEST_MS = 30_000;
const FILE_TYPES = ["text/csv", "application/vnd.apache.parquet", "application/octet-stream"] as const;

/** `style-src` allows inline styles because accessible parts and the plots set them; scripts only ever come from our own files. */
const CSP = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS = {
  "content-security-policy": CSP,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** Builds the server with its endpoints; throws at once when one has no entry in the policy table, or an entry no route. */
export async function createHttp(deps: WebDeps, endpoints: readonly Endpoint[]): Promise<FastifyInstance> {
  const options: FastifyServerOptions = {
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_MS,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error, request, reply) => void refuse(deps, error, request, reply),
  };
  const app: FastifyInstance = fastify(deps.tls === undefined ? options : ({ ...options, https: deps.tls } as FastifyServerOptions));
  const unused = new Set(Object.keys(HTTP_POLICY));
  app.addHook("onRoute", (route) => {
    for (const method of [route.method].flat()) {
      const key = `${method} ${route.url}`;
      if (HTTP_POLICY[key] === undefined) throw new Error(`route ${key} has no entry in the policy table`);
      unused.delete(key);
    }
  });
  guard(app, deps);
  app.setErrorHandler((error: FastifyError, request, reply) => refuse(deps, error, request, reply));
  await app.register(cookie);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, parseJson);
  app.addContentTypeParser([...FILE_TYPES], passFile);
  for (const one of endpoints) addEndpoint(app, one);
  const document = openApi(endpoints);
  app.get("/api/openapi.json", () => document);
  await serveClient(app, deps.clientFolder);
  await app.ready();
  if (unused.size > 0) throw new Error(`policy entries without a route: ${[...unused].join(", ")}`);
  return app;
}

/** An empty body is no body: acts without arguments need none. */
function parseJson(_request: FastifyRequest, text: string | Buffer, done: (error: Error | null, body?: unknown) => void): void {
  try {
    done(null, text.length === 0 ? undefined : JSON.parse(String(text)));
  } catch (error) {
    done(new Fault("E_QUERY", `body: not JSON: ${(error as Error).message.slice(0, 100)}`));
  }
}

/** Where a file is wanted its bytes are handed on as they come; elsewhere it is no body. */
function passFile(request: FastifyRequest, payload: unknown, done: (error: Error | null, body?: unknown) => void): void {
  if ((request.routeOptions.config as { isUpload?: boolean }).isUpload === true) done(null, payload);
  else done(new Fault("E_QUERY", `body: JSON is wanted here, not ${request.headers["content-type"]}`));
}

function addEndpoint(app: FastifyInstance, one: Endpoint): void {
  const access = HTTP_POLICY[`${one.method} ${one.url}`];
  if (typeof access === "object" && access.area === "target" && !one.hasTarget)
    throw new Error(`${one.method} ${one.url}: the policy binds it to areas, but it names no target`);
  app.route({
    method: one.method,
    url: one.url,
    config: { isUpload: one.isUpload },
    handler: (request, reply) => one.run(request, reply, request.getDecorator<Who>("who")),
  });
}

/** Before any body is read: our headers, the origin, the session, the role. */
function guard(app: FastifyInstance, deps: WebDeps): void {
  app.decorateRequest("who");
  const headers = deps.tls === undefined ? HEADERS : { ...HEADERS, "strict-transport-security": "max-age=31536000" };
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(headers);
    if (request.url.startsWith("/api/")) reply.header("cache-control", "no-store");
    if (request.method !== "GET" && request.method !== "HEAD" && !sameOrigin(request.headers))
      throw new Fault("E_ORIGIN", String(request.headers.origin ?? "another site"));
    if (request.is404) return;
    const key = `${request.method} ${request.routeOptions.url}`;
    request.setDecorator<Who>("who", admit(deps, HTTP_POLICY[key], request));
  });
}

/** Who may come in, or the fault that keeps them out. No entry, no entrance. */
function admit(deps: WebDeps, access: Access | undefined, request: FastifyRequest): Who {
  if (access === "open") return NOBODY;
  if (access === "loopback" && isLoopback(request.ip)) return NOBODY;
  const who = identify(deps, request.headers);
  if (who === undefined) throw new Fault("E_AUTH", `${request.method} ${request.routeOptions.url}`);
  if (access === "loopback") return who;
  if (access === undefined || !access.roles.includes(who.role))
    throw new Fault("E_ROLE", `role ${who.role}: ${request.method} ${request.routeOptions.url}`);
  return who;
}

function isLoopback(address: string): boolean {
  return address === "::1" || /^(::ffff:)?127\./.test(address);
}

/** Turns whatever was thrown into a problem document; only what is our own mistake is logged, under an id the person can name. */
function refuse(deps: WebDeps, error: FastifyError | Fault, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // The work was given up, or the body never came whole, because nobody is there to be answered.
  const gone = error.name === "AbortError" || (error as FastifyError).code === "ECONNRESET";
  if (gone && reply.raw.destroyed) return reply.hijack();
  const body = problemOf(deps, error, request);
  deps.counters.rejected(body.code);
  const wait = body.code === "E_RATE" ? /(\d+) s/.exec(body.detail)?.[1] : undefined;
  if (wait !== undefined) reply.header("retry-after", wait);
  return reply.code(body.status).headers(HEADERS).type("application/problem+json").send(JSON.stringify(body));
}

function problemOf(deps: WebDeps, error: FastifyError | Fault, request: FastifyRequest): Problem {
  if (error instanceof Fault) return problem(error.code, error.detail);
  const code: FaultCode | undefined = error.statusCode === 413 ? "E_TOO_LARGE" : (error.statusCode ?? 500) < 500 ? "E_QUERY" : undefined;
  if (code === "E_TOO_LARGE") return problem(code, `body: at most ${BODY_LIMIT} bytes`);
  if (code !== undefined) return problem(code, String(error.message).slice(0, 200));
  const id = randomUUID();
  deps.log.error({ err: error, id, method: request.method, url: request.routeOptions?.url }, "request failed");
  return problem("E_INTERNAL", `id ${id}`);
}
