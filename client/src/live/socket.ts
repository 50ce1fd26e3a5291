/** The socket: hands what it hears to `Live`, keeps the screens' interests subscribed across reconnects. */
import type { ClientToServer, ServerToClient, SubscribeReply, SubscribeRequest } from "@cellhouse/shared";
import { io, type Socket } from "socket.io-client";
import { Refusal } from "./api.ts";
import { type Interest, Interests, request } from "./interest.ts";
import type { Live } from "./live.ts";

export interface Connection {
  /** Wants values; the returned call gives them back. */
  want(interest: Interest): () => void;
  /** Moves the session to a replay's pipe, or with `null` back to live. Rejects with the server's `Refusal`. */
  join(replay: string | null): Promise<void>;
  open(): void;
  close(): void;
}

export function connect(live: Live): Connection {
  const socket: Socket<ServerToClient, ClientToServer> = io({
    autoConnect: false,
    transports: ["websocket"],
    reconnectionDelay: 500,
    reconnectionDelayMax: 2000,
  });
  const interests = new Interests();
  let pipe: string | null = null;

  const ask = (wanted: SubscribeRequest): Promise<SubscribeReply> =>
    socket
      .timeout(10_000)
      .emitWithAck("subscribe", wanted)
      .catch((): SubscribeReply => ({ ok: false, code: "E_LINK_DOWN", detail: "no answer within 10 s" }));
  const tell = (wanted: SubscribeRequest | undefined): void => {
    if (wanted !== undefined && socket.connected) void ask(wanted);
  };

  listen(socket, live);
  socket.on("connect", async () => {
    if (pipe !== null && !(await ask({ replay: pipe })).ok) pipe = null;
    tell(request(interests.all()));
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
      if (!reply.ok) throw new Refusal(reply.code, reply.detail, 0);
      pipe = replay;
      if (replay === null) live.heardReplay(null);
      live.nextEpoch();
    },
    open: () => void socket.connect(),
    close: () => void socket.disconnect(),
  };
}

function listen(socket: Socket<ServerToClient, ClientToServer>, live: Live): void {
  socket.on("hello", (hello) => live.heardHello(hello));
  socket.on("tags", ({ index }) => live.heardIndex(index));
  socket.on("values", (buffer) => live.heardValues(buffer));
  socket.on("alarms", (message) => live.heardAlarms(message));
  socket.on("command", (command) => live.heardCommand(command));
  socket.on("links", (links) => live.links.set(links));
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
