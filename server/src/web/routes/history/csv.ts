/** History as CSV: one row per sample or bucket, times as epoch ms, a missing number as an empty field. */
import type { History, HistorySeries } from "@cellhouse/shared";

const RAW = ["tag", "unit", "time", "received", "value", "quality"];
const BUCKETS = ["tag", "unit", "time", "min", "max", "mean", "first", "last", "count", "quality"];

export function toCsv(history: History): string {
  const isRaw = history.series.some((series) => series.v !== undefined);
  const rows = history.series.flatMap((series) => series.t.map((_, i) => (isRaw ? rawRow(series, i) : bucketRow(series, i)).join(",")));
  return `${[(isRaw ? RAW : BUCKETS).join(","), ...rows].join("\r\n")}\r\n`;
}

function rawRow(series: HistorySeries, i: number): unknown[] {
  return [series.tag, series.unit, series.t[i], series.received?.[i], series.v?.[i], series.q[i]];
}

function bucketRow(series: HistorySeries, i: number): unknown[] {
  const { min, max, mean, first, last, count } = series;
  return [series.tag, series.unit, series.t[i], ...[min, max, mean, first, last, count].map((column) => column?.[i]), series.q[i]];
}
