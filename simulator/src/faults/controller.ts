/** Faults of the PLC itself. */
import { disturb } from "./kind.ts";

export const plcCommLoss = disturb((d) => {
  d.offline = true;
});

/** The program stands with its outputs as they were; the field goes on, the network answers. */
export const plcFreeze = disturb((d) => {
  d.frozen = true;
});
