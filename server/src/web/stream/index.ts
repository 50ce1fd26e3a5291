/** The stream: socket.io on the HTTP server's port, one `Feed` per pipe watched, every socket a signed-in session. */
import type { Server as HttpServer } from "node:http";
import {
  type Cancel,
  every,
  FAULTS,
  type FaultCode,
  type Hello,
  type Link,
  PROTOCOL_VERSION,
  type SubscribeReply,
} from "@cellhouse/shared";
import { Server } from "socket.io";
import type { Pipe, Replay } from "../../contracts.ts";
import { allows } from "../auth/policy.ts";
import { identify, sameOrigin, sessionOf, type Who } from "../auth/session.ts";
import type { WebDeps } from "../deps.ts";
import { Budget } from "./budget.ts";
import { Client, type StreamServer, type StreamSocket } from "./client.ts";
import { Feed } from "./feed.ts";
import { LinkNews } from "./links.ts";
import { answer, type Dispatch } from "./messages.ts";

const MOST_SOCKETS = 500;
/** Bytes of one message from a client: 5000 paths with room. */
const MOST_BYTES = 512 * 1024;

export class Stream {
  readonly #deps: WebDeps;
  readonly #io: StreamServer;
  readonly #feeds = new Map<Pipe, Feed>();
  readonly #clients = new Map<string, { client: Client; feed: Feed }>();
  readonly #links: LinkNews;
  #stop: Cancel = () => undefined;

  constructor(deps: WebDeps, server: HttpServer) {
    this.#deps = deps;
    this.#links = new LinkNews(deps.clock);
    this.#io = new Server(server, {
      serveClient: false,
      maxHttpBufferSize: MOST_BYTES,
      connectTimeout: 5000,
      pingInterval: 10_000,
      pingTimeout: 20_000,
      perMessageDeflate: { threshold: 512, zlibDeflateOptions: { level: 1, memLevel: 7 }, serverNoContextTakeover: false },
      allowRequest: (_request, done) => done(null, this.#io.engine.clientsCount < 2 * MOST_SOCKETS),
    });
    this.#io.use((socket, next) => {
      const admitted = this.#admit(socket);
      if (typeof admitted === "string") return next(refusal(admitted));
      socket.data = admitted;
      next();
    });
    this.#io.on("connection", (socket) => this.#connect(socket, socket.data as Who));
  }

  start(): void {
    this.#stop = every(this.#deps.clock, 1000, () => this.#second());
  }

  async stop(): Promise<void> {
    this.#stop();
    for (const feed of this.#feeds.values()) feed.close();
    this.#feeds.clear();
    // A peer that no longer reads would hold the closing handshake for half a minute.
    const wires = [...this.#clients.values()].map(({ client }) => client.socket.conn.request.socket);
    const closed = this.#io.close();
    for (const wire of wires) wire.destroy();
    await closed;
  }

  /** A session has ended: so do its sockets. */
  closeSession(token: string): void {
    for (const { client } of this.#clients.values()) if (client.who.token === token) client.socket.disconnect(true);
  }

  /** A replay has ended: who watched it is live again. */
  replayRemoved(id: string): void {
    for (const feed of this.#feeds.values()) if (feed.pipe.id === id && feed.pipe !== this.#deps.live) this.#release(feed);
  }

  #admit(socket: StreamSocket): Who | FaultCode {
    const { headers, auth } = socket.handshake;
    const code = !sameOrigin(headers) ? "E_ORIGIN" : this.#clients.size >= MOST_SOCKETS ? "E_RATE" : undefined;
    const who = code === undefined ? identify(this.#deps, headers, auth.token) : undefined;
    if (who !== undefined) return who;
    this.#deps.counters.rejected(`socket_${code ?? "E_AUTH"}`);
    return code ?? "E_AUTH";
  }

  #connect(socket: StreamSocket, who: Who): void {
    const client = new Client(socket, who, this.#deps.plant);
    const expiry = this.#deps.clock.at(who.expires, () => socket.disconnect(true));
    this.#enter(client, this.#deps.live);
    const budget = new Budget(this.#deps.clock);
    const dispatch: Dispatch = {
      deps: this.#deps,
      client,
      budget,
      move: (pipe) => this.#move(client, pipe),
      touch: () => this.#feedOf(client)?.touch(),
    };
    socket.onAny((event: string, ...args: unknown[]) => answer(dispatch, event, args));
    socket.on("disconnect", () => {
      expiry();
      client.untap();
      this.#leave(client);
    });
  }

  #feedOf(client: Client): Feed | undefined {
    return this.#clients.get(client.socket.id)?.feed;
  }

  #enter(client: Client, pipe: Pipe | Replay): void {
    let feed = this.#feeds.get(pipe);
    if (feed === undefined) {
      const { plant, clock, counters } = this.#deps;
      feed = new Feed({ pipe, io: this.#io, plant, clock, counters, greet: (one) => this.#greet(one, pipe) });
      this.#feeds.set(pipe, feed);
    }
    this.#clients.set(client.socket.id, { client, feed });
    feed.add(client);
  }

  #leave(client: Client): void {
    const feed = this.#feedOf(client);
    this.#clients.delete(client.socket.id);
    feed?.remove(client);
    if (feed === undefined || feed.clients.size > 0) return;
    feed.close();
    this.#feeds.delete(feed.pipe);
  }

  #move(client: Client, pipe: Pipe | Replay): void {
    if (this.#feedOf(client)?.pipe === pipe) return;
    this.#leave(client);
    client.socket.emit("discontinuity", { time: pipe.clock.now() });
    this.#enter(client, pipe);
  }

  #release(feed: Feed): void {
    for (const client of [...feed.clients]) this.#move(client, this.#deps.live);
  }

  #greet(client: Client, pipe: Pipe | Replay): void {
    const { role } = client.who;
    const can = pipe.capabilities;
    const hello: Hello = {
      protocol: PROTOCOL_VERSION,
      now: this.#deps.clock.now(),
      session: sessionOf(client.who),
      capabilities: {
        canCommand: can.canCommand && allows("POST /api/v1/commands", role),
        canAcknowledge: can.canAcknowledge && allows("POST /api/v1/alarms/:id/ack", role),
        canSeek: can.canSeek && allows("PATCH /api/v1/replays/:id", role),
        canInjectFaults: can.canInjectFaults && allows("POST /api/v1/faults", role),
      },
      plant: (pipe.plant ?? this.#deps.plant).description,
      replay: "state" in pipe ? pipe.state() : null,
    };
    client.socket.emit("hello", hello);
    this.#tellLinks(client, this.#links.read(this.#deps.links()));
  }

  #tellLinks(client: Client, links: Link[]): void {
    client.linksSeen = this.#links.edition;
    client.socket.emit("links", links);
  }

  /** Links that changed, and replays that are gone. */
  #second(): void {
    const links = this.#links.read(this.#deps.links());
    for (const { client } of this.#clients.values())
      if (client.linksSeen !== this.#links.edition && client.idle) this.#tellLinks(client, links);
    for (const feed of this.#feeds.values())
      if (feed.pipe !== this.#deps.live && this.#deps.replays.get(feed.pipe.id) !== feed.pipe) this.#release(feed);
  }
}

function refusal(code: FaultCode): Error & { data: Extract<SubscribeReply, { ok: false }> } {
  const detail = `${FAULTS[code].message}: ${FAULTS[code].remedy}`;
  return Object.assign(new Error(`${code}: ${detail}`), { data: { ok: false as const, code, detail } });
}
