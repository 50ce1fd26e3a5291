/** History: buckets that keep the envelope, or every raw sample in pages; as JSON, CSV or Parquet. */
import { Fault, type History, type HistorySeries, QUALITY_NAMES, qualityName, type Tag, UNITS } from "@cellhouse/shared";
import type { FastifyReply } from "fastify";
import { z } from "zod";
import type { BucketColumns, RawColumns } from "../../../contracts.ts";
import type { Who } from "../../auth/session.ts";
import type { WebDeps } from "../../deps.ts";
import { type Endpoint, endpoint, SENT, signalOf } from "../../endpoint.ts";
import { instant, number, tagList, tagsOf } from "../fields.ts";
import { toCsv } from "./csv.ts";
import { FORMATS, sendFile } from "./exports.ts";
import { bucketsPresence, gapsOf, heartbeats, type Span, samplesPresence } from "./gaps.ts";

/** Cells of the answer at most: tags times points. */
const MOST_POINTS = 400_000;
/** Raw samples in one page. */
const PAGE = 50_000;

const nullable = z.array(z.number().nullable()).optional();
const series = z.object({
  tag: z.string(),
  unit: z.string(),
  source: z.enum(["raw", "10s", "1m", "1h"]).meta({ description: "What the buckets were made of" }),
  width: z.number().optional().meta({ description: "Of a bucket, ms; unless made of raw, edges are whole multiples of it" }),
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

export function pointsRoute(deps: WebDeps): Endpoint {
  const { plant, clock } = deps;
  return endpoint({
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
      format: z.enum(FORMATS).default("json"),
    }),
    answer: z.object({ from: z.number(), to: z.number(), series: z.array(series), next: z.string().optional() }),
    refusals: ["E_TAG_UNKNOWN", "E_TOO_LARGE", "E_HISTORIAN", "E_RATE"],
    target: ({ query }) => tagsOf(plant, query.tags).map((tag) => tag.path),
    handle: async ({ query, reply, who }) => {
      const tags = tagsOf(plant, query.tags);
      const span = { from: query.from, to: query.to ?? clock.now() };
      if (span.from >= span.to) throw new Fault("E_QUERY", "query: from: must be earlier than to");
      const page = readCursor(query.cursor, tags.length);
      const asked = { deps, tags, span, signal: signalOf(reply) };
      if (query.format === "parquet") return sendParquet(asked, { who, reply, raw: query.raw === "1" });
      const history = query.raw === "1" ? await raw(asked, page) : await buckets(asked, query.points);
      if (query.format === "json") return history;
      if (history.next !== undefined) reply.header("x-next-cursor", history.next);
      reply.type("text/csv; charset=utf-8").send(toCsv(history));
      return SENT;
    },
  });
}

interface Asked {
  deps: WebDeps;
  tags: readonly Tag[];
  span: Span;
  /** Taken back when the client has gone. */
  signal: AbortSignal;
}

/** A whole file at once: an export that is fetched where it was ordered. */
async function sendParquet(
  { deps: { exports }, tags, span, signal }: Asked,
  { who, reply, raw: whole }: { who: Who; reply: FastifyReply; raw: boolean },
): Promise<typeof SENT> {
  if (!whole) throw new Fault("E_QUERY", "query: format: parquet holds raw samples: add raw=1, or order an export of a resolution");
  const job = exports.create({ tags, ...span, format: "parquet", resolution: "raw", received: true, by: who.name });
  reply.raw.once("close", () => void exports.remove(job.id));
  await exports.finished(job.id);
  signal.throwIfAborted();
  if (job.fault !== undefined) throw new Fault(job.fault.code, job.fault.detail);
  return sendFile(reply, { job, file: exports.file(job.id) });
}

async function buckets({ deps, tags, span, signal }: Asked, points: number): Promise<History> {
  if (tags.length * points > MOST_POINTS)
    throw new Fault("E_TOO_LARGE", `${tags.length} tags x ${points} points; at most ${MOST_POINTS} at once: fewer tags or points`);
  const beats = heartbeats(deps, span, signal);
  const found: HistorySeries[] = [];
  for (const tag of tags) {
    const columns = await deps.history.buckets({ tag: tag.id, ...span, count: points, signal });
    found.push(bucketSeries(tag, columns, gapsOf(seen(deps, span), [bucketsPresence(columns), await beats(tag)])));
  }
  return { ...span, series: found };
}

/** What has not happened yet is no gap. */
function seen(deps: WebDeps, span: Span): Span {
  return { from: span.from, to: Math.min(span.to, deps.clock.now()) };
}

function bucketSeries(tag: Tag, columns: BucketColumns, gaps: [number, number][]): HistorySeries {
  return {
    tag: tag.path,
    unit: UNITS[tag.definition.unit].symbol,
    source: columns.source,
    width: columns.width,
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
async function raw({ deps, tags, span, signal }: Asked, page: Page): Promise<History> {
  const found: HistorySeries[] = [];
  const beats = heartbeats(deps, span, signal);
  let room = PAGE;
  for (let i = page.tag; i < tags.length; i++) {
    const tag = tags[i] as Tag;
    const from = i === page.tag ? Math.max(span.from, page.from ?? span.from) : span.from;
    if (room === 0) return { ...span, series: found, next: writeCursor({ tag: i, from }) };
    const columns = await deps.history.raw({ tag: tag.id, from, to: span.to, limit: room + 1, signal });
    const n = Math.min(room, columns.time.length);
    const after = columns.time[n];
    const part = seen(deps, { from, to: after ?? span.to });
    found.push(rawSeries(tag, columns, n, gapsOf(part, [samplesPresence(columns.time), await beats(tag)])));
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
