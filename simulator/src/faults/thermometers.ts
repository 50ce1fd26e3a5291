/** Faults of the instruments in and over the bath. */
import { disturb } from "./kind.ts";

export const tcBreak = disturb((d) => {
  d.tcBroken = true;
});

export const tcDrift = disturb((d, { rate = 0 }) => {
  d.tcLeak += rate;
});

export const pyroDirty = disturb((d, { size = 0 }) => {
  d.pyroDirt += size;
});
