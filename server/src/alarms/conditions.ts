/**
 * What the process does: each alarm's condition, with deadband, on-delay and off-delay. Hot path: no allocation per sample.
 *
 * Delays run on the sample's effective time. A delay ends with the first sample at or past its end, or, when none comes,
 * by the pipe's clock once the whole delay has passed since the arrival of the sample that began it: so samples on their
 * way still count, and an edge whose clock is wrong shortens no delay.
 * Bad, Stale or missing numbers freeze a condition: it neither comes nor goes, and a delay that was running begins anew
 * with the next number to be believed. The same holds for all alarms of a cell whose liveness is Stale or Bad.
 */
import { type Clock, effectiveTime, type Frame, Quality } from "@cellhouse/shared";
import type { AlarmMemory, LivenessChange, ModelView } from "../contracts.ts";
import type { AlarmColumns, Place } from "./columns.ts";
import { DueHeap } from "./due.ts";
import { silentSince } from "./kinds/comm.ts";
import type { Judge } from "./kinds/kind.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** Told that the condition of `slot` came or went at `time` (effective); `value` decided it, NaN where there is none. */
export type ConditionChanged = (slot: number, active: boolean, time: number, value: number) => void;

export interface ConditionOptions {
  columns: AlarmColumns;
  model: ModelView;
  clock: Clock;
  changed: ConditionChanged;
  /** Called when delays that ended by the clock have all been told. */
  settled(): void;
}

export class Conditions {
  readonly #columns: AlarmColumns;
  readonly #model: ModelView;
  readonly #clock: Clock;
  readonly #changed: ConditionChanged;
  readonly #due: DueHeap;
  readonly #active: Uint8Array;
  readonly #frozen: Uint8Array;
  /** The last number judged. */
  readonly #seen: Float64Array;
  /** End of the running delay on effective time; NEVER when none runs. */
  readonly #ends: Float64Array;

  constructor({ columns, model, clock, changed, settled }: ConditionOptions) {
    this.#columns = columns;
    this.#model = model;
    this.#clock = clock;
    this.#changed = changed;
    this.#due = new DueHeap({ slots: columns.count, clock, run: (slot) => this.#settle(slot), after: settled });
    this.#active = new Uint8Array(columns.count);
    this.#frozen = new Uint8Array(columns.count);
    this.#seen = new Float64Array(columns.count).fill(Number.NaN);
    this.#ends = new Float64Array(columns.count).fill(NEVER);
    // Not heard yet is asleep: a bit that changed long ago, while no server was there, counts from when it is first told.
    for (const [owner, slots] of columns.samplesOf)
      if (model.liveness(owner) >= Quality.Stale) for (const slot of slots) this.#frozen[slot] = 1;
  }

  evaluate(frame: Frame): void {
    if (frame.historical) return;
    const { tag, value, quality, count } = frame;
    const { first } = this.#columns;
    for (let i = 0; i < count; i++) {
      const id = tag[i] as number;
      const end = first[id + 1] as number;
      let slot = first[id] as number;
      if (slot === end) continue;
      const time = effectiveTime(frame, i);
      for (; slot < end; slot++) this.#sample(slot, value[i] as number, quality[i] as number, time);
    }
  }

  liveness(change: LivenessChange): void {
    const asleep = change.quality >= Quality.Stale;
    for (const slot of this.#columns.samplesOf.get(change.owner) ?? []) this.#freeze(slot, asleep, change.time);
    const since = silentSince(change);
    if (since === undefined) return;
    for (const slot of this.#columns.livenessOf.get(change.owner) ?? []) this.#silence(slot, since, change.time);
  }

  /** Sets a condition without telling it (restart). */
  preset(slot: number, active: boolean): void {
    this.#stop(slot);
    this.#active[slot] = active ? 1 : 0;
  }

  /** What runs and what is frozen, for `recall`. */
  memory(): Omit<AlarmMemory, "rows"> {
    const { places, samplesOf } = this.#columns;
    const frozen = [...samplesOf].filter(([, slots]) => this.#frozen[slots[0] as number] === 1).map(([owner]) => owner);
    const delays: { alarm: string; ends: number; due: number; seen: number | null }[] = [];
    for (let slot = 0; slot < places.length; slot++) {
      const ends = this.#ends[slot] as number;
      if (ends === NEVER) continue;
      const seen = this.#seen[slot] as number;
      delays.push({ alarm: (places[slot] as Place).id, ends, due: this.#due.time(slot), seen: Number.isNaN(seen) ? null : seen });
    }
    return { frozen, delays };
  }

  /** Takes what `memory` gave, after every `preset`; alarms this plant does not have are passed over. */
  recall({ frozen, delays }: Omit<AlarmMemory, "rows">): void {
    this.#frozen.fill(0);
    for (const owner of frozen) for (const slot of this.#columns.samplesOf.get(owner) ?? []) this.#frozen[slot] = 1;
    for (const { alarm, ends, due, seen } of delays) {
      const slot = this.#columns.slotOf.get(alarm);
      if (slot === undefined) continue;
      this.#seen[slot] = seen ?? Number.NaN;
      this.#ends[slot] = ends;
      this.#due.set(slot, due);
    }
  }

  #sample(slot: number, value: number, quality: number, time: number): void {
    if ((this.#ends[slot] as number) <= time) this.#settle(slot);
    if (this.#frozen[slot] === 1 || quality >= Quality.Stale || Number.isNaN(value)) {
      this.#stop(slot);
      return;
    }
    const { judge, on, off } = this.#columns;
    const was = this.#active[slot] === 1;
    const is = (judge[slot] as Judge)(value, was, on[slot] as number, off[slot] as number);
    this.#seen[slot] = value;
    if (is === was) this.#stop(slot);
    else if (this.#ends[slot] === NEVER) this.#start(slot, time, time);
  }

  /** The process has differed from the condition since `from`; `now` is how far effective time has come. */
  #start(slot: number, from: number, now: number): void {
    const delay = this.#active[slot] === 1 ? this.#columns.offDelay[slot] : this.#columns.onDelay[slot];
    const end = from + (delay as number);
    this.#ends[slot] = end;
    if (end <= now) this.#settle(slot);
    else this.#due.set(slot, end + Math.max(0, this.#clock.now() - now));
  }

  #stop(slot: number): void {
    if (this.#ends[slot] === NEVER) return;
    this.#ends[slot] = NEVER;
    this.#due.clear(slot);
  }

  #settle(slot: number): void {
    const time = this.#ends[slot] as number;
    this.#stop(slot);
    const active = this.#active[slot] === 0;
    this.#active[slot] = active ? 1 : 0;
    this.#changed(slot, active, time, this.#seen[slot] as number);
  }

  #freeze(slot: number, asleep: boolean, time: number): void {
    if ((this.#frozen[slot] === 1) === asleep) return;
    this.#frozen[slot] = asleep ? 1 : 0;
    if (asleep) this.#stop(slot);
    else this.#judgeStanding(slot, time);
  }

  /** A quiet tag is not sent again when its cell comes back: what stands in the model counts from now on. */
  #judgeStanding(slot: number, time: number): void {
    const tag = this.#columns.places[slot]?.tag.id as number;
    this.#sample(slot, this.#model.value(tag), this.#model.quality(tag), time);
  }

  /** `since` 0: the cell speaks. */
  #silence(slot: number, since: number, time: number): void {
    const silent = since > 0;
    if (silent === (this.#active[slot] === 1)) {
      this.#stop(slot);
      return;
    }
    const from = silent ? since : time;
    const earlier = from + (this.#columns.onDelay[slot] as number) < (this.#ends[slot] as number);
    if (this.#ends[slot] === NEVER || (silent && earlier)) this.#start(slot, from, time);
  }
}
