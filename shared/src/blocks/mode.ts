/** Modes of a cell and the bumpless change between them; PLC and supervisor use the same block. */
import { OK, refuse, type Verdict } from "../commands.ts";
import type { Mode } from "../tags.ts";

/** What a change of mode depends on. */
export interface ModeConditions {
  /** Age of the supervisor's heartbeat, s. */
  heartbeatAge: number;
  /** The controlled value is Good. */
  valueGood: boolean;
  /** A fault or interlock stands. */
  faulted: boolean;
  /** The remote setpoint lies inside the clamps. */
  remoteInside: boolean;
  /** The operator allows remote control. */
  granted: boolean;
}

const HEARTBEAT_S = 3;

/** May the cell go to `mode`? MAN and OFF always; AUTO needs a good value; CASCADE needs all (process model, "Modes"). */
export function requestMode(mode: Mode, c: ModeConditions): Verdict {
  if (mode === "OFF" || mode === "MAN") return OK;
  if (!c.valueGood) return refuse("E_FIELD_REFUSED", `${mode}: the bath temperature is not good`);
  if (mode === "AUTO") return OK;
  if (c.heartbeatAge >= HEARTBEAT_S) return refuse("E_FIELD_REFUSED", "CASCADE: no heartbeat of the supervisor for 3 s");
  if (c.faulted) return refuse("E_FIELD_REFUSED", "CASCADE: a fault or interlock stands");
  if (!c.remoteInside) return refuse("E_FIELD_REFUSED", "CASCADE: the remote setpoint lies outside the clamps");
  return c.granted ? OK : refuse("E_FIELD_REFUSED", "CASCADE: the operator has not granted remote control");
}

/** A loop as far as a change of mode touches it. */
export interface Loop {
  setpoint: number;
  output: number;
  integral: number;
  /** Gain of the proportional part, and the feed-forward part of the output. */
  gain: number;
  forward: number;
}

/** Sets integral and setpoint so that the output does not jump when the loop closes. With `track` the setpoint starts at the value. */
export function closeLoop(loop: Loop, value: number, track: boolean): void {
  if (track) loop.setpoint = value;
  loop.integral = loop.output - loop.gain * (loop.setpoint - value) - loop.forward;
}
