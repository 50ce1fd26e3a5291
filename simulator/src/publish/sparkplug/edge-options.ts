/** What an edge needs from outside: its PLCs, the counters, a place to keep samples, and a connection. */
import type { Plc, Published, SimulatedPlant } from "../../contracts.ts";
import type { PublishMode } from "../sampler.ts";

/** The connection as the edge may use it, from `open` until `close`. */
export interface Transport {
  publish(topic: string, payload: Uint8Array, qos: 0 | 1): void;
  /** Bytes not yet taken by the network. */
  backlog(): number;
  /** Ends this connection and begins another, with a new will. */
  restart(): void;
}

export interface EdgeOptions {
  /** Sparkplug group, `BT-EL1`. */
  group: string;
  /** Id of the primary host. */
  host: string;
  line: Plc;
  cells: readonly Plc[];
  plant: Pick<SimulatedPlant, "startFault" | "stopFault">;
  mode: PublishMode;
  published: Published;
  /** File, bytes and age, ms, of what is kept until it has surely arrived. */
  buffer: { file: string; bytes: number; ageMs: number };
  /** Samples a full buffer gave up. */
  dropped(n: number): void;
  /** One line for the console. */
  say(text: string): void;
}
