/** The alarms of a span as marks on four lanes; marks on the same pixel of the same lane are one. Pure. */
import type { JournalEvent, Priority } from "@cellhouse/shared";

export interface LaneMark {
  priority: Priority;
  /** 0..1 of the span. */
  x: number;
}

export function lanesOf(
  events: readonly JournalEvent[],
  { from, to }: { from: number; to: number },
  priorityOf: (type: string) => Priority,
): LaneMark[] {
  const marks = new Map<string, LaneMark>();
  for (const event of events) {
    if (event.kind !== "alarm" || (event.event !== "raise" && event.event !== "re-raise")) continue;
    const priority = priorityOf(String(event.alarm ?? "").split(":")[1] ?? "");
    const x = Math.round(((event.time - from) / (to - from)) * 1000) / 1000;
    if (x >= 0 && x <= 1) marks.set(`${priority}-${x}`, { priority, x });
  }
  return [...marks.values()];
}
