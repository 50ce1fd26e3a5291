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

function numberIn(cell: number | string | null | undefined): number {
  return typeof cell === "number" ? cell : Number.NaN;
}
