/** The web side: HTTP and stream on one port. */
import { Fault } from "@cellhouse/shared";
import type { FastifyInstance } from "fastify";
import type { Web, WebDeps } from "./deps.ts";
import { createHttp } from "./http.ts";
import { createRoutes } from "./routes/index.ts";
import { Stream } from "./stream/index.ts";

export type { Web, WebDeps } from "./deps.ts";

/** Builds everything, listens on nothing yet. `http` is there for tests that call without a socket. */
export async function createWeb(deps: WebDeps): Promise<Web & { http: FastifyInstance }> {
  const endpoints = createRoutes(deps, {
    sessionClosed: (token) => stream.closeSession(token),
    replayRemoved: (replay) => stream.replayRemoved(replay),
  });
  const http = await createHttp(deps, endpoints);
  const stream = new Stream(deps, http.server);
  return {
    http,
    async start() {
      await listen(http, deps);
      stream.start();
      const address = http.server.address();
      return { port: typeof address === "object" && address !== null ? address.port : deps.port };
    },
    async stop() {
      await stream.stop();
      await http.close();
    },
  };
}

async function listen(http: FastifyInstance, deps: WebDeps): Promise<void> {
  const where = `${deps.host}:${deps.port}`;
  try {
    await http.listen({ host: deps.host, port: deps.port });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") throw new Fault("E_PORT_TAKEN", `HTTP ${where}`, { cause });
    throw new Fault("E_OPTION", `HTTP ${where}: ${message}`, { cause });
  }
}
