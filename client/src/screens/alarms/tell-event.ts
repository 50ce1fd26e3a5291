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
  "tag",
  "from",
  "to",
  "event",
  "at",
  "ended",
]);

export function tellEvent(event: JournalEvent): { what: string; by: string } {
  const by = String(event.actor ?? event.by ?? "");
  const rest = Object.entries(event)
    .filter(([name, value]) => !LEFT_OUT.has(name) && value !== null && value !== undefined && value !== "")
    .map(([name, value]) => `${name} ${plain(value)}`);
  return { what: [subject(event), ...rest].filter(Boolean).join(" · "), by };
}

/** What it is about, and what became of it. */
function subject(event: JournalEvent): string {
  if (event.kind === "alarm") return `${event.alarm ?? ""} ${event.event ?? ""}: ${event.from ?? ""} → ${event.to ?? ""}`;
  const short = typeof event.tag === "string" ? ` ${event.tag.split(":")[1] ?? event.tag}` : "";
  return `${event.cell ?? event.alarm ?? ""}${short}`.trim();
}

function plain(value: unknown): string {
  if (typeof value === "number") return String(Number(value.toFixed(3)));
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
