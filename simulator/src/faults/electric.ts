/** Faults of the current's way through the cell. */
import { disturb } from "./kind.ts";

export const rectifierTrip = disturb((d) => {
  d.unpowered = true;
});

export const anodeBreak = disturb((d, { anode = 1 }) => {
  d.brokenAnodes |= 1 << (anode - 1);
});

export const cathodeShort = disturb((d, { left = 100 }) => {
  d.bathOhm *= left / 100;
});
