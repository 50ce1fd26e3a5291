/** What the web side may ask of history: the engine's answers, cut to the question's buckets, and the forwarder's state. */
import type {
  AggregateQuery,
  Aggregates,
  BucketColumns,
  BucketQuery,
  Historian,
  HistoryService,
  RawColumns,
  RawQuery,
  Resolution,
  Rollup,
} from "../contracts.ts";
import { Absences, AggregateSums } from "./aggregates.ts";
import { BucketRows, bucketsOf, ROLLUP_MS, ROLLUPS, wholeMs } from "./buckets.ts";
import type { Forwarder } from "./forwarder.ts";
import { createGate, gated, type Questions } from "./gate.ts";
import { cutRaw, joinedRaw } from "./raw.ts";

/** A bucket spans at least so many rows of the rollup it is made of, so that rounding its width up costs few points. */
const LEAST_ROWS = 3;
/** Questions to the engine at once, and how many may wait. */
const QUESTIONS = { running: 4, waiting: 400 };
/** Samples read at once where all of a span are needed. */
const PAGE = 50_000;
/** Time between two samples of a tag as first guess, ms, and by how much a guess is changed at once. */
const USUAL_MS = 1000;
const MOST_CHANGE = 8;

/** Questions go to the engine; `settle` and `links` to the forwarder. */
export function createHistory({
  historian,
  forwarder,
}: {
  historian: Historian;
  forwarder: Pick<Forwarder, "settle" | "links">;
}): HistoryService {
  const questions = gated(historian, createGate(QUESTIONS));
  return {
    raw: (query) => firstOf(questions, wholeMs(query)),
    at: questions.at,
    reach: questions.reach,
    buckets: (query) => bucketsFrom(questions, query),
    aggregates: (query) => aggregatesFrom(questions, query),
    stats: () => historian.stats(),
    settle: (timeoutMs) => forwarder.settle(timeoutMs),
    links: () => forwarder.links(),
  };
}

/** As `HistoryService.buckets`, from an engine. */
export async function bucketsFrom(historian: Pick<Historian, "raw" | "rollup" | "reach">, query: BucketQuery): Promise<BucketColumns> {
  const asked = wholeMs(query);
  const { from, to, count, tag, signal } = asked;
  if (to <= from) return new BucketRows(0, { source: "raw", width: 0 }).columns();
  const source = resolutionFor((to - from) / count, from, await historian.reach());
  if (source === "raw") return bucketsOf(await historian.raw({ tag, from, to, limit: Number.MAX_SAFE_INTEGER, signal }), asked);
  const row = ROLLUP_MS[source];
  // One bucket less than asked: those that begin before the first whole one take its place.
  const width = Math.ceil((to - from) / Math.max(1, count - 1) / row) * row;
  const low = Math.min(to, Math.ceil(from / row) * row);
  const high = Math.max(low, Math.floor(to / row) * row);
  const [head, body, tail] = await Promise.all([
    partOf(historian, asked, { from, to: low }),
    high > low ? historian.rollup({ tag, rollup: source, from: low, to: high, width, signal }) : undefined,
    partOf(historian, asked, { from: high, to }),
  ]);
  return coarsen({ from, to, source, width }, head, body, tail);
}

/** As `HistoryService.aggregates`, from an engine. A heartbeat that several tags share is read once. */
export async function aggregatesFrom(historian: Pick<Questions, "raw" | "at">, query: AggregateQuery): Promise<Aggregates[]> {
  const { tags, bands, signal } = query;
  const span = wholeMs({ from: query.from, to: query.to });
  const absences = new Map<number, [number, number][]>();
  const found: Aggregates[] = [];
  for (const { tag, beat } of tags) {
    if (!absences.has(beat)) {
      const silent = new Absences(span);
      for await (const page of pagesOf(historian, { tag: beat, ...span, signal })) silent.add(page);
      absences.set(beat, silent.end());
    }
    const before = await historian.at(tag, span.from - 1);
    const sums = new AggregateSums({ ...span, before, absences: absences.get(beat) ?? [], bands });
    for await (const page of pagesOf(historian, { tag, ...span, signal })) sums.add(page);
    found.push(sums.result());
  }
  return found;
}

/**
 * All samples of a span, at most so many at a time. Asked for in stretches that should hold a page each, for an engine may
 * have to read all of a span to find its first samples.
 */
export async function* pagesOf(
  historian: Pick<Questions, "raw">,
  query: Omit<RawQuery, "limit">,
  limit = PAGE,
): AsyncGenerator<RawColumns, void> {
  let width = limit * USUAL_MS;
  for (let from = query.from; from < query.to; ) {
    const to = Math.min(query.to, from + width);
    const page = await historian.raw({ ...query, from, to, limit });
    const count = page.time.length;
    if (count > 0) yield page;
    from = count === limit ? (page.time[count - 1] as number) + 1 : to;
    width = Math.ceil(width * Math.max(1 / MOST_CHANGE, Math.min(MOST_CHANGE, (0.8 * limit) / count)));
  }
}

/** The first samples of a span. */
async function firstOf(historian: Pick<Questions, "raw">, query: RawQuery): Promise<RawColumns> {
  const pages: RawColumns[] = [];
  let rows = 0;
  for await (const page of pagesOf(historian, query, query.limit)) {
    pages.push(page);
    rows += page.time.length;
    if (rows >= query.limit) break;
  }
  return cutRaw(joinedRaw(pages), query.limit);
}

/** The coarsest resolution of which a bucket spans enough rows and that reaches back to `from`; where none does, the one that reaches furthest back. */
function resolutionFor(width: number, from: number, reach: Readonly<Record<Resolution, number>>): Resolution {
  const all: readonly Resolution[] = ["raw", ...ROLLUPS];
  const fit = all.findLastIndex((resolution) => resolution === "raw" || width >= LEAST_ROWS * ROLLUP_MS[resolution]);
  const serves = all.slice(fit).find((resolution) => reach[resolution] <= from);
  return serves ?? all.reduce((best, resolution) => (reach[resolution] < reach[best] ? resolution : best));
}

async function partOf(
  historian: Pick<Historian, "raw">,
  { tag, signal }: BucketQuery,
  span: { from: number; to: number },
): Promise<RawColumns | undefined> {
  return span.to > span.from ? historian.raw({ tag, ...span, limit: Number.MAX_SAFE_INTEGER, signal }) : undefined;
}

/** Rows of at most `width`, and the samples before and after them, in buckets whose edges are whole multiples of it; the first begins at `from`. */
function coarsen(
  { from, to, source, width }: { from: number; to: number; source: Rollup; width: number },
  head: RawColumns | undefined,
  body: BucketColumns | undefined,
  tail: RawColumns | undefined,
): BucketColumns {
  const rows = new BucketRows(Math.ceil((to - from) / width) + 1, { source, width });
  let bucket = Number.NaN;
  const at = (time: number): void => {
    const now = Math.floor(time / width);
    if (now !== bucket) rows.open(Math.max(from, now * width));
    bucket = now;
  };
  const samples = ({ time, value, quality }: RawColumns): void => {
    for (let i = 0; i < time.length; i++) {
      at(time[i] as number);
      rows.sample(value[i] as number, quality[i] as number);
    }
  };
  if (head !== undefined) samples(head);
  for (let i = 0; i < (body?.time.length ?? 0); i++) {
    at(body?.time[i] as number);
    rows.row(body as BucketColumns, i);
  }
  if (tail !== undefined) samples(tail);
  return rows.columns();
}
