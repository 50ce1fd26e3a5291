/** Reads what a host asks of an edge: NCMD and DCMD payloads into plain orders. Anything unreadable is refused by data, never by an exception. */
import { tagName } from "@cellhouse/shared";
import { DecodeError, decodePayload, type Metric } from "@cellhouse/shared/sparkplug";
import { FAULT, REBIRTH } from "./metrics.ts";

export type Order =
  | { type: "rebirth" }
  | { type: "write"; tag: string; value: number }
  | { type: "fault"; text: string }
  | { type: "refused"; reason: string };

/** More than this many metrics in one command are refused: a host writes one or a few. */
const MAX_ORDERS = 100;

/** `resolve` gives the name of a metric that came by alias only. */
export function readOrders(payload: Uint8Array, resolve: (alias: number) => string | undefined): Order[] {
  try {
    const { metrics } = decodePayload(payload);
    if (metrics.length > MAX_ORDERS) return [refused(`${metrics.length} metrics in one command, at most ${MAX_ORDERS}`)];
    return metrics.map((metric) => readOrder(metric, metric.name ?? (metric.alias === undefined ? undefined : resolve(metric.alias))));
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    return [refused(cause.message)];
  }
}

function readOrder(metric: Metric, name: string | undefined): Order {
  if (name === undefined) return refused(`a metric without a name, or of unknown alias ${metric.alias ?? "(none)"}`);
  if (name === REBIRTH) return metric.value === true ? { type: "rebirth" } : refused(`${REBIRTH}: expects true`);
  if (name === FAULT)
    return typeof metric.value === "string" ? { type: "fault", text: metric.value } : refused(`${FAULT}: expects a String of JSON`);
  const value = typeof metric.value === "boolean" ? Number(metric.value) : metric.value;
  if (typeof value !== "number" || !Number.isFinite(value)) return refused(`${name.slice(0, 80)}: expects a finite number`);
  return { type: "write", tag: tagName(name), value };
}

function refused(reason: string): Order {
  return { type: "refused", reason };
}
