/** What there is: the plant, its tags, and their present values. */
import { type PlantDescription, QUALITY_NAMES, qualityName, type Tag, UNITS } from "@cellhouse/shared";
import { z } from "zod";
import { reaches } from "../auth/areas.ts";
import type { WebDeps } from "../deps.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { number, tagList, tagsOf } from "./fields.ts";

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
});

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

function valuesRoute({ plant, live, clock }: WebDeps): Endpoint {
  return endpoint({
    method: "GET",
    url: "/api/v1/values",
    summary: "Present values with quality and both stamps",
    query: z.object({ tags: tagList }),
    answer: z.object({ now: z.number(), values: z.array(valueSchema) }),
    refusals: ["E_TAG_UNKNOWN"],
    target: ({ query }) => tagsOf(plant, query.tags).map((tag) => tag.path),
    handle: ({ query }) => ({
      now: clock.now(),
      values: tagsOf(plant, query.tags).map((tag) => ({
        tag: tag.path,
        value: number(live.model.value(tag.id)),
        quality: qualityName(live.model.quality(tag.id)),
        time: number(live.model.time(tag.id)) ?? 0,
        received: number(live.model.received(tag.id)) ?? 0,
        unit: UNITS[tag.definition.unit].symbol,
      })),
    }),
  });
}

function describe(tag: Tag): z.input<typeof tagSchema> {
  const { description, unit, kind, type, range, access, decimals } = tag.definition;
  return { tag: tag.path, description, unit: UNITS[unit].symbol, kind, type, range: [...range], access, decimals };
}
