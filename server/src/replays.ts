/** Replays for the web side: the same pipe, fed from the record. */
import { Fault } from "@cellhouse/shared";
import type { ReplayService } from "./contracts.ts";

export function liveReplays(_: object): ReplayService {
  return {
    create: () => Promise.reject(new Fault("E_REPLAY_RANGE", "not yet")),
    get: () => undefined,
    remove: () => Promise.resolve(),
  };
}
