/** How what we want of an edge looks in NCMD and DCMD: named as its birth named it, typed as its birth typed it. Pure. */
import type { WriteOrder } from "@cellhouse/shared";
import { DataType, type Metric, type Value } from "@cellhouse/shared/sparkplug";
import type { Announced } from "./birth-table.ts";

/** `Node Control/Rebirth` has no alias in any birth (spec 3.0, 6.4.22). */
export function rebirthMetric(timestamp: number): Metric {
  return { name: "Node Control/Rebirth", timestamp, datatype: DataType.Boolean, value: true };
}

/** A write in the edge's own unit and type. With an order it carries the order's time, sequence, user and token. */
export function writeMetric(announced: Announced, value: number, now: number, order?: WriteOrder): Metric {
  const { factor, offset } = announced.scale;
  const metric = commandMetric(announced, wireValue(announced.type, (value - offset) / factor), order?.at ?? now);
  if (order !== undefined)
    metric.properties = {
      seq: { type: DataType.UInt32, value: order.seq },
      user: { type: DataType.String, value: order.user },
      token: { type: DataType.UInt32, value: order.token },
    };
  return metric;
}

/** By alias alone where the birth gave one (spec 3.0, 6.4.6), else by name. */
export function commandMetric({ name, alias, type }: Announced, value: Value, timestamp: number): Metric {
  return { ...(alias === undefined ? { name } : { alias }), timestamp, datatype: type || DataType.Double, value };
}

function wireValue(type: number, value: number): number | boolean {
  if (type === DataType.Boolean) return value !== 0;
  const isWhole = (type >= DataType.Int8 && type <= DataType.UInt64) || type === DataType.DateTime;
  return isWhole ? Math.round(value) : value;
}
