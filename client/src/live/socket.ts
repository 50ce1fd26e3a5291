/** The socket: hands what it hears to `Live`, keeps the screens' interests subscribed across reconnects. */
import type { ClientToServer, ServerToClient, SubscribeReply, SubscribeRequest } from "@cellhouse/shared";
import { every } from "@cellhouse/shared";
import { io, type Socket } from "socket.io-client";
import { Refusal } from "./api.ts";
import { type Interest, Interests, request } from "./interest.ts";
import type { Live } from "./live.ts";
import { Silence } from "./silence.ts";

type Wire = Socket<ServerToClient, ClientToServer>;
const LOOK_MS = 250;

const SILENT = { ok: false, code: "E_LINK_DOWN", detail: "no answer within 10 s" } as const;

function refused({ code, detail }: Extract<SubscribeReply, { ok: false }>): Refusal {
  return new Refusal(code, detail, code === "E_LINK_DOWN" ? 0 : 409);
}

export interface Connection {
  /** Wants values; the returned call gives them back. */
  want(interest: Interest): () => void;
  /** Moves the session to a replay's pipe, or with `null` back to live. Rejects with the server's `Refusal`. */
  join(replay: string | null): Promise<void>;
  /** Listens raw to the topics of a filter, across reconnects, until `null`. Rejects with the server's `Refusal`. */
  tap(filter: string | null): Promise<void>;
  open(): void;
  close(): void;
}

export function connect(live: Live): Connection {
  const socket: Wire = io({
    autoConnect: false,
    transports: ["websocket"],
    reconnectionDelay: 500,
    reconnectionDelayMax: 2000,
  });
  const interests = new Interests();
  let pipe: string | null = null;
  let tapped: string | null = null;

  const ask = (wanted: SubscribeRequest): Promise<SubscribeReply> =>
    socket
      .timeout(10_000)
      .emitWithAck("subscribe", wanted)
      .catch((): SubscribeReply => SILENT);
  const tell = (wanted: SubscribeRequest | undefined): void => {
    if (wanted !== undefined && socket.connected) void ask(wanted);
  };

  listen(socket, live);
  watch(socket, live);
  socket.on("connect", async () => {
    if (pipe !== null && !(await ask({ replay: pipe })).ok) pipe = null;
    tell(request(interests.all()));
    if (tapped !== null) socket.emit("tap", { filter: tapped }, () => undefined);
  });

  return {
    want(interest) {
      tell(request(interests.add(interest)));
      return () => {
        const rest = request(interests.remove(interest));
        if (rest !== undefined && socket.connected) socket.emit("unsubscribe", rest, () => undefined);
      };
    },
    async join(replay) {
      const reply = await ask({ replay, ...request(interests.all()) });
      if (!reply.ok) throw refused(reply);
      pipe = replay;
      if (replay === null) live.heardReplay(null);
      live.nextEpoch();
    },
    async tap(filter) {
      tapped = null;
      const reply = await socket
        .timeout(10_000)
        .emitWithAck("tap", filter === null ? null : { filter })
        .catch((): SubscribeReply => SILENT);
      if (!reply.ok) throw refused(reply);
      tapped = filter;
    },
    open: () => void socket.connect(),
    close: () => void socket.disconnect(),
  };
}

/** Closes a connection that has gone silent; the socket then reconnects by itself and everything is subscribed and fetched again. */
function watch(socket: Wire, live: Live): void {
  const silence = new Silence(live.clock.now());
  const heard = (): void => silence.heard(live.clock.now());
  socket.onAny(heard);
  socket.on("connect", heard);
  every(live.clock, LOOK_MS, () => {
    if (!socket.connected) return;
    const step = silence.step(live.clock.now());
    if (step === "ask") socket.emit("subscribe", {}, heard);
    if (step !== "lost") return;
    live.lost(silence.last);
    heard();
    socket.io.engine.close();
  });
}

function listen(socket: Wire, live: Live): void {
  socket.on("hello", (hello) => live.heardHello(hello));
  socket.on("tags", ({ index }) => live.heardIndex(index));
  socket.on("values", (buffer) => live.heardValues(buffer));
  socket.on("alarms", (message) => live.heardAlarms(message));
  socket.on("command", (command) => live.heardCommand(command));
  socket.on("links", (links) => live.links.set(links));
  socket.on("tap", (message) => live.heardTap(message));
  socket.on("replay", (state) => live.heardReplay(state));
  socket.on("discontinuity", ({ time }) => live.heardDiscontinuity(time));
  socket.on("disconnect", (reason) => {
    live.lost();
    if (reason === "io server disconnect") socket.connect();
  });
  socket.on("connect_error", (error) => {
    live.lost();
    const { data } = error as Error & { data?: { code?: string } };
    if (data?.code === "E_AUTH" || error.message.includes("E_AUTH")) live.signedOut();
  });
}
