/** Which alarms the table shows, in which order. Pure. */
import { type Alarm, isUnacknowledged, type Plant } from "@cellhouse/shared";
import { byUrgency } from "../../live/alarms.ts";

export interface Filter {
  /** Empty: all. */
  priority: string;
  state: "" | "unacknowledged" | "acknowledged" | "inhibited";
  /** Part of a cell, line or alarm name. */
  text: string;
}

export const EVERYTHING: Filter = { priority: "", state: "", text: "" };

export function filterAlarms(alarms: Iterable<Alarm>, filter: Filter, plant: Plant): Alarm[] {
  const text = filter.text.trim().toUpperCase();
  const kept: Alarm[] = [];
  for (const alarm of alarms) {
    if (filter.priority !== "" && String(alarm.priority) !== filter.priority) continue;
    if (filter.state !== "" && stateOf(alarm) !== filter.state) continue;
    if (text !== "" && !`${alarm.id} ${plant.cell(alarm.cell)?.line.id ?? ""} ${alarm.cause.toUpperCase()}`.includes(text)) continue;
    kept.push(alarm);
  }
  return kept.sort(byUrgency);
}

function stateOf(alarm: Alarm): Filter["state"] {
  if (alarm.inhibit.length > 0) return "inhibited";
  return isUnacknowledged(alarm.state) ? "unacknowledged" : "acknowledged";
}

export function readFilter(params: URLSearchParams): Filter {
  const state = params.get("state") ?? "";
  const known = state === "unacknowledged" || state === "acknowledged" || state === "inhibited";
  return { priority: params.get("priority") ?? "", state: known ? state : "", text: params.get("text") ?? "" };
}
