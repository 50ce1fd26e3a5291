/** Faults of the bath and what holds it. */
import { disturb } from "./kind.ts";

export const aeForced = disturb((d) => {
  d.film = true;
});

export const overTemp = disturb((d, { size = 0 }, { field }) => {
  d.heat += (size / 60) * field.state.params.bathHeat;
});

/** The crust is the field's: it forms 50 K down, whatever took the current away. */
export const bathFreeze = disturb((d) => {
  d.unpowered = true;
});

export const metalRunout = disturb((d, { rate = 0 }) => {
  d.runout += rate;
});
