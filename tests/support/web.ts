/** The real web side on a free port, with a real ledger and the fake pipe behind it. */
import { join } from "node:path";
import type { FaultOrder, Ledger } from "@cellhouse/server/src/contracts.ts";
import { createCounters } from "@cellhouse/server/src/counters.ts";
import { Exports, Imports } from "@cellhouse/server/src/historian/index.ts";
import { Taps } from "@cellhouse/server/src/ingest/index.ts";
import { createLedger, journalOutlet } from "@cellhouse/server/src/ledger/index.ts";
import { createStorage } from "@cellhouse/server/src/storage.ts";
import { createWeb, type WebDeps } from "@cellhouse/server/src/web/index.ts";
import {
  type ClientToServer,
  type Clock,
  decodeValues,
  type Frame,
  type Link,
  OK,
  type Plant,
  type Role,
  refuse,
  type ServerToClient,
  systemClock,
  type ValuesMessage,
} from "@cellhouse/shared";
import { io, type Socket } from "socket.io-client";
import { type FakePipe, fakeHistory, fakePipe, fakeReplays } from "./fake-pipe.ts";
import { plantOf } from "./plant.ts";
import { remove, tempFolder } from "./processes.ts";

export interface WebHouse {
  readonly deps: WebDeps;
  readonly web: Awaited<ReturnType<typeof createWeb>>;
  readonly url: string;
  readonly data: string;
  readonly plant: Plant;
  readonly pipe: FakePipe;
  readonly ledger: Ledger;
  readonly history: ReturnType<typeof fakeHistory>;
  readonly replays: ReturnType<typeof fakeReplays>;
  readonly counters: ReturnType<typeof createCounters>;
  readonly orders: FaultOrder[];
  readonly taps: Taps;
  links: Link[];
  /** A session of the ledger's user, without a password. */
  cookie(name: Role | string, expires?: number): string;
  call(
    method: string,
    path: string,
    options?: { cookie?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<{ status: number; body: Record<string, unknown>; headers: Record<string, unknown>; text: string }>;
  connect(cookie: string, headers?: Record<string, string>): TestSocket;
  stop(): Promise<void>;
}

export type TestSocket = Socket<ServerToClient, ClientToServer>;

export async function webHouse(options: { plant?: string; clock?: Clock; deps?: Partial<WebDeps> } = {}): Promise<WebHouse> {
  const data = tempFolder("web");
  const clock = options.clock ?? systemClock;
  const plant = plantOf(options.plant ?? "single");
  const ledger = createLedger({ file: join(data, "ledger.sqlite"), now: () => clock.now() });
  await ledger.bootstrap("correct horse battery");
  const pipe = fakePipe(plant, clock);
  const journal = journalOutlet(ledger, { clock });
  pipe.listen(journal);
  const counters = createCounters();
  const history = fakeHistory(plant, clock);
  const files = { settle: history.settle, timezone: plant.description.timezone, clock };
  const exports = new Exports({ folder: join(data, "exports"), source: history.source, ...files });
  const input = {
    frame: (frame: Frame) => {
      pipe.frame(frame);
      history.keep(frame);
    },
  };
  const imports = new Imports({
    folder: join(data, "imports"),
    input,
    flush: async () => undefined,
    settle: history.settle,
    counters,
    clock,
  });
  const replays = fakeReplays(plant, clock);
  const orders: FaultOrder[] = [];
  const taps = new Taps(clock);
  const sockets: TestSocket[] = [];
  const house: { links: Link[] } = { links: [] };
  const deps: WebDeps = {
    host: "127.0.0.1",
    port: 0,
    plant,
    ledger,
    counters,
    metrics: counters,
    clock,
    live: pipe,
    history,
    exports,
    imports,
    replays,
    storage: createStorage({
      folder: data,
      clock,
      engine: "memory",
      history,
      recorder: { span: () => undefined },
      links: () => house.links,
      retention: { days: 30, bytes: 20e9 },
    }),
    faults: async (order) => {
      orders.push(order);
      return order.kind === "unknown" ? refuse("E_FAULT_KIND", order.kind) : OK;
    },
    tap: (filter, hear) => taps.add(filter, hear),
    links: () => house.links,
    ready: () => ({ ok: true, detail: "all parts work" }),
    clientFolder: join(data, "client"),
    log: { info: () => undefined, warn: () => undefined, error: (fields, message) => console.error(message, fields) },
    ...options.deps,
  };
  const web = await createWeb(deps);
  const { port } = await web.start();
  const url = `http://127.0.0.1:${port}`;
  return Object.assign(house, {
    web,
    deps,
    url,
    data,
    plant,
    pipe,
    ledger,
    history,
    replays,
    counters,
    orders,
    taps,
    cookie: (name: string, expires = clock.now() + 3_600_000) => `cellhouse_session=${ledger.openSession(name, expires)}`,
    async call(
      method: string,
      path: string,
      { cookie, body, headers = {} }: { cookie?: string; body?: unknown; headers?: Record<string, string> } = {},
    ) {
      const reply = await web.http.inject({
        method: method as "GET",
        url: path,
        headers: {
          ...(cookie === undefined ? {} : { cookie }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { payload: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const isJson = /json/.test(String(reply.headers["content-type"]));
      return {
        status: reply.statusCode,
        body: isJson ? reply.json() : {},
        headers: reply.headers as Record<string, unknown>,
        text: reply.body,
      };
    },
    connect(cookie: string, headers: Record<string, string> = {}) {
      const socket: TestSocket = io(url, {
        extraHeaders: { cookie, ...headers },
        transports: ["websocket"],
        forceNew: true,
        reconnection: false,
      });
      sockets.push(socket);
      return socket;
    },
    async stop() {
      for (const socket of sockets) socket.disconnect();
      await web.stop();
      await exports.stop();
      await imports.stop();
      journal.flush();
      ledger.close();
      remove(data);
    },
  });
}

/** The next message of that name. */
export function heard<K extends keyof ServerToClient>(socket: TestSocket, event: K): Promise<Parameters<ServerToClient[K]>[0]> {
  return new Promise((resolve, reject) => {
    const listener = (message: unknown): void => {
      socket.off(event, listener as never);
      resolve(message as Parameters<ServerToClient[K]>[0]);
    };
    socket.on(event, listener as never);
    setTimeout(() => reject(new Error(`no ${event} within 5 s`)), 5000).unref();
  });
}

/** A `values` message as Node's client gives it (a Buffer, not aligned). */
export function readValues(message: unknown): ValuesMessage {
  const decoded = decodeValues(new Uint8Array(message as Uint8Array).buffer as ArrayBuffer);
  if (decoded === undefined) throw new Error("not a values message");
  return decoded;
}
