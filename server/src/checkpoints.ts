/** Writes the live pipe's memory into the record from time to time, so that a replay can begin anywhere as if it had seen all before. */
import { every } from "@cellhouse/shared";
import type { Assembly } from "./assemble.ts";
import type { Checkpoints } from "./contracts.ts";

/** Of the pipe's time: what a replay has to play unseen before its first moment is at most this. */
const EVERY_MS = 5 * 60_000;

/** The first one at once, marking the start of a run: alarm states must have been restored. The returned call writes the last one. */
export function keepCheckpoints(live: Assembly, record: Pick<Checkpoints, "checkpoint">): () => void {
  const write = (start: boolean): void => record.checkpoint(live.clock.now(), live.checkpoint(start));
  write(true);
  const cancel = every(live.clock, EVERY_MS, () => write(false));
  return () => {
    cancel();
    write(false);
  };
}
