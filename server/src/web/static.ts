/** The built client: hashed assets for ever, the page never from a cache; any other address without an extension is the page (its own router reads it). */
import { existsSync } from "node:fs";
import { join, sep } from "node:path";
import { problem } from "@cellhouse/shared";
import files from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

const YEAR = "public, max-age=31536000, immutable";

export async function serveClient(app: FastifyInstance, folder: string): Promise<void> {
  const built = existsSync(join(folder, "index.html"));
  app.setNotFoundHandler((request, reply) => (built && isPage(request) ? page(reply) : missing(request, reply, built)));
  if (!built) {
    app.route({ method: ["GET", "HEAD"], url: "/*", handler: (request, reply) => missing(request, reply, built) });
    return;
  }
  await app.register(files, {
    root: folder,
    wildcard: true,
    cacheControl: false,
    setHeaders: (reply, path) => void reply.header("cache-control", path.includes(`${sep}assets${sep}`) ? YEAR : "no-cache"),
  });
}

/** An address of the client's router: a GET outside the API whose last part has no extension. */
function isPage(request: FastifyRequest): boolean {
  const path = request.url.split("?")[0] ?? "";
  return request.method === "GET" && !/^\/(api|socket\.io)(\/|$)/.test(path) && !(path.split("/").pop() ?? "").includes(".");
}

function page(reply: FastifyReply): FastifyReply {
  return reply.code(200).header("cache-control", "no-cache").sendFile("index.html");
}

function missing(request: FastifyRequest, reply: FastifyReply, built: boolean): FastifyReply {
  const path = (request.url.split("?")[0] ?? "").slice(0, 200);
  const detail = built || path.startsWith("/api") ? `${request.method} ${path}` : `${path}: the client is not built; run npm run build`;
  return reply
    .code(404)
    .type("application/problem+json")
    .send(JSON.stringify(problem("E_NOT_FOUND", detail)));
}
