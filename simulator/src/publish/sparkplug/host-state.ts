/** Reads the primary host's STATE message (Sparkplug 3.0, 5.10: JSON `{online, timestamp}`). */
import { z } from "zod";

const schema = z.object({ online: z.boolean(), timestamp: z.number() });

/** Undefined for anything that is not a STATE message. */
export function hostState(payload: Uint8Array): { online: boolean; timestamp: number } | undefined {
  if (payload.length > 1000) return undefined;
  try {
    return schema.safeParse(JSON.parse(Buffer.from(payload).toString("utf8"))).data;
  } catch {
    return undefined;
  }
}
