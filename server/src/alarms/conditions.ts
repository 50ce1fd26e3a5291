/**
 * What the process does: each alarm's condition, with deadband, on-delay and off-delay. Hot path: no allocation per sample.
 *
 * Delays run on the sample's effective time. A delay ends with the first sample at or past its end, or, when none comes,
 * by the pipe's clock, which waits as much longer as the sample that began the delay was late (2 s at most): so samples
 * on their way still count.
 * Bad, Stale or missing numbers freeze a condition: it neither comes nor goes, and a delay that was running begins anew
 * with the next number to be believed. The same holds for all alarms of a cell whose liveness is Stale or Bad.
 */
import { type Clock, effectiveTime, type Frame, Quality } from "@cellhouse/shared";
import type { LivenessChange, ModelView } from "../contracts.ts";
import type { AlarmColumns } from "./columns.ts";
import { createDue } from "./due.ts";
import { silentSince } from "./kinds/comm.ts";

const NEVER = Number.POSITIVE_INFINITY;
const LATENESS_ALLOWED = 2000;

export interface ConditionOptions {
  columns: AlarmColumns;
  model: ModelView;
  clock: Clock;
  /** The condition of `slot` came or went at `time` (effective); `value` is the number that decided it, NaN where there is none. */
  changed(slot: number, active: boolean, time: number, value: number): void;
  /** Delays ended by the clock have all been reported. */
  settled(): void;
}

export interface Conditions {
  evaluate(frame: Frame): void;
  liveness(change: LivenessChange): void;
  /** Sets a condition without reporting it (restart). */
  preset(slot: number, active: boolean): void;
}

export function createConditions({ columns, model, clock, changed, settled }: ConditionOptions): Conditions {
  const { first, judge, on, off, onDelay, offDelay, count } = columns;
  const active = new Uint8Array(count);
  const frozen = new Uint8Array(count);
  const seen = new Float64Array(count).fill(Number.NaN);
  /** End of the running delay on effective time; NEVER when none runs. */
  const ends = new Float64Array(count).fill(NEVER);
  const due = createDue({ slots: count, clock, run: settle, after: settled });

  function settle(slot: number): void {
    const time = ends[slot] as number;
    stop(slot);
    active[slot] = 1 - (active[slot] as number);
    changed(slot, active[slot] === 1, time, seen[slot] as number);
  }

  function stop(slot: number): void {
    if (ends[slot] === NEVER) return;
    ends[slot] = NEVER;
    due.clear(slot);
  }

  /** `from`: since when the process differs from the condition; `now`: how far effective time has come. */
  function start(slot: number, from: number, now: number): void {
    const end = from + ((active[slot] === 1 ? offDelay[slot] : onDelay[slot]) as number);
    ends[slot] = end;
    if (end <= now) settle(slot);
    else due.set(slot, end + Math.min(Math.max(0, clock.now() - now), LATENESS_ALLOWED));
  }

  function sample(slot: number, value: number, quality: number, time: number): void {
    if ((ends[slot] as number) <= time) settle(slot);
    if (frozen[slot] === 1 || quality >= Quality.Stale || Number.isNaN(value)) {
      stop(slot);
      return;
    }
    const was = active[slot] === 1;
    const is = (judge[slot] as (typeof judge)[number])(value, was, on[slot] as number, off[slot] as number);
    seen[slot] = value;
    if (is === was) stop(slot);
    else if (ends[slot] === NEVER) start(slot, time, time);
  }

  function freeze(slot: number, asleep: boolean, time: number): void {
    if ((frozen[slot] === 1) === asleep) return;
    frozen[slot] = asleep ? 1 : 0;
    if (asleep) stop(slot);
    else {
      // A quiet tag is not sent again when its cell comes back: what stands in the model counts from now on.
      const tag = (columns.places[slot] as (typeof columns.places)[number]).tag.id;
      sample(slot, model.value(tag), model.quality(tag), time);
    }
  }

  function silence(slot: number, since: number, time: number): void {
    const is = since > 0;
    if (is === (active[slot] === 1)) {
      stop(slot);
      return;
    }
    const from = is ? since : time;
    if (ends[slot] !== NEVER && from + (onDelay[slot] as number) >= (ends[slot] as number)) return;
    start(slot, from, time);
  }

  return {
    evaluate(frame) {
      if (frame.historical) return;
      const { tag, value, quality } = frame;
      for (let i = 0; i < frame.count; i++) {
        const id = tag[i] as number;
        const end = first[id + 1] as number;
        let slot = first[id] as number;
        if (slot === end) continue;
        const time = effectiveTime(frame, i);
        for (; slot < end; slot++) sample(slot, value[i] as number, quality[i] as number, time);
      }
    },
    liveness(change) {
      const asleep = change.quality >= Quality.Stale;
      for (const slot of columns.samplesOf.get(change.owner) ?? []) freeze(slot, asleep, change.time);
      const since = silentSince(change);
      if (since === undefined) return;
      for (const slot of columns.livenessOf.get(change.owner) ?? []) silence(slot, since, change.time);
    },
    preset(slot, on) {
      stop(slot);
      active[slot] = on ? 1 : 0;
    },
  };
}
