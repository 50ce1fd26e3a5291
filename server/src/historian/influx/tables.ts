/** Answers of InfluxDB as columns: a field that a point does not have is null there. */
import type { BucketColumns, RawColumns, Rollup } from "../../contracts.ts";
import { knownQuality, ROLLUP_MS } from "../buckets.ts";
import { PARTS } from "./places.ts";

/** Rows of one series: column names and values, times in ms. */
export interface Table {
  columns: string[];
  values: (number | string | null)[][];
}

export const EMPTY: Table = { columns: [], values: [] };

/** Samples of a field, from the points that have its number or its quality. */
export function samplesOf({ columns, values }: Table, name: string): RawColumns {
  const [value, quality] = [columns.indexOf(name), columns.indexOf(`${name}.q`)];
  const points = values.filter((row) => row[value] != null || row[quality] != null);
  return {
    time: Float64Array.from(points, (row) => row[0] as number),
    value: Float64Array.from(points, (row) => numberIn(row[value])),
    quality: Uint8Array.from(points, (row) => knownQuality((row[quality] ?? 0) as number)),
    received: new Float64Array(points.length).fill(Number.NaN),
  };
}

/** Rows of a field, from the points that have a count of it. A row without numbers may stand on an older one that had some. */
export function rowsOf({ columns, values }: Table, name: string, rollup: Rollup): BucketColumns {
  const [min, max, mean, first, last, count, quality] = PARTS.map((part) => columns.indexOf(`${name}.${part}`)) as number[];
  const points = values.filter((row) => row[count as number] != null);
  const column = (at: number | undefined): Float64Array =>
    Float64Array.from(points, (row) => (row[count as number] === 0 ? Number.NaN : numberIn(row[at as number])));
  return {
    source: rollup,
    width: ROLLUP_MS[rollup],
    time: Float64Array.from(points, (row) => row[0] as number),
    min: column(min),
    max: column(max),
    mean: column(mean),
    first: column(first),
    last: column(last),
    count: Float64Array.from(points, (row) => row[count as number] as number),
    quality: Uint8Array.from(points, (row) => knownQuality((row[quality as number] ?? 0) as number)),
  };
}

/** Rows put together: `counts` has every bucket, the others those with numbers. The first begins at `from`, whatever InfluxDB says. */
export function groupsIn(
  { counts, numbers, sums }: { counts: Table; numbers: Table; sums: Table },
  { source, width, from }: { source: Rollup; width: number; from: number },
): BucketColumns {
  const place = counts.columns.indexOf("count");
  const starts = counts.values.filter((row) => row[place] != null).map((row) => row[0]);
  const column = (table: Table, name: string): Float64Array => {
    const at = table.columns.indexOf(name);
    const cells = new Map(table.values.map((row) => [row[0], row[at]]));
    return Float64Array.from(starts, (start) => numberIn(cells.get(start)));
  };
  const count = column(counts, "count");
  return {
    source,
    width,
    time: Float64Array.from(starts, (start) => Math.max(from, start as number)),
    min: column(numbers, "min"),
    max: column(numbers, "max"),
    mean: column(sums, "sum").map((sum, i) => (count[i] === 0 ? Number.NaN : sum / (count[i] as number))),
    first: column(numbers, "first"),
    last: column(numbers, "last"),
    count,
    quality: Uint8Array.from(column(counts, "q"), (quality) => knownQuality(quality || 0)),
  };
}

function numberIn(cell: number | string | null | undefined): number {
  return typeof cell === "number" ? cell : Number.NaN;
}
