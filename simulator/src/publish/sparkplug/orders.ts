/** Reads what a host asks of an edge: NCMD and DCMD payloads into plain orders. Anything unreadable is refused by data, never by an exception. */
import { tagName, type WriteOrder } from "@cellhouse/shared";
import { DecodeError, decodePayload, type Metric } from "@cellhouse/shared/sparkplug";
import { z } from "zod";
import { DEVICE_REBIRTH } from "./births.ts";
import { FAULT, REBIRTH } from "./metrics.ts";

export type Order =
  | { type: "rebirth" }
  | { type: "device-rebirth" }
  | { type: "write"; tag: string; value: number; order?: WriteOrder }
  | { type: "fault"; text: string }
  | { type: "refused"; reason: string };

/** More than this many metrics in one command are refused: a host writes one or a few. */
const MAX_ORDERS = 100;

const u32 = z.number().int().min(0).max(0xffffffff);
const writeOrder = z.object({ seq: u32, user: z.string().min(1).max(200), token: u32, at: z.number() });

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
  if (name === DEVICE_REBIRTH) return metric.value === true ? { type: "device-rebirth" } : refused(`${DEVICE_REBIRTH}: expects true`);
  if (name === FAULT)
    return typeof metric.value === "string" ? { type: "fault", text: metric.value } : refused(`${FAULT}: expects a String of JSON`);
  return readWrite(metric, name);
}

/** A value alone, or one that comes as an order: with properties `seq`, `user` and `token`, given at the metric's timestamp. */
function readWrite({ value: raw, properties, timestamp }: Metric, name: string): Order {
  const value = typeof raw === "boolean" ? Number(raw) : raw;
  if (typeof value !== "number" || !Number.isFinite(value)) return refused(`${name.slice(0, 80)}: expects a finite number`);
  const tag = tagName(name);
  if (properties?.seq === undefined) return { type: "write", tag, value };
  const { seq, user, token } = properties;
  const order = writeOrder.safeParse({ seq: seq.value, user: user?.value, token: token?.value, at: timestamp });
  if (order.success) return { type: "write", tag, value, order: order.data };
  const issue = order.error.issues[0];
  return refused(`${name.slice(0, 80)}: property ${issue?.path.join(".")}: ${issue?.message}`);
}

function refused(reason: string): Order {
  return { type: "refused", reason };
}
