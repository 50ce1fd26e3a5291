/** A setpoint being entered: typed or nudged, looked at, sent with what was seen when it was looked at. */
import type { Tag } from "@cellhouse/shared";
import { useState } from "react";
import { useLive } from "../../live/hooks.ts";
import { figure, readNumber } from "../format.ts";
import { type Clamp, nudgeOf, type Staged, stage } from "./command.ts";
import { type Seen, type Sending, useCommand } from "./use-command.ts";

export interface Entering {
  text: string;
  /** What looking at it gave; gone as soon as the text changes. */
  staged: Staged | undefined;
  /** The setpoint when it was looked at. */
  from: number;
  /** Why, in the person's words; may stay empty. */
  reason: string;
  sending: Sending;
  explain(reason: string): void;
  type(text: string): void;
  nudge(steps: number): void;
  withdraw(): void;
  /** The first call looks, the second sends. */
  confirm(): void;
}

export function useEntry(tag: Tag, working: Tag | undefined, clamp: Clamp): Entering {
  const { store } = useLive();
  const sending = useCommand(tag);
  const [text, setText] = useState("");
  const [reason, explain] = useState("");
  const [staged, setStaged] = useState<Staged>();
  const [seen, setSeen] = useState<Seen>({ value: Number.NaN, time: 0 });
  const { decimals, ramp } = tag.definition;
  const now = (): Seen => ({ value: store.value[tag.id] as number, time: store.time[tag.id] as number });
  const look = (typed: string): void => {
    const at = working === undefined ? Number.NaN : (store.value[working.id] as number);
    setSeen(now());
    setStaged(stage(readNumber(typed), { present: now().value, working: at, clamp, ramp }));
  };
  const type = (next: string): void => {
    setText(next);
    setStaged(undefined);
  };
  const withdraw = (): void => {
    type("");
    explain("");
  };
  const nudge = (steps: number): void => {
    const typed = readNumber(text);
    const base = Number.isNaN(typed) ? now().value : typed;
    const next = figure(Math.max(clamp.low, Math.min(clamp.high, base + steps * nudgeOf(tag.definition))), decimals);
    setText(next);
    look(next);
  };
  const confirm = (): void => {
    if (staged?.ok !== true) {
      look(text);
      return;
    }
    sending.send(staged.value, seen, reason);
    withdraw();
  };
  return { text, staged, from: seen.value, reason, sending, explain, type, nudge, withdraw, confirm };
}
