import { z } from "zod";

/** Two states, kept apart: what the process does (condition) x what the operator was told (acknowledge). ISA-18.2 names. */
export const ALARM_STATES = ["NORM", "UNACK", "ACKED", "RTN_UNACK", "LATCH_UNACK", "LATCH_ACK"] as const;
export type AlarmState = (typeof ALARM_STATES)[number];

export const INHIBITS = ["SHELVED", "SUPPRESSED", "OOS"] as const;
export type Inhibit = (typeof INHIBITS)[number];

/** 1 urgent (< 5 min), 2 high (5-10), 3 medium (10-30), 4 low (a shift). */
export type Priority = 1 | 2 | 3 | 4;

const text = z.string().min(3);

const common = {
  /** `TY-100.HI`: unique in the file; with the cell it names the alarm. */
  id: z.string().regex(/^[A-Z0-9.-]+$/),
  tag: z.string(),
  priority: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]),
  /** Condition true this long before it is annunciated, s. */
  onDelay: z.number().min(0).max(86_400),
  /** Condition false past the deadband this long before it returns, s. */
  offDelay: z.number().min(0).max(86_400),
  latching: z.boolean().default(false),
  /** Recipes it holds for; absent: all. */
  recipes: z.array(z.string()).optional(),
  cause: text,
  consequence: text,
  response: text,
  /** Minutes the operator has. */
  timeToRespond: z.number().positive(),
};

/** Value beyond a limit. `relative: "temperature"`: the limit is an offset from the recipe's setpoint; `"current"`: a share of nominal. */
const limit = z.strictObject({
  kind: z.literal("limit"),
  ...common,
  side: z.enum(["high", "low"]),
  limit: z.number(),
  deadband: z.number().min(0),
  relative: z.enum(["temperature", "current"]).optional(),
});

/** A bit or flag of a tag: true while `value & mask` is not 0. */
const discrete = z.strictObject({ kind: z.literal("discrete"), ...common, mask: z.number().int().positive() });

/** No word from the cell: heartbeat unchanged for this long, or its link down. */
const comm = z.strictObject({ kind: z.literal("comm"), ...common });

/** The schemas of the alarm kinds; the server's registry holds an evaluator for each. */
export const ALARM_KINDS = { limit, discrete, comm } as const;
export const alarmDefinition = z.discriminatedUnion("kind", [limit, discrete, comm]);
export type AlarmDefinition = z.infer<typeof alarmDefinition>;
export type LimitAlarm = z.infer<typeof limit>;
export type DiscreteAlarm = z.infer<typeof discrete>;
export type CommAlarm = z.infer<typeof comm>;

/** An alarm as a person sees it (HTTP and socket). */
export interface Alarm {
  /** `C042:TY-100.HI`. */
  id: string;
  /** Changes with every new annunciation; an acknowledge names the occurrence it saw. */
  occurrence: string | null;
  /** Or `SYS`, the server itself. */
  cell: string;
  /** Path of the tag. */
  tag: string;
  /** `TY-100.HI`. */
  type: string;
  priority: Priority;
  state: AlarmState;
  inhibit: Inhibit[];
  value: number | null;
  limit: number | null;
  /** Source time of the annunciation. */
  raised: number | null;
  ackBy?: string;
  ackAt?: number;
  cause: string;
  consequence: string;
  response: string;
  timeToRespond: number;
}

/** `shelve` and `unshelve` are journaled too (ISA-18.2: every suppression leaves a trace); an annunciation is a transition to UNACK. */
export type AlarmEvent = "raise" | "return" | "ack" | "re-raise" | "reset" | "shelve" | "unshelve";

/** One immutable line of the journal. */
export interface AlarmTransition {
  alarm: string;
  occurrence: string;
  from: AlarmState;
  to: AlarmState;
  event: AlarmEvent;
  /** On the sample's effective time. */
  time: number;
  received: number;
  value: number | null;
  limit: number | null;
  actor: string;
  comment?: string;
}

/** True while an operator still has to acknowledge. */
export function isUnacknowledged(state: AlarmState): boolean {
  return state === "UNACK" || state === "RTN_UNACK" || state === "LATCH_UNACK";
}
