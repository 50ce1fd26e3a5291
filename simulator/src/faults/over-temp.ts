/** The bath gets more heat than it loses. */
import { z } from "zod";
import type { FaultKind } from "./kind.ts";

export const overTemp: FaultKind = {
  description: "Bath heats by `size` K/min at first; seen: TI-101, TI-103, TY-100 rise to their limits",
  args: z.strictObject({ size: z.number().min(0.1).max(120).default(5) }),
  apply(disturbance, args, field) {
    disturbance.heat += ((args.size ?? 0) / 60) * field.state.params.bathHeat;
  },
};
