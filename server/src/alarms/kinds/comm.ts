/** No word from the cell: its heartbeat stands still, or its link is down. Fed by liveness, not by samples. */
import type { CommAlarm } from "@cellhouse/shared";
import type { LivenessChange } from "../../contracts.ts";
import type { Judge, Kind } from "./kind.ts";

const UNCERTAIN = 1;
const STALE = 2;
const BAD = 3;

/** A heartbeat must have stood still this long before the model calls its cell Bad, ms. */
const SILENCE_OF_BAD = 10_000;

const silent: Judge = (value) => value > 0;

export const comm: Kind<CommAlarm> = () => ({ input: "liveness", judge: silent, on: 0, off: 0, limit: null });

/**
 * Since when (epoch ms, our clock) the cell has given no word; 0 when it speaks; undefined when this change says neither.
 * Bad means that the heartbeat has already stood still for 10 s; a lost link counts from the moment of its loss; a
 * heartbeat that only hesitates (Stale) is not yet silence, nor an end of it.
 */
export function silentSince(change: LivenessChange): number | undefined {
  if (change.quality === BAD) return change.time - SILENCE_OF_BAD;
  if (change.quality === STALE) return change.reason === "link" ? change.time : undefined;
  return change.quality <= UNCERTAIN ? 0 : undefined;
}
