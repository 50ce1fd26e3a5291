import type { FaultCode } from "./faults.ts";

export const COMMAND_STATES = ["pending", "verified", "rejected", "timed-out", "superseded"] as const;
export type CommandState = (typeof COMMAND_STATES)[number];

/** One write to the plant, from the door to its proven end. */
export interface Command {
  id: string;
  /** Full path of the tag written. */
  tag: string;
  value: number;
  /** User name, or `control:faraday` for a controller. */
  by: string;
  at: number;
  state: CommandState;
  readBack?: number;
  /** When it left `pending`. */
  ended?: number;
  code?: FaultCode;
  reason?: string;
}

/** The answer to an expected refusal is data, never an exception. */
export type Verdict = { ok: true } | { ok: false; code: FaultCode; detail: string };

export const OK: Verdict = { ok: true };

/** A refusal with the catalogue's code and what is particular to this case. */
export function refuse(code: FaultCode, detail: string): Verdict {
  return { ok: false, code, detail };
}
