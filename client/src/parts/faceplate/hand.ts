/** The hand commands of a cell: what each may order, and why not. Pure. */
import type { Role } from "@cellhouse/shared";
import { type Reason, type Situation, whyNoCommand } from "../capability.ts";

/** One order of a hand command; `words` is the key of its text, `n` a number in it. */
export interface HandAct {
  readonly value: number;
  readonly words: string;
  readonly n?: number;
}

export interface Hand {
  /** The tag written. */
  readonly name: string;
  /** The tag that tells how things stand; the tag itself where nothing else does. */
  readonly reads: string;
  readonly acts: readonly HandAct[];
}

const act = (value: number, words: string, n?: number): HandAct => ({ value, words, ...(n !== undefined && { n }) });
const hand = (name: string, acts: readonly HandAct[], reads = name): Hand => ({ name, reads, acts });

/** Overrides protection for a while: an engineer's. */
const BYPASS = "HS-916";

/** Process model, "Hand commands". A reset reads the first-out, where 0 is: nothing to reset. */
export const HANDS: readonly Hand[] = [
  hand("HS-911", [act(1, "start"), act(0, "stop")]),
  hand("HS-912", [act(1, "begin")]),
  hand("HS-913", [act(1, "begin"), act(0, "end")]),
  hand("HS-914", [...[1, 2, 3, 4].map((n) => act(n, "anode", n)), act(0, "end")]),
  hand("HS-915", [act(1, "reset")], "YS-903"),
  hand(BYPASS, [...[5, 15, 30, 60].map((n) => act(n, "minutes", n)), act(0, "end")]),
];

/** The order that writes `value` to the tag; undefined for what is no hand command. */
export function actOf(name: string, value: number): HandAct | undefined {
  return HANDS.find((one) => one.name === name)?.acts.find((one) => one.value === value);
}

/** Why nothing of this hand may be ordered. */
export function whyNoHand({ name }: Hand, situation: Situation, role: Role | undefined): Reason | undefined {
  const general = whyNoCommand(situation);
  if (general !== undefined) return general;
  return name === BYPASS && role !== "engineer" ? "engineer" : undefined;
}

/** True where the order asks for what stands already; the rest is the PLC's to judge. */
export function alreadySo({ name, reads }: Hand, { value }: HandAct, present: number): boolean {
  return reads === name ? value === present : present === 0;
}
