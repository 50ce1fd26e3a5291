/** Makes rows in doubt again from what InfluxDB holds: those of 10 s from raw, coarser ones from the next finer, as far as that is kept. */
import type { BucketColumns, Resolution } from "../../contracts.ts";
import { BucketRows, ROLLUPS, rollUp } from "../buckets.ts";
import { type DoubtSpan, type Doubts, LEVELS, type Level, WIDTHS } from "./doubts.ts";
import type { Place, Series } from "./places.ts";
import type { Rows } from "./rows.ts";
import { rowsOf, samplesOf, type Table } from "./tables.ts";

/** Series read at once. */
const AT_ONCE = 3;

export interface RepairDeps {
  places: readonly Place[];
  series: readonly Series[];
  rows: Rows;
  doubts: Doubts;
  /** Since when a resolution is kept, epoch ms. */
  kept(resolution: Resolution): number;
  /** Everything a series holds in a span. */
  read(series: Series, resolution: Resolution, span: DoubtSpan): Promise<Table>;
  /** Takes the rows of a span away; where InfluxDB cannot, a row without numbers is written over one that had some, and its count of 0 tells. */
  remove(series: Series, level: Level, span: DoubtSpan): Promise<unknown>;
  /** Gives row `i` to be stored in place of whatever stands there. */
  replace(level: Level, tag: number, rows: BucketColumns, i: number): void;
  /** Resolves when all that was given is stored. */
  settle(): Promise<void>;
}

/** Every row left alone since the sweep before `sweep`; returns how many. What fails stays in doubt. */
export async function repair(deps: RepairDeps, sweep: number): Promise<number> {
  let made = 0;
  for (const level of LEVELS) {
    const due = deps.doubts.due(level, sweep);
    for (let i = 0; i < due.length; i += AT_ONCE) {
      const some = due.slice(i, i + AT_ONCE);
      const counts = await Promise.all(some.map((span) => repairSpan(deps, level, span)));
      await deps.settle();
      for (const span of some) deps.doubts.clear(level, span);
      made += counts.reduce((sum, n) => sum + n, 0);
    }
  }
  return made;
}

async function repairSpan(deps: RepairDeps, level: Level, span: DoubtSpan): Promise<number> {
  const finer: Resolution = level === 0 ? "raw" : (ROLLUPS[level - 1] as Resolution);
  const source = [finer, "raw" as const].find((resolution) => deps.kept(resolution) <= span.from);
  if (source === undefined || deps.kept(ROLLUPS[level] as Resolution) > span.from) return 0;
  const series = deps.series[span.series] as Series;
  const table = await deps.read(series, source, span);
  if (span.anew) await deps.remove(series, level, span);
  let made = 0;
  const columns = new Set(table.columns);
  for (const tag of series.members) {
    const { name } = (deps.places[tag] as Place).key;
    if (!columns.has(source === "raw" ? name : `${name}.count`) && !columns.has(`${name}.q`)) continue;
    const rows = remade(deps, { level, tag, source, table });
    for (let i = 0; i < rows.time.length; i++) {
      deps.replace(level, tag, rows, i);
      deps.rows.resume(level, tag, rows.time[i] as number, partsOf(rows, i));
    }
    made += rows.time.length;
  }
  return made;
}

function remade(
  { places, rows }: RepairDeps,
  { level, tag, source, table }: { level: Level; tag: number; source: Resolution; table: Table },
): BucketColumns {
  const rollup = ROLLUPS[level] as (typeof ROLLUPS)[number];
  const { name } = (places[tag] as Place).key;
  if (source === "raw") return rollUp(samplesOf(table, name), rollup);
  const finer = rowsOf(table, name, source);
  // The finer row that is still open stands there as it was at some moment; it comes when it closes.
  const open = rows.openStart((level - 1) as Level, tag) ?? Number.POSITIVE_INFINITY;
  const coarse = new BucketRows(finer.time.length, { source: rollup, width: WIDTHS[level] });
  let start = Number.NaN;
  for (let i = 0; i < finer.time.length && (finer.time[i] as number) < open; i++) {
    const own = Math.floor((finer.time[i] as number) / WIDTHS[level]) * WIDTHS[level];
    if (own !== start) coarse.open(own);
    start = own;
    coarse.row(finer, i);
  }
  return coarse.columns();
}

function partsOf(rows: BucketColumns, i: number) {
  const at = (column: Float64Array): number => column[i] as number;
  const count = at(rows.count);
  return {
    count,
    min: at(rows.min),
    max: at(rows.max),
    sum: at(rows.mean) * count,
    first: at(rows.first),
    last: at(rows.last),
    quality: rows.quality[i] as number,
  };
}
