/** Faults of what the hall gives its cells: water, draft, power. */
import { disturb, type LineFault } from "./kind.ts";

export const coolingLoss = disturb((d, { left = 0 }) => {
  d.cooling *= left / 100;
});

export const ductFanTrip: LineFault = {
  at: "line",
  apply(d) {
    d.fan = true;
  },
};

export const pumpTrip: LineFault = {
  at: "line",
  apply(d) {
    d.pump = true;
  },
};

export const lineTrip: LineFault = {
  at: "line",
  apply(d) {
    d.supply = true;
  },
};
