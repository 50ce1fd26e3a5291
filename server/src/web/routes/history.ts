/** History: buckets that keep the envelope, or every raw sample in pages; as JSON or CSV. */
import { Fault, type History, type HistorySeries, QUALITY_NAMES, qualityName, type Tag, type TagId, UNITS } from "@cellhouse/shared";
import { z } from "zod";
import type { BucketColumns, RawColumns } from "../../contracts.ts";
import type { WebDeps } from "../deps.ts";
import { type Endpoint, endpoint, SENT } from "../endpoint.ts";
import { toCsv } from "./csv.ts";
import { instant, number, tagList, tagsOf } from "./fields.ts";
import { GAP_MS, gapsOf, type Presence } from "./gaps.ts";

/** Cells of the answer at most: tags times points. */
const MOST_POINTS = 400_000;
/** Raw samples in one page. */
const PAGE = 50_000;

const nullable = z.array(z.number().nullable()).optional();
const series = z.object({
  tag: z.string(),
  unit: z.string(),
  source: z.enum(["raw", "10s", "1m", "1h"]),
  t: z.array(z.number()),
  min: nullable,
  max: nullable,
  mean: nullable,
  first: nullable,
  last: nullable,
  count: z.array(z.number()).optional(),
  v: nullable,
  received: z.array(z.number()).optional(),
  q: z.array(z.enum(QUALITY_NAMES)),
  gaps: z.array(z.tuple([z.number(), z.number()])),
});

interface Span {
  from: number;
  to: number;
}

export function historyRoutes(deps: WebDeps): Endpoint[] {
  const { plant, clock } = deps;
  return [
    endpoint({
      method: "GET",
      url: "/api/v1/history",
      summary: "Buckets (min, max, mean, first, last, count) or, with raw=1, every sample; from inclusive, to exclusive",
      query: z.object({
        tags: tagList,
        from: instant(clock),
        to: instant(clock).optional(),
        points: z.coerce.number().int().min(1).max(20_000).default(2000),
        raw: z.enum(["0", "1"]).default("0"),
        cursor: z.string().max(200).optional(),
        format: z.enum(["json", "csv"], "json or csv; parquet is not offered here").default("json"),
      }),
      answer: z.object({ from: z.number(), to: z.number(), series: z.array(series), next: z.string().optional() }),
      refusals: ["E_TAG_UNKNOWN", "E_TOO_LARGE", "E_HISTORIAN"],
      target: ({ query }) => tagsOf(plant, query.tags).map((tag) => tag.path),
      handle: async ({ query, reply }) => {
        const tags = tagsOf(plant, query.tags);
        const span = { from: query.from, to: query.to ?? clock.now() };
        if (span.from >= span.to) throw new Fault("E_QUERY", "query: from: must be earlier than to");
        const page = readCursor(query.cursor, tags.length);
        const history = query.raw === "1" ? await raw(deps, tags, span, page) : await buckets(deps, tags, span, query.points);
        if (query.format === "json") return history;
        if (history.next !== undefined) reply.header("x-next-cursor", history.next);
        reply.type("text/csv; charset=utf-8").send(toCsv(history));
        return SENT;
      },
    }),
  ];
}

async function buckets(deps: WebDeps, tags: readonly Tag[], span: Span, points: number): Promise<History> {
  if (tags.length * points > MOST_POINTS)
    throw new Fault("E_TOO_LARGE", `${tags.length} tags x ${points} points; at most ${MOST_POINTS} at once: fewer tags or points`);
  const beats = heartbeats(deps, span);
  const found: HistorySeries[] = [];
  for (const tag of tags) {
    const columns = await deps.history.buckets({ tag: tag.id, ...span, count: points });
    const own = { time: columns.time, width: (span.to - span.from) / points };
    found.push(bucketSeries(tag, columns, gapsOf(seen(deps, span), [own, await beats(tag)])));
  }
  return { ...span, series: found };
}

/** What has not happened yet is no gap. */
function seen(deps: WebDeps, span: Span): Span {
  return { from: span.from, to: Math.min(span.to, deps.clock.now()) };
}

/** Presence of each owner's heartbeat, asked once per owner. A line has none of its own: its first cell's stands for it. */
function heartbeats(deps: WebDeps, span: Span): (tag: Tag) => Promise<Presence> {
  const known = new Map<TagId, Promise<Presence>>();
  const count = Math.min(2000, Math.max(1, Math.ceil((span.to - span.from) / (GAP_MS / 2))));
  return (tag) => {
    const cell = deps.plant.cell(tag.owner) ?? deps.plant.line(tag.owner)?.cells[0];
    const beat = cell?.tags.get("YC-905")?.id ?? tag.id;
    const asked =
      known.get(beat) ??
      deps.history.buckets({ tag: beat, ...span, count }).then(({ time }) => ({ time, width: (span.to - span.from) / count }));
    known.set(beat, asked);
    return asked;
  };
}

function bucketSeries(tag: Tag, columns: BucketColumns, gaps: [number, number][]): HistorySeries {
  return {
    tag: tag.path,
    unit: UNITS[tag.definition.unit].symbol,
    source: columns.source,
    t: Array.from(columns.time),
    min: Array.from(columns.min, number),
    max: Array.from(columns.max, number),
    mean: Array.from(columns.mean, number),
    first: Array.from(columns.first, number),
    last: Array.from(columns.last, number),
    count: Array.from(columns.count),
    q: Array.from(columns.quality, qualityName),
    gaps,
  };
}

interface Page {
  /** Position of the tag in the request, and the source time where its next sample stands. */
  tag: number;
  from?: number;
}

/** Reads tag after tag until the page is full; `next` points at the first sample left out. */
async function raw(deps: WebDeps, tags: readonly Tag[], span: Span, page: Page): Promise<History> {
  const found: HistorySeries[] = [];
  const beats = heartbeats(deps, span);
  let room = PAGE;
  for (let i = page.tag; i < tags.length; i++) {
    const tag = tags[i] as Tag;
    const from = i === page.tag ? Math.max(span.from, page.from ?? span.from) : span.from;
    if (room === 0) return { ...span, series: found, next: writeCursor({ tag: i, from }) };
    const columns = await deps.history.raw({ tag: tag.id, from, to: span.to, limit: room + 1 });
    const n = Math.min(room, columns.time.length);
    const after = columns.time[n];
    const part = seen(deps, { from, to: after ?? span.to });
    found.push(rawSeries(tag, columns, n, gapsOf(part, [{ time: columns.time, width: 0 }, await beats(tag)])));
    if (after !== undefined) return { ...span, series: found, next: writeCursor({ tag: i, from: after }) };
    room -= n;
  }
  return { ...span, series: found };
}

function rawSeries(tag: Tag, columns: RawColumns, n: number, gaps: [number, number][]): HistorySeries {
  const received = columns.received.subarray(0, n);
  return {
    tag: tag.path,
    unit: UNITS[tag.definition.unit].symbol,
    source: "raw",
    t: Array.from(columns.time.subarray(0, n)),
    v: Array.from(columns.value.subarray(0, n), number),
    ...(received.every(Number.isFinite) ? { received: Array.from(received) } : {}),
    q: Array.from(columns.quality.subarray(0, n), qualityName),
    gaps,
  };
}

function writeCursor(page: Page): string {
  return `${page.tag}.${page.from}`;
}

function readCursor(text: string | undefined, tags: number): Page {
  if (text === undefined) return { tag: 0 };
  const [, tag, from] = /^(\d{1,5})\.(\d{1,16}(?:\.\d{1,9})?)$/.exec(text) ?? [];
  if (tag === undefined || from === undefined || Number(tag) >= tags)
    throw new Fault("E_QUERY", "query: cursor: use `next` of the page before, with the same tags");
  return { tag: Number(tag), from: Number(from) };
}
