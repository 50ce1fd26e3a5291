/** The registry of alarm kinds: one line per kind. Its schema is in `ALARM_KINDS` of the vocabulary. */
import type { ALARM_KINDS, AlarmDefinition, Cell } from "@cellhouse/shared";
import { comm } from "./comm.ts";
import { discrete } from "./discrete.ts";
import type { Kind, Rule } from "./kind.ts";
import { limit } from "./limit.ts";

type Registry = { [K in keyof typeof ALARM_KINDS]: Kind<Extract<AlarmDefinition, { kind: K }>> };

const KINDS: Registry = { limit, discrete, comm };

/** The rule of a definition on one cell, or on the system. */
export function compileRule(definition: AlarmDefinition, cell?: Cell): Rule {
  return (KINDS[definition.kind] as Kind<AlarmDefinition>)(definition, cell);
}
