/** What machines ask: alive, ready, counted. */
import { z } from "zod";
import type { WebDeps } from "../deps.ts";
import { type Endpoint, endpoint, SENT, type Sent } from "../endpoint.ts";

export function systemRoutes(deps: WebDeps): Endpoint[] {
  const state = z.object({ ok: z.boolean(), detail: z.string() });
  return [
    endpoint({
      method: "GET",
      url: "/healthz",
      summary: "The process answers",
      answer: state,
      handle: () => ({ ok: true, detail: "alive" }),
    }),
    endpoint({
      method: "GET",
      url: "/readyz",
      summary: "Every part works; 503 when not",
      answer: state,
      handle: ({ reply }) => {
        const ready = deps.ready();
        reply.code(ready.ok ? 200 : 503).send(ready);
        return SENT;
      },
    }),
    endpoint({
      method: "GET",
      url: "/metrics",
      summary: "Counters in the Prometheus text format",
      answer: z.string(),
      handle: async ({ reply }): Promise<Sent> => {
        reply.type(deps.metrics.contentType).send(await deps.metrics.render());
        return SENT;
      },
    }),
  ];
}
