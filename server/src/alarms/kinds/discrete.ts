/** A bit of a status or alarm word, or a flag of its own: active while `value & mask` is not 0. */
import type { DiscreteAlarm } from "@cellhouse/shared";
import type { Judge, Kind } from "./kind.ts";

/** Words are u32: `|0` folds bit 31 into the sign, which `&` reads as that bit. */
const bits: Judge = (value, _active, mask) => (value & mask) !== 0;

export const discrete: Kind<DiscreteAlarm> = ({ mask }) => ({ input: "sample", judge: bits, on: mask, off: mask, limit: null });
