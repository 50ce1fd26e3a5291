/** Follows the primary host by its STATE messages (Sparkplug 3.0, 5.10: retained JSON `{online, timestamp}`). */
import { z } from "zod";

const schema = z.object({ online: z.boolean(), timestamp: z.number() });
const MAX_BYTES = 1000;

export class PrimaryHost {
  /** `unknown` until the broker has told, once per connection. */
  state: "unknown" | "online" | "offline" = "unknown";
  #timestamp = Number.NEGATIVE_INFINITY;

  /** True when the message changed the state. What is no STATE message, or older than one heard before, changes nothing. */
  hear(payload: Uint8Array): boolean {
    const said = read(payload);
    if (said === undefined || said.timestamp < this.#timestamp) return false;
    this.#timestamp = said.timestamp;
    const before = this.state;
    this.state = said.online ? "online" : "offline";
    return this.state !== before;
  }

  forget(): void {
    this.state = "unknown";
    this.#timestamp = Number.NEGATIVE_INFINITY;
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
