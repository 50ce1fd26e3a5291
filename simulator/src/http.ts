/** The simulator's own small window: health, counters, checksums (which can be begun anew). Off unless asked for. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Plant } from "@cellhouse/shared";
import type { PublishedCounters } from "./counters.ts";
import { listenFault } from "./listen-fault.ts";

/** Listens on `host:port` (0: a free one). Throws `E_PORT_TAKEN` or `E_OPTION`. */
export async function serveCounters(
  options: { host: string; port: number; plant: Plant },
  counters: PublishedCounters,
): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => void answer(request, response, options.plant, counters));
  await listening(server, options.host, options.port);
  const { port } = server.address() as AddressInfo;
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://${options.host}:${port}`, stop };
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => reject(listenFault("--sim-http-port", { host, port }, cause)));
    server.listen(port, host, resolve);
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, plant: Plant, counters: PublishedCounters): Promise<void> {
  const path = (request.url ?? "").split("?")[0];
  if (path === "/published" && request.method === "DELETE") {
    counters.reset();
    return send(response, 200, "application/json", "{}");
  }
  if (request.method !== "GET") return send(response, 405, "text/plain", "only GET\n");
  if (path === "/healthz") return send(response, 200, "text/plain", "ok\n");
  if (path === "/metrics") return send(response, 200, "text/plain; version=0.0.4", await counters.metrics());
  if (path === "/published") return send(response, 200, "application/json", JSON.stringify({ tags: counters.tags() }));
  if (path === "/plant") return send(response, 200, "application/json", JSON.stringify(summary(plant)));
  return send(response, 404, "text/plain", "known: /healthz /metrics /published /plant\n");
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body);
}

function summary(plant: Plant): object {
  const lines = plant.lines.map(({ id, description, cells }) => ({
    id,
    protocol: description.protocol,
    supply: description.supply.kind,
    cells: cells.map((cell) => cell.id),
  }));
  return { name: plant.description.name, site: plant.site, area: plant.area, tags: plant.tags.length, lines };
}
