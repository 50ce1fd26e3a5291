/** A line of the journal in words. Pure: the words come from the language files. */
import type { JournalEvent } from "@cellhouse/shared";

/** Fields that have their own column, or say nothing to a person. */
const LEFT_OUT = new Set([
  "seq",
  "time",
  "kind",
  "received",
  "occurrence",
  "actor",
  "by",
  "cell",
  "id",
  "alarm",
  "from",
  "to",
  "event",
  "at",
  "ended",
]);

export function tellEvent(event: JournalEvent): { what: string; by: string } {
  const by = String(event.actor ?? event.by ?? "");
  const main =
    event.kind === "alarm"
      ? `${event.alarm ?? ""} ${event.event ?? ""}: ${event.from ?? ""} → ${event.to ?? ""}`
      : String(event.cell ?? event.alarm ?? "");
  const rest = Object.entries(event)
    .filter(([name, value]) => !LEFT_OUT.has(name) && value !== null && value !== undefined && value !== "")
    .map(
      ([name, value]) =>
        `${name} ${typeof value === "number" ? Number(value.toFixed(3)) : typeof value === "object" ? JSON.stringify(value) : String(value)}`,
    );
  return { what: [main, ...rest].filter(Boolean).join(" · "), by };
}
