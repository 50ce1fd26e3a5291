/** Holds back messages that overtook another for as long as the other may still come (spec 3.0, 6.4.10, "Reorder Timeout"). */
import type { Cancel, Clock } from "@cellhouse/shared";
import type { DeviceMessage, EdgeMessage } from "@cellhouse/shared/sparkplug";

/** A broker that mixes up two topics is done with it by then, ms; a gap must show within a second. */
const PATIENCE = 200;

/** One message of an edge with its number and time. */
export interface Message {
  readonly type: EdgeMessage | DeviceMessage;
  readonly device: string;
  readonly bytes: Uint8Array;
  readonly seq: number;
  readonly timestamp: number;
}

export class Reorder {
  readonly #clock: Clock;
  readonly #giveUp: () => void;
  readonly #held = new Map<number, Message>();
  #cancel: Cancel = () => undefined;

  /** `giveUp`: the one waited for has not come in time. */
  constructor(clock: Clock, giveUp: () => void) {
    this.#clock = clock;
    this.#giveUp = giveUp;
  }

  /** Keeps a copy; false when one with this number waits already. */
  hold(message: Message): boolean {
    if (this.#held.has(message.seq)) return false;
    if (this.#held.size === 0) this.#cancel = this.#clock.at(this.#clock.now() + PATIENCE, this.#giveUp);
    this.#held.set(message.seq, { ...message, bytes: message.bytes.slice() });
    return true;
  }

  /** The one with this number, no longer held. */
  take(seq: number): Message | undefined {
    const message = this.#held.get(seq);
    if (message === undefined) return undefined;
    this.#held.delete(seq);
    this.#cancel();
    if (this.#held.size > 0) this.#cancel = this.#clock.at(this.#clock.now() + PATIENCE, this.#giveUp);
    return message;
  }

  /** All that wait, no longer held, in the order of `distance`. */
  release(distance: (seq: number) => number): Message[] {
    this.#cancel();
    const all = [...this.#held.values()].sort((a, b) => distance(a.seq) - distance(b.seq));
    this.#held.clear();
    return all;
  }
}
