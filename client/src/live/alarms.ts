/** The alarm list of the browser: one map, told once per animation frame; sorting and counting are pure. */
import { type Alarm, type AlarmsMessage, isUnacknowledged, type Priority } from "@cellhouse/shared";

export interface AlarmView {
  all: ReadonlyMap<string, Alarm>;
  /** Highest unacknowledged priority per cell, 0 for none. */
  worst: ReadonlyMap<string, Priority>;
  /** The alarm behind it: the newest of that priority. */
  first: ReadonlyMap<string, Alarm>;
  counts: Record<Priority, { active: number; unacknowledged: number }>;
  /** The newest unacknowledged alarm of the highest priority. */
  top: Alarm | undefined;
}

const zero = (): { active: number; unacknowledged: number } => ({ active: 0, unacknowledged: 0 });

export const NO_ALARMS: AlarmView = {
  all: new Map(),
  worst: new Map(),
  first: new Map(),
  counts: { 1: zero(), 2: zero(), 3: zero(), 4: zero() },
  top: undefined,
};

/** Takes a message in; alarms back in NORM and not inhibited leave the list. Changes and gives back `next`. */
export function mergeAlarms(next: Map<string, Alarm>, message: AlarmsMessage): Map<string, Alarm> {
  if ("snapshot" in message) next.clear();
  for (const alarm of "snapshot" in message ? message.snapshot : message.changes) {
    if (alarm.state === "NORM" && alarm.inhibit.length === 0) next.delete(alarm.id);
    else next.set(alarm.id, alarm);
  }
  return next;
}

/** Counts leave out what is shelved, suppressed or out of service. */
export function summarise(all: ReadonlyMap<string, Alarm>): AlarmView {
  const counts = { 1: zero(), 2: zero(), 3: zero(), 4: zero() };
  const worst = new Map<string, Priority>();
  const first = new Map<string, Alarm>();
  let top: Alarm | undefined;
  for (const alarm of all.values()) {
    if (alarm.inhibit.length > 0 || alarm.state === "NORM") continue;
    const count = counts[alarm.priority];
    count.active++;
    if (!isUnacknowledged(alarm.state)) continue;
    count.unacknowledged++;
    const known = first.get(alarm.cell);
    if (known === undefined || byUrgency(alarm, known) < 0) {
      first.set(alarm.cell, alarm);
      worst.set(alarm.cell, alarm.priority);
    }
    if (top === undefined || byUrgency(alarm, top) < 0) top = alarm;
  }
  return { all, worst, first, counts, top };
}

/** What to look at first: annunciated before inhibited, unacknowledged before acknowledged, then priority, then the newest. */
export function byUrgency(a: Alarm, b: Alarm): number {
  return rank(a) - rank(b) || a.priority - b.priority || (b.raised ?? 0) - (a.raised ?? 0) || (a.id < b.id ? -1 : 1);
}

function rank(alarm: Alarm): number {
  if (alarm.inhibit.length > 0) return 2;
  return isUnacknowledged(alarm.state) ? 0 : 1;
}
