/** Figures of a span: mean, integral, extremes, how long what held. Defined in `shared/docs/history.md`. */
import { Fault, QUALITY_NAMES, qualityName, type Tag, UNITS } from "@cellhouse/shared";
import { z } from "zod";
import type { Aggregates } from "../../../contracts.ts";
import type { WebDeps } from "../../deps.ts";
import { type Endpoint, endpoint, signalOf } from "../../endpoint.ts";
import { instant, number, tagList, tagsOf } from "../fields.ts";
import { beatOf } from "./gaps.ts";
import { mustBeKept } from "./kept.ts";

const DAY_MS = 86_400_000;
/** Tags times days of one question: each raw sample of them is read. */
const MOST_TAG_DAYS = 400;

const share = z.number().min(0).max(1);
const sample = z.object({ time: z.number(), value: z.number().nullable(), quality: z.enum(QUALITY_NAMES) }).nullable();
const band = z.object({ ms: z.number(), excursions: z.number() }).optional();
const figures = z.object({
  tag: z.string(),
  unit: z.string(),
  mean: z.number().nullable().meta({ description: "Weighted by time: a value holds until the next sample" }),
  min: z.number().nullable(),
  max: z.number().nullable(),
  integral: z.number().nullable().meta({ description: "In unit times hours" }),
  shares: z.object({ good: share, uncertain: share, stale: share, bad: share, gap: share }).meta({ description: "Of the span" }),
  coverage: share.meta({ description: "Share of the span in which there was a value to believe" }),
  above: band,
  below: band,
  is: band,
  samples: z.number(),
  changes: z.number(),
  first: sample,
  last: sample,
});
const limit = z.coerce.number().optional();

export function aggregatesRoute(deps: WebDeps): Endpoint {
  const { plant, clock, history } = deps;
  return endpoint({
    method: "GET",
    url: "/api/v1/history/aggregates",
    summary: "Time-weighted mean, integral, extremes, shares of quality, time and excursions above, below or at a value",
    query: z.object({
      tags: tagList,
      from: instant(clock),
      to: instant(clock).optional(),
      above: limit,
      below: limit,
      is: limit,
    }),
    answer: z.object({ from: z.number(), to: z.number(), series: z.array(figures) }),
    refusals: ["E_TAG_UNKNOWN", "E_TOO_LARGE", "E_HISTORIAN", "E_RATE"],
    target: ({ query }) => tagsOf(plant, query.tags).map((tag) => tag.path),
    handle: async ({ query: { tags: asked, from, to: end, ...bands }, reply }) => {
      const tags = tagsOf(plant, asked);
      // What has not happened yet is no part of it.
      const span = { from, to: Math.min(end ?? clock.now(), clock.now()) };
      if (span.from >= span.to) throw new Fault("E_QUERY", "query: from: must be earlier than to and than now");
      if (tags.length * (span.to - span.from) > MOST_TAG_DAYS * DAY_MS)
        throw new Fault("E_TOO_LARGE", `${tags.length} tags over this span; at most ${MOST_TAG_DAYS} tag days at once: fewer tags or days`);
      await mustBeKept(history, "raw", span.from);
      const pairs = tags.map((tag) => ({ tag: tag.id, beat: beatOf(plant, tag) }));
      const found = await history.aggregates({ tags: pairs, ...span, bands: given(bands), signal: signalOf(reply) });
      return { ...span, series: found.map((one, i) => describe(tags[i] as Tag, one)) };
    },
  });
}

/** Only what was asked for. */
function given<T extends Record<string, number | undefined>>(bands: T): { [K in keyof T]?: number } {
  return Object.fromEntries(Object.entries(bands).filter(([, than]) => than !== undefined)) as { [K in keyof T]?: number };
}

function describe(tag: Tag, { mean, min, max, integral, first, last, bands, ...rest }: Aggregates): z.input<typeof figures> {
  const said = (one: Aggregates["first"]) =>
    one === undefined ? null : { time: one.time, value: number(one.value), quality: qualityName(one.quality) };
  return {
    tag: tag.path,
    unit: UNITS[tag.definition.unit].symbol,
    mean: number(mean),
    min: number(min),
    max: number(max),
    integral: number(integral),
    ...rest,
    ...bands,
    first: said(first),
    last: said(last),
  };
}
