/** Faults of hopper and screw. */
import { type CellFault, disturb } from "./kind.ts";

export const feederJam = disturb((d) => {
  d.feederJammed = true;
});

/** What the hopper holds runs out of it at once but for a rest; the conveyor brings no more. */
export const hopperEmpty: CellFault = {
  at: "cell",
  begin({ field }, { left = 0 }) {
    field.hopper = Math.min(field.hopper, left);
  },
  apply({ field }) {
    field.disturbance.refillBlocked = true;
  },
};

export const hopperBridge = disturb((d) => {
  d.bridged = true;
});

export const feederDrift = disturb((d, { gain = 1 }) => {
  d.feederGain *= gain;
});
