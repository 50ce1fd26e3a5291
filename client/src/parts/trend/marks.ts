/** What happened, to be marked on a time axis: alarms raised, commands sent. Pure. */
import type { Alarm, AlarmDefinition, Command, JournalEvent, Priority } from "@cellhouse/shared";

export interface Mark {
  time: number;
  /** Priority of an alarm; undefined for a command. */
  priority?: Priority;
  /** Id of the alarm, and its limit as it was then. */
  alarm?: string;
  limit?: number;
  text: string;
}

const MOST = 400;

export function marksOf(events: readonly JournalEvent[], commands: readonly Command[], priority: (type: string) => Priority): Mark[] {
  const alarms = events.flatMap((event): Mark[] => {
    if (event.kind !== "alarm" || (event.event !== "raise" && event.event !== "re-raise") || typeof event.alarm !== "string") return [];
    const type = event.alarm.split(":")[1] ?? event.alarm;
    const limit = typeof event.limit === "number" ? { limit: event.limit } : {};
    return [{ time: event.time, priority: priority(type), alarm: event.alarm, ...limit, text: type }];
  });
  const writes = commands.map((c): Mark => ({ time: c.at, text: `${c.tag.split(":")[1] ?? c.tag} ${c.value} (${c.by})` }));
  const marks = new Map([...alarms, ...writes].map((mark) => [`${mark.time} ${mark.alarm ?? mark.text}`, mark]));
  return [...marks.values()].sort((a, b) => a.time - b.time).slice(-MOST);
}

/** Standing alarms as the journal would tell of them: heard before the journal is asked again. */
export function raisedEvents(alarms: readonly Alarm[]): JournalEvent[] {
  return alarms.flatMap((a) =>
    a.raised === null ? [] : [{ seq: 0, time: a.raised, kind: "alarm" as const, alarm: a.id, event: "raise", limit: a.limit }],
  );
}

/** The priority of an alarm by its type, as the plant's table says; low for one it does not know. */
export function priorityIn(alarms: readonly AlarmDefinition[]): (type: string) => Priority {
  const known = new Map(alarms.map((a) => [a.id, a.priority]));
  return (type) => known.get(type) ?? 4;
}
