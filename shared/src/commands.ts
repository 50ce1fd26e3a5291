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

/**
 * What goes with a write so that a PLC can tell orders apart (process model, "Command handshake"). A PLC obeys each `seq` of a `token` once,
 * refuses what is older than `ORDER_MAX_AGE_MS` or comes under a lower token than it has seen, and echoes sequence and result in
 * YS-908 and YS-909. A write without an order (a foreign client's) is judged by its value alone.
 */
export interface WriteOrder {
  /** Counts up from 1 under one token. */
  seq: number;
  /** Who wants it: a user's name, or `control:faraday`. */
  user: string;
  /** When it was given, epoch ms. */
  at: number;
  /** Fencing token of the server that gives it: a later owner of the hall has a higher one. */
  token: number;
}

export const ORDER_MAX_AGE_MS = 10_000;

/** What YS-909 says of the last order, by its number. */
export const ORDER_RESULTS = [
  undefined,
  "E_FIELD_REFUSED",
  "E_SETPOINT_RANGE",
  "E_NOT_WRITABLE",
  "E_MODE",
  "E_ORDER_OLD",
  "E_ORDER_REPEATED",
  "E_ORDER_TOKEN",
  "E_INTERLOCK",
  "E_TAG_UNKNOWN",
] as const satisfies readonly (FaultCode | undefined)[];
