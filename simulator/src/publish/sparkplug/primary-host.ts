/** Follows the primary host by its STATE messages (Sparkplug 3.0, 5.10: retained JSON `{online, timestamp}`). */
import { z } from "zod";

const schema = z.object({ online: z.boolean(), timestamp: z.number() });
const MAX_BYTES = 1000;

export class PrimaryHost {
  /** `unknown` until the broker has told, once per connection. */
  state: "unknown" | "online" | "offline" = "unknown";
  /** Of the newest STATE ever heard: an older one is of a session that is over, whoever brings it. */
  #timestamp = Number.NEGATIVE_INFINITY;

  /** True when the host has come, gone, or begun a new session. What is no STATE message, or older than one heard before, changes nothing. */
  hear(payload: Uint8Array): boolean {
    const said = read(payload);
    if (said === undefined || said.timestamp < this.#timestamp) return false;
    const state = said.online ? "online" : "offline";
    const changed = state !== this.state || (said.online && said.timestamp > this.#timestamp);
    this.#timestamp = said.timestamp;
    this.state = state;
    return changed;
  }

  /** The connection has ended; where the next one leads the host may be away. */
  forget(): void {
    this.state = "unknown";
  }
}

function read(payload: Uint8Array): z.infer<typeof schema> | undefined {
  if (payload.length > MAX_BYTES) return undefined;
  try {
    return schema.safeParse(JSON.parse(Buffer.from(payload).toString("utf8"))).data;
  } catch {
    return undefined;
  }
}
