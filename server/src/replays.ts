/** A replay's pipe: `assemble()` once more, without recorder and without a door, so that nothing of it can reach the field. */
import type { Plant } from "@cellhouse/shared";
import { assemble } from "./assemble.ts";
import type { ReplayPipe } from "./replay/index.ts";

/** Builds one whose clock stands at `start`, epoch ms, judging with the plant that was in force then. */
export function replayPipe(plantAt: (time: number) => Plant): (id: string, start: number) => ReplayPipe {
  const capabilities = { canCommand: false, canAcknowledge: false, canSeek: true, canInjectFaults: false };
  return (id, start) => assemble({ id, plant: plantAt(start), start, capabilities });
}
