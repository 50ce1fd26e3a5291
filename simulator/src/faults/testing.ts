/** A hall with one fault at work, for the stories of the faults. */
import { type DisturbanceKind, OK } from "@cellhouse/shared";
import { expect } from "vitest";
import { Hall } from "../plc/testing.ts";

/** A hall that has run a minute, then has `kind` at C001 (or `cell`) for `seconds` (0: until stopped). */
export function struck(
  kind: DisturbanceKind,
  { cell = "C001", seconds = 0, args = {} }: { cell?: string; seconds?: number; args?: Record<string, number> } = {},
): Hall {
  const hall = new Hall().run(60);
  expect(hall.sim.startFault({ id: "f1", kind, cell, after: 0, seconds, args })).toEqual(OK);
  return hall;
}
