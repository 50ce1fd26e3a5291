/** The alarms of a span as marks on four lanes; marks on the same pixel of the same lane are one. Pure. */
import type { JournalEvent } from "@cellhouse/shared";

export interface LaneMark {
  priority: number;
  /** 0..1 of the span. */
  x: number;
}

export function lanesOf(events: readonly JournalEvent[], from: number, to: number): LaneMark[] {
  const marks = new Map<string, LaneMark>();
  for (const event of events) {
    if (event.kind !== "alarm" || (event.event !== "raise" && event.event !== "re-raise")) continue;
    const priority = typeof event.priority === "number" ? event.priority : 4;
    const x = Math.round(((event.time - from) / (to - from)) * 1000) / 1000;
    if (x >= 0 && x <= 1) marks.set(`${priority}-${x}`, { priority, x });
  }
  return [...marks.values()];
}
