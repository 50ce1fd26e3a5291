/** What there is: the plant, its tags, and their present values. */
import { Fault, type PlantDescription, QUALITY_NAMES, qualityName, type Tag, UNITS } from "@cellhouse/shared";
import { z } from "zod";
import { reaches } from "../auth/areas.ts";
import type { WebDeps } from "../deps.ts";
import { type Endpoint, endpoint, signalOf } from "../endpoint.ts";
import { instant, number, tagList, tagsOf } from "./fields.ts";

const tagSchema = z.object({
  tag: z.string(),
  description: z.string(),
  unit: z.string(),
  kind: z.enum(["analog", "total", "digital", "word", "event"]),
  type: z.enum(["f32", "f64", "u32", "bool", "ms"]),
  range: z.array(z.number()).length(2),
  access: z.enum(["r", "rw", "w"]),
  decimals: z.number(),
});

const valueSchema = z.object({
  tag: z.string(),
  value: z.number().nullable(),
  quality: z.enum(QUALITY_NAMES),
  time: z.number().meta({ description: "Source time; 0 before the first sample" }),
  received: z.number().meta({ description: "When it reached the server; 0 before the first sample" }),
  unit: z.string(),
  age: z.number().optional().meta({ description: "With at: how long before it the sample was taken, ms" }),
});

/** Each is two questions to the historian. */
const MOST_STORED = 500;

export function plantRoutes(deps: WebDeps): Endpoint[] {
  const { plant } = deps;
  return [
    endpoint({
      method: "GET",
      url: "/api/v1/plant",
      summary: "The plant description: lines, cells, recipes, alarm table",
      answer: z.custom<PlantDescription>().meta({ type: "object" }),
      handle: () => plant.description,
    }),
    endpoint({
      method: "GET",
      url: "/api/v1/tags",
      summary: "The tag list; all, or those named",
      query: z.object({ tags: tagList.optional() }),
      answer: z.object({ tags: z.array(tagSchema) }),
      refusals: ["E_TAG_UNKNOWN"],
      handle: ({ query, who }) => {
        const asked = query.tags === undefined ? plant.tags : tagsOf(plant, query.tags);
        return { tags: asked.filter((tag) => reaches(who.areas, tag.path)).map(describe) };
      },
    }),
    valuesRoute(deps),
  ];
}

function valuesRoute(deps: WebDeps): Endpoint {
  const { plant, live, clock } = deps;
  return endpoint({
    method: "GET",
    url: "/api/v1/values",
    summary: "Values with quality and both stamps: present ones or, with at, the last stored at or before that time",
    query: z.object({ tags: tagList, at: instant(clock).optional() }),
    answer: z.object({ now: z.number(), values: z.array(valueSchema) }),
    refusals: ["E_TAG_UNKNOWN", "E_TOO_LARGE", "E_HISTORIAN"],
    target: ({ query }) => tagsOf(plant, query.tags).map((tag) => tag.path),
    handle: async ({ query: { tags: asked, at }, reply }) => {
      const tags = tagsOf(plant, asked);
      if (at !== undefined) return { now: clock.now(), values: await storedValues(deps, tags, { at, signal: signalOf(reply) }) };
      const values = tags.map((tag) => ({
        tag: tag.path,
        value: number(live.model.value(tag.id)),
        quality: qualityName(live.model.quality(tag.id)),
        time: number(live.model.time(tag.id)) ?? 0,
        received: number(live.model.received(tag.id)) ?? 0,
        unit: UNITS[tag.definition.unit].symbol,
      }));
      return { now: clock.now(), values };
    },
  });
}

/** As stored; a tag without a sample by then is stale, as before its first live one. */
async function storedValues(
  { history }: WebDeps,
  tags: readonly Tag[],
  { at, signal }: { at: number; signal: AbortSignal },
): Promise<z.input<typeof valueSchema>[]> {
  if (tags.length > MOST_STORED) throw new Fault("E_TOO_LARGE", `${tags.length} tags; at most ${MOST_STORED} at once with at`);
  const values: z.input<typeof valueSchema>[] = [];
  for (const tag of tags) {
    signal.throwIfAborted();
    const found = await history.at(tag.id, at);
    const asStored = found && (await history.raw({ tag: tag.id, from: found.time, to: found.time + 1, limit: 1, signal }));
    values.push({
      tag: tag.path,
      value: number(found?.value ?? Number.NaN),
      quality: found === undefined ? "stale" : qualityName(found.quality),
      time: found?.time ?? 0,
      received: number(asStored?.received[0] ?? Number.NaN) ?? 0,
      unit: UNITS[tag.definition.unit].symbol,
      ...(found && { age: at - found.time }),
    });
  }
  return values;
}

function describe(tag: Tag): z.input<typeof tagSchema> {
  const { description, unit, kind, type, range, access, decimals } = tag.definition;
  return { tag: tag.path, description, unit: UNITS[unit].symbol, kind, type, range: [...range], access, decimals };
}
