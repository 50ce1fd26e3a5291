/**
 * What the operator was told: the state of each alarm, its occurrence, who acknowledged it and what holds it back.
 * Every change is one transition to the journal, in order, with nothing drawn by chance: a replay writes the same bytes.
 */
import type { Alarm, AlarmEvent, AlarmState, AlarmTransition, Clock, Inhibit } from "@cellhouse/shared";
import { INHIBITS } from "@cellhouse/shared";
import type { AlarmColumns, Place } from "./columns.ts";
import { heldState, INHIBIT_BIT, inhibited, isActive, next, type Stimulus } from "./machine.ts";

export interface AlarmSink {
  changed(alarms: Alarm[]): void;
  transition(transition: AlarmTransition): void;
}

export interface Shelf {
  until: number;
  by: string;
  reason: string;
}

/** All that is remembered of one alarm. */
export interface Entry {
  state: AlarmState;
  /** Bits of `INHIBIT_BIT`. */
  holds: number;
  /** Annunciations so far; part of the occurrence's name. */
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

export type Book = ReturnType<typeof createBook>;

export function createBook(columns: AlarmColumns, clock: Clock, sink: AlarmSink) {
  const entries: (Entry | undefined)[] = new Array(columns.count);
  const dirty = new Set<number>();
  const place = (slot: number): Place => columns.places[slot] as Place;

  function entry(slot: number): Entry {
    const found = entries[slot];
    if (found !== undefined) return found;
    const fresh: Entry = { state: "NORM", holds: 0, count: 0, occurrence: "", raised: null, value: null };
    entries[slot] = fresh;
    return fresh;
  }

  function annunciate(slot: number, time: number, value: number | null): void {
    const now = entry(slot);
    now.count++;
    now.occurrence = `${place(slot).id}@${time}.${now.count}`;
    now.raised = time;
    now.value = value;
    now.ackBy = undefined;
    now.ackAt = undefined;
  }

  function move(slot: number, to: AlarmState, event: AlarmEvent, at: { time: number; value: number | null } & Deed): void {
    const now = entry(slot);
    const from = now.state;
    now.state = to;
    dirty.add(slot);
    sink.transition({
      alarm: place(slot).id,
      occurrence: now.occurrence,
      from,
      to,
      event,
      time: at.time,
      received: clock.now(),
      value: at.value,
      limit: place(slot).rule.limit,
      actor: at.actor,
      ...(at.comment !== undefined && { comment: at.comment }),
    });
  }

  return {
    entry,
    /** The condition came or went. */
    condition(slot: number, active: boolean, time: number, number: number): void {
      const { state, holds } = entry(slot);
      const stimulus: Stimulus = !active ? "return" : state === "NORM" ? "raise" : "re-raise";
      const to = holds === 0 ? next(state, stimulus, place(slot).definition.latching) : heldState(active);
      if (to === undefined) throw new Error(`alarm ${place(slot).id}: ${stimulus} in ${state}`);
      const value = Number.isNaN(number) ? null : number;
      if (active) annunciate(slot, time, value);
      move(slot, to, stimulus, { time, value, ...PROCESS });
    },
    /** What a person asks for; false where the state does not allow it. */
    act(slot: number, stimulus: "ack" | "reset", deed: Deed): boolean {
      const now = entry(slot);
      const to = next(now.state, stimulus, place(slot).definition.latching);
      if (to === undefined) return false;
      if (stimulus === "ack") {
        now.ackBy = deed.actor;
        now.ackAt = clock.now();
      }
      move(slot, to, stimulus, { time: clock.now(), value: now.value, ...deed });
      return true;
    },
    /** Begins or ends a hold; false where it already had begun or ended. When the last one ends, a condition that holds is annunciated anew. */
    hold(slot: number, inhibit: Inhibit, begin: boolean, deed: Deed): boolean {
      const now = entry(slot);
      const holds = inhibited(now.holds, inhibit, begin);
      if (holds === undefined) return false;
      now.holds = holds;
      const active = isActive(now.state);
      const speaks = active && holds === 0;
      if (speaks) annunciate(slot, clock.now(), now.value);
      move(slot, speaks ? "UNACK" : heldState(active), begin ? "shelve" : "unshelve", { time: clock.now(), value: now.value, ...deed });
      return true;
    },
    view(slot: number): Alarm {
      return view(place(slot), entry(slot));
    },
    /** Slots with anything to show: not NORM, or held back. */
    standing(): number[] {
      return [...entries.keys()].filter((slot) => {
        const now = entries[slot];
        return now !== undefined && (now.state !== "NORM" || now.holds !== 0);
      });
    },
    /** Slots about which anything is remembered. */
    known(): number[] {
      return [...entries.keys()].filter((slot) => entries[slot] !== undefined);
    },
    /** Tells the screens what has changed since the last call. */
    publish(): void {
      if (dirty.size === 0) return;
      const changed = [...dirty].map((slot) => view(place(slot), entry(slot)));
      dirty.clear();
      sink.changed(changed);
    },
  };
}

function view({ id, definition, cell, tag, rule }: Place, now: Entry): Alarm {
  const standing = now.state !== "NORM";
  return {
    id,
    occurrence: standing ? now.occurrence : null,
    cell: cell.id,
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
