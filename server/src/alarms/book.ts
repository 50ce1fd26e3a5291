/**
 * What the operator was told: the state of each alarm, its occurrence, who acknowledged it and what holds it back.
 * Every change is one transition to the journal, in order, with nothing drawn by chance: a replay writes the same bytes.
 */
import type { Alarm, AlarmState, AlarmTransition, Clock, Inhibit } from "@cellhouse/shared";
import { INHIBITS } from "@cellhouse/shared";
import type { AlarmColumns, Place } from "./columns.ts";
import { heldState, INHIBIT_BIT, inhibited, isActive, next, type Stimulus } from "./machine.ts";

export interface AlarmSink {
  changed(alarms: Alarm[]): void;
  transition(transition: AlarmTransition): void;
}

interface Shelf {
  until: number;
  by: string;
  reason: string;
}

/** All that is remembered of one alarm. */
export interface Entry {
  state: AlarmState;
  /** Bits of `INHIBIT_BIT`. */
  holds: number;
  /** Annunciations at the time `raised`. With that time it names the occurrence: alike in a replay, wherever it begins. */
  count: number;
  occurrence: string;
  raised: number | null;
  /** The number that raised it. */
  value: number | null;
  ackBy?: string | undefined;
  ackAt?: number | undefined;
  shelf?: Shelf | undefined;
}

/** Who did it and why, for the journal. */
export interface Deed {
  actor: string;
  comment?: string | undefined;
}

const PROCESS: Deed = { actor: "process" };

const UNTOUCHED: Readonly<Entry> = { state: "NORM", holds: 0, count: 0, occurrence: "", raised: null, value: null };

export class AlarmBook {
  readonly #columns: AlarmColumns;
  readonly #clock: Clock;
  readonly #sink: AlarmSink;
  readonly #entries = new Map<number, Entry>();
  /** Slots changed since the last `publish`. */
  readonly #dirty = new Set<number>();

  constructor(columns: AlarmColumns, clock: Clock, sink: AlarmSink) {
    this.#columns = columns;
    this.#clock = clock;
    this.#sink = sink;
  }

  /** What is remembered of the alarm, to be changed; begun when there is nothing yet. */
  entry(slot: number): Entry {
    const found = this.#entries.get(slot);
    if (found !== undefined) return found;
    const fresh = { ...UNTOUCHED };
    this.#entries.set(slot, fresh);
    return fresh;
  }

  /** The condition came or went; `number` decided it, NaN where there is none. */
  condition(slot: number, active: boolean, time: number, number: number): void {
    const { state, holds } = this.entry(slot);
    const { id, definition } = this.#place(slot);
    const stimulus: Stimulus = !active ? "return" : state === "NORM" ? "raise" : "re-raise";
    const to = holds === 0 ? next(state, stimulus, definition.latching) : heldState(active);
    if (to === undefined) throw new Error(`alarm ${id}: ${stimulus} in ${state}`);
    const value = Number.isNaN(number) ? null : number;
    if (active) this.#annunciate(slot, time, value);
    this.#move(slot, to, { event: stimulus, time, value, ...PROCESS });
  }

  /** What a person asks for; false where the state does not allow it. */
  act(slot: number, stimulus: "ack" | "reset", deed: Deed): boolean {
    const now = this.entry(slot);
    const to = next(now.state, stimulus, this.#place(slot).definition.latching);
    if (to === undefined) return false;
    const time = this.#clock.now();
    if (stimulus === "ack") Object.assign(now, { ackBy: deed.actor, ackAt: time });
    this.#move(slot, to, { event: stimulus, time, value: now.value, ...deed });
    return true;
  }

  /** Begins or ends a hold; false where it already had. When the last one ends, a condition that holds is annunciated anew. */
  hold(slot: number, inhibit: Inhibit, begin: boolean, deed: Deed): boolean {
    const now = this.entry(slot);
    const holds = inhibited(now.holds, inhibit, begin);
    if (holds === undefined) return false;
    now.holds = holds;
    const time = this.#clock.now();
    const active = isActive(now.state);
    const speaks = active && holds === 0;
    if (speaks) this.#annunciate(slot, time, now.value);
    const to = speaks ? "UNACK" : heldState(active);
    this.#move(slot, to, { event: begin ? "shelve" : "unshelve", time, value: now.value, ...deed });
    return true;
  }

  view(slot: number): Alarm {
    return view(this.#place(slot), this.#entries.get(slot) ?? UNTOUCHED);
  }

  /** Slots with anything to show: not NORM, or held back. */
  standing(): number[] {
    return this.known().filter((slot) => {
      const { state, holds } = this.entry(slot);
      return state !== "NORM" || holds !== 0;
    });
  }

  /** Slots about which anything is remembered, in order. */
  known(): number[] {
    return [...this.#entries.keys()].sort((a, b) => a - b);
  }

  /** Tells the screens what has changed since the last call. */
  publish(): void {
    if (this.#dirty.size === 0) return;
    const changed = [...this.#dirty].map((slot) => this.view(slot));
    this.#dirty.clear();
    this.#sink.changed(changed);
  }

  #place(slot: number): Place {
    return this.#columns.places[slot] as Place;
  }

  #annunciate(slot: number, time: number, value: number | null): void {
    const now = this.entry(slot);
    now.count = time === now.raised ? now.count + 1 : 1;
    now.occurrence = `${this.#place(slot).id}@${time}#${now.count}`;
    now.raised = time;
    now.value = value;
    now.ackBy = undefined;
    now.ackAt = undefined;
  }

  #move(slot: number, to: AlarmState, { comment, ...what }: Pick<AlarmTransition, "event" | "time" | "value"> & Deed): void {
    const now = this.entry(slot);
    const { id, rule } = this.#place(slot);
    const from = now.state;
    now.state = to;
    this.#dirty.add(slot);
    const received = this.#clock.now();
    const told = comment === undefined ? {} : { comment };
    this.#sink.transition({ alarm: id, occurrence: now.occurrence, from, to, received, limit: rule.limit, ...what, ...told });
  }
}

function view({ id, definition, home, tag, rule }: Place, now: Readonly<Entry>): Alarm {
  const standing = now.state !== "NORM";
  return {
    id,
    occurrence: standing ? now.occurrence : null,
    cell: home.id,
    tag: tag.path,
    type: definition.id,
    priority: definition.priority,
    state: now.state,
    inhibit: INHIBITS.filter((inhibit) => (now.holds & INHIBIT_BIT[inhibit]) !== 0),
    value: standing ? now.value : null,
    limit: rule.limit,
    raised: standing ? now.raised : null,
    ...(standing && now.ackBy !== undefined && now.ackAt !== undefined && { ackBy: now.ackBy, ackAt: now.ackAt }),
    cause: definition.cause,
    consequence: definition.consequence,
    response: definition.response,
    timeToRespond: definition.timeToRespond,
  };
}
