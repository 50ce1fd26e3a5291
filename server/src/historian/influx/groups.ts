/** Rows put together by InfluxDB itself: a long trend is counted where it stands, and only its buckets cross the wire. */
import type { BucketColumns, RollupQuery } from "../../contracts.ts";
import type { Place } from "./places.ts";
import type { PointBucketQuery, Store } from "./store.ts";
import { groupsIn } from "./tables.ts";

/**
 * The rows of one tag in buckets of `width`, which begin at whole multiples of it and never before `from`; undefined where
 * InfluxDB will not give them. Numbers come from rows that have some, for one without may stand on an older one; a mean
 * counts as often as its row has samples. Three questions, for InfluxDB answers each on one core.
 */
export async function groupsOf(
  store: Store,
  { series, key }: Place,
  { rollup, from, to, width, signal }: RollupQuery & { width: number },
): Promise<BucketColumns | undefined> {
  const field = (part: string): string => `"${key.name}.${part}"`;
  const ask = (select: Pick<PointBucketQuery, "columns" | "condition" | "of">): ReturnType<Store["groups"]> =>
    store.groups({ series, resolution: rollup, from, to, width, signal, ...select });
  const [counts, numbers, sums] = await Promise.all([
    ask({ columns: `sum(${field("count")}) AS "count", max(${field("q")}) AS "q"` }),
    ask({
      columns: `min(${field("min")}) AS "min", max(${field("max")}) AS "max", first(${field("first")}) AS "first", last(${field("last")}) AS "last"`,
      condition: `${field("count")} > 0`,
    }),
    ask({ columns: `sum("part") AS "sum"`, of: `${field("mean")} * ${field("count")} AS "part"` }),
  ]);
  return counts && numbers && sums && groupsIn({ counts, numbers, sums }, { source: rollup, width, from });
}
