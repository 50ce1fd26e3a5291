/** The web side: HTTP and stream on one port. */
import { type Cancel, every, Fault } from "@cellhouse/shared";
import type { FastifyInstance } from "fastify";
import type { Web, WebDeps } from "./deps.ts";
import { createHttp } from "./http.ts";
import { createRoutes } from "./routes/index.ts";
import type { ReplayDesk } from "./routes/replays.ts";
import { Stream } from "./stream/index.ts";

export type { Log, Web, WebDeps } from "./deps.ts";

/** Builds everything, listens on nothing yet. `http` is there for tests that call without a socket. */
export async function createWeb(deps: WebDeps): Promise<Web & { http: FastifyInstance }> {
  const { endpoints, desk } = createRoutes(deps, {
    sessionClosed: (token) => stream.closeSession(token),
    replayRemoved: (replay) => stream.replayRemoved(replay),
  });
  const http = await createHttp(deps, endpoints);
  const stream = new Stream(deps, http.server);
  let stopSweep: Cancel = () => undefined;
  return {
    http,
    async start() {
      await listen(http, deps);
      stream.start();
      stopSweep = sweepReplays(deps, desk, stream);
      const address = http.server.address();
      return { port: typeof address === "object" && address !== null ? address.port : deps.port };
    },
    async stop() {
      stopSweep();
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

/** A replay that nobody has watched for this long is ended, ms: each is a whole pipe. */
const UNWATCHED_MS = 10 * 60_000;

function sweepReplays(deps: WebDeps, desk: ReplayDesk, stream: Stream): Cancel {
  const watchedAt = new Map<string, number>();
  return every(deps.clock, 10_000, () => {
    const now = deps.clock.now();
    for (const id of watchedAt.keys()) if (!desk.running.has(id)) watchedAt.delete(id);
    for (const id of desk.running) {
      if (stream.watched(id) || !watchedAt.has(id)) watchedAt.set(id, now);
      else if (now - (watchedAt.get(id) ?? now) >= UNWATCHED_MS) void remove(deps, desk, id);
    }
  });
}

async function remove(deps: WebDeps, desk: ReplayDesk, id: string): Promise<void> {
  try {
    await desk.remove(id);
  } catch (error) {
    deps.log.warn({ err: error, replay: id }, "an unwatched replay could not be ended");
  }
}
