/** The feed screw is stuck. */
import { type FaultKind, noArgs } from "./kind.ts";

export const feederJam: FaultKind = {
  description: "No oxide leaves the feeder; seen: II-306 at 2.5 times, reversals, FEED.JAM within 3 min, then the resistance rises",
  args: noArgs,
  apply(disturbance) {
    disturbance.feederJammed = true;
  },
};
