/**
 * The life of an alarm as two small tables (ISA-18.2, IEC 62682): what the operator was told about the condition, and
 * what holds the annunciation back. Pure: no time, no delay, no memory. A missing entry is an illegal step.
 */
import type { AlarmState, Inhibit } from "@cellhouse/shared";

/** What may happen to an alarm that nothing holds back. */
export type Stimulus = "raise" | "re-raise" | "return" | "ack" | "reset";

type Row = Partial<Record<Stimulus, AlarmState>>;

const RETURNED: Record<AlarmState, Row> = {
  NORM: { raise: "UNACK" },
  UNACK: { ack: "ACKED", return: "RTN_UNACK" },
  ACKED: { return: "NORM", "re-raise": "UNACK" },
  RTN_UNACK: { ack: "NORM", "re-raise": "UNACK" },
  LATCH_UNACK: { ack: "LATCH_ACK", "re-raise": "UNACK" },
  LATCH_ACK: { reset: "NORM", "re-raise": "UNACK" },
};

/** A latching alarm stays until someone resets it; all else is as above. */
const LATCHED: Record<AlarmState, Row> = {
  ...RETURNED,
  UNACK: { ack: "ACKED", return: "LATCH_UNACK" },
  ACKED: { return: "LATCH_ACK", "re-raise": "UNACK" },
};

/** The state after a stimulus, or undefined where the step is illegal (then nothing changes). */
export function next(state: AlarmState, stimulus: Stimulus, latching: boolean): AlarmState | undefined {
  return (latching ? LATCHED : RETURNED)[state][stimulus];
}

/** The second table: what holds an alarm back. Holds overlap; the alarm speaks again when the last one has ended. */
export const INHIBIT_BIT: Record<Inhibit, number> = { SHELVED: 1, SUPPRESSED: 2, OOS: 4 };

/** The set of holds (bits) after one begins or ends, or undefined where it already had or had not. */
export function inhibited(holds: number, inhibit: Inhibit, on: boolean): number | undefined {
  const bit = INHIBIT_BIT[inhibit];
  return ((holds & bit) !== 0) === on ? undefined : holds ^ bit;
}

/**
 * While held back an alarm only follows the process: ACKED while the condition holds, NORM else. Nobody is asked to
 * acknowledge what was not annunciated, and a latch does not outlive the hold.
 */
export function heldState(active: boolean): AlarmState {
  return active ? "ACKED" : "NORM";
}

/** True while the condition of this state holds in the process. */
export function isActive(state: AlarmState): boolean {
  return state === "UNACK" || state === "ACKED";
}
