/** One signed-in socket: what it may see, what it wants, what it has not been told yet. */
import type { Alarm, ClientToServer, Command, Frame, Plant, ServerToClient } from "@cellhouse/shared";
import type { Server, Socket } from "socket.io";
import type { ModelView } from "../../contracts.ts";
import { reaches } from "../auth/areas.ts";
import type { Who } from "../auth/session.ts";
import { Interests } from "./interests.ts";
import { Subscription } from "./subscription.ts";

export type StreamServer = Server<ClientToServer, ServerToClient>;
export type StreamSocket = Socket<ClientToServer, ServerToClient>;

export class Client {
  readonly socket: StreamSocket;
  readonly who: Who;
  readonly interests: Interests;
  readonly subscription: Subscription;
  /** Told when the socket can take more: the newest state of each, so bounded by how many there are. Never dropped. */
  readonly alarms = new Map<string, Alarm>();
  readonly commands = new Map<string, Command>();
  /** Ends what it listens to raw. */
  untap: () => void = () => undefined;
  /** Which edition of the links it has seen. */
  linksSeen = 0;

  constructor(socket: StreamSocket, who: Who, plant: Plant) {
    this.socket = socket;
    this.who = who;
    this.interests = new Interests(plant, who.areas);
    this.subscription = new Subscription(plant.tags.length);
  }

  /** True while everything sent so far has left for the network. */
  get idle(): boolean {
    return this.socket.conn.transport.writable;
  }

  get pending(): boolean {
    return this.subscription.pending || this.alarms.size > 0 || this.commands.size > 0;
  }

  sees(path: string): boolean {
    return reaches(this.who.areas, path);
  }

  /** Sends what waits; the caller has looked at `idle`. */
  flush(model: ModelView, receivedAt: number, scratch: Frame): void {
    if (this.alarms.size > 0) {
      this.socket.emit("alarms", { changes: [...this.alarms.values()] });
      this.alarms.clear();
    }
    for (const command of this.commands.values()) this.socket.emit("command", command);
    this.commands.clear();
    if (!this.subscription.pending) return;
    const values = this.subscription.take(model, receivedAt, scratch);
    if (values !== undefined) this.socket.emit("values", values);
  }
}
