/** Raw columns put together and cut. */
import type { RawColumns } from "../contracts.ts";

const COLUMNS = ["time", "value", "quality", "received"] as const;

/** Columns one behind the other; lent where there is but one part. */
export function joinedRaw(parts: readonly RawColumns[]): RawColumns {
  if (parts.length === 1) return parts[0] as RawColumns;
  const rows = parts.reduce((sum, part) => sum + part.time.length, 0);
  const all = {
    time: new Float64Array(rows),
    value: new Float64Array(rows),
    quality: new Uint8Array(rows),
    received: new Float64Array(rows),
  };
  let at = 0;
  for (const part of parts) {
    for (const column of COLUMNS) all[column].set(part[column], at);
    at += part.time.length;
  }
  return all;
}

/** The first `limit` rows; lent. */
export function cutRaw(raw: RawColumns, limit: number): RawColumns {
  if (raw.time.length <= limit) return raw;
  const cut = <C extends Float64Array | Uint8Array>(column: C): C => column.subarray(0, limit) as C;
  return { time: cut(raw.time), value: cut(raw.value), quality: cut(raw.quality), received: cut(raw.received) };
}
