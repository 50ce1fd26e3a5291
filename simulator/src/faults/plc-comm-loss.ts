/** The PLC is off the network; the cell runs on. */
import { type FaultKind, noArgs } from "./kind.ts";

export const plcCommLoss: FaultKind = {
  description: "Nothing is sent or accepted while it lasts; seen: heartbeat stale, COMM.LOST, afterwards the kept samples",
  args: noArgs,
  apply(disturbance) {
    disturbance.offline = true;
  },
};
